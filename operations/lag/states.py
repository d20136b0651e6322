"""Which state a group's lag is in, and the sentence that explains it. Pure: numbers in, state out."""

from dataclasses import dataclass

from schemas.commands import LagRow, LagState


@dataclass(frozen=True, slots=True)
class Watched:
    """A group on a topic that shall keep up. `group` is None when nobody has ever read the topic."""

    kind: str
    name: str
    group: str | None
    topic: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a group has before it on one topic, all partitions together; ages in seconds."""

    partitions: int = 0
    committed_partitions: int = 0
    records: int = 0
    exact: bool = True
    oldest_s: float | None = None
    deleted: int = 0
    came_last_minute: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """How a group is. `members` is None when the broker does not tell (groups of the newer Kafka protocol)."""

    members: int | None
    stop: str | None = None


SLOW_AFTER_S = {"stage": 60.0, "department": 900.0}
"""A record may wait so long before the row is SLOW: stages work in milliseconds, departments may read in batches."""


def judge(watched: Watched, waiting: Waiting, group: Group, moved: bool | None) -> LagRow:
    """Return the row of one group on one topic. `moved`: whether it committed between two looks, None: one look."""
    state, why = _state(watched, waiting, group, moved)
    return LagRow(
        kind="stage" if watched.kind == "stage" else "department",
        name=watched.name,
        group=watched.group,
        topic=watched.topic,
        waiting=waiting.records,
        exact=waiting.exact,
        oldest_waiting_s=round(waiting.oldest_s, 1) if waiting.oldest_s is not None else None,
        deleted=waiting.deleted,
        came_last_minute=waiting.came_last_minute,
        members=group.members or 0,
        partitions=waiting.partitions,
        state=state,
        why=why,
    )


def late(watched: Watched, waiting: Waiting) -> bool:
    """Whether the oldest waiting record waits longer than it may."""
    return waiting.records > 0 and (waiting.oldest_s or 0) > SLOW_AFTER_S[watched.kind]


def _state(watched: Watched, waiting: Waiting, group: Group, moved: bool | None) -> tuple[LagState, str]:
    if group.stop is not None:
        return "STOPPED", f"{group.stop}; mend the cause, then `intake resume {watched.name} --reason …`"
    if watched.group is None:
        return "NO CONSUMER", "no group has ever read this topic"
    never = waiting.committed_partitions == 0
    if never and waiting.records:
        return "NEVER COMMITTED", f"the group has never committed an offset here, {_members(group)}"
    if group.members == 0:
        return "NO CONSUMER", "the group has no member: start the worker" if watched.kind == "stage" else "no member"
    if late(watched, waiting):
        return _late(watched, waiting, moved)
    if waiting.records:
        return "OK", f"{waiting.records} waiting, the oldest not longer than {SLOW_AFTER_S[watched.kind]:.0f} s"
    return "OK", "nothing has come yet" if never else "nothing waits"


def _late(watched: Watched, waiting: Waiting, moved: bool | None) -> tuple[LagState, str]:
    waits = f"the oldest record waits longer than {SLOW_AFTER_S[watched.kind]:.0f} s"
    if moved is False:
        return "STALLED", f"{waits} and nothing was committed between two looks"
    return "SLOW", f"{waits}, but the group is committing"


def _members(group: Group) -> str:
    if group.members is None:
        return "its members are not told by the broker"
    return f"it has {group.members} member{'' if group.members == 1 else 's'}"
