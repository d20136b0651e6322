"""Which state a group's lag is in, and the sentence that explains it and names the next step. Pure."""

from dataclasses import dataclass
from datetime import datetime

from operations.lag.rows import RowState
from operations.lag.watched import Measured
from operations.saying import Said


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a record may wait, in seconds: before the row is SLOW; before `still_s` without a move is STALLED."""

    slow_s: float
    stuck_s: float
    still_s: float


WATCHING = {"stage": Pace(60, 5, 10), "department": Pace(900, 900, 60)}
"""For who looks all the time: stages work in milliseconds, departments may read in batches."""
TWO_LOOKS = {"stage": Pace(60, 60, 1), "department": Pace(900, 900, 1)}
"""For who looks twice, a moment apart."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the log does not tell. `stop` is why a stage refuses to go on, `owner` who looks after a group.

    `still_s`: for how long the group has not moved although a record waits; None when that is not known.
    """

    stop: Said | None = None
    still_s: float | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state and why."""

    state: RowState
    why: Said


def judge(found: Measured, at: datetime, around: Circumstances, pace: Pace) -> Verdict:
    """Return the state of one group on one topic."""
    if around.stop is not None:
        return _stopped(found, around.stop)
    if found.watched.group is None:
        return Verdict(RowState.NO_CONSUMER, _nobody(found, around))
    if found.never_committed and found.waiting:
        return Verdict(RowState.NEVER_COMMITTED, _never(found, around))
    if found.members == 0:
        return Verdict(RowState.NO_CONSUMER, _gone(found, around))
    return _by_age(found, found.oldest_s(at) or 0.0, around, pace)


def late(found: Measured, at: datetime, pace: Pace) -> bool:
    """Whether the oldest waiting record waits longer than it may."""
    return found.waiting > 0 and (found.oldest_s(at) or 0.0) > pace.slow_s


def _by_age(found: Measured, oldest_s: float, around: Circumstances, pace: Pace) -> Verdict:
    if found.waiting and oldest_s > pace.stuck_s and around.still_s is not None and around.still_s >= pace.still_s:
        return Verdict(RowState.STALLED, _stalled(found, around, pace))
    if found.waiting and oldest_s > pace.slow_s:
        return Verdict(RowState.SLOW, _slow(found, around, pace))
    if found.waiting:
        zh = f"{found.waiting} 条在等，最早的一条不超过 {pace.slow_s:.0f} 秒"
        return Verdict(
            RowState.OK, Said(zh, f"{found.waiting} waiting, the oldest not longer than {pace.slow_s:.0f} s")
        )
    if found.never_committed:
        return Verdict(RowState.OK, Said("还没有来过记录", "nothing has come yet"))
    return Verdict(RowState.OK, Said("没有积压", "nothing waits"))


def _stopped(found: Measured, stop: Said) -> Verdict:
    command = f"`intake resume {found.watched.name} --reason …`"
    zh, en = f"{stop.zh}；排除原因后执行 {command}", f"{stop.en}; mend the cause, then {command}"
    return Verdict(RowState.STOPPED, Said(zh, en))


def _nobody(found: Measured, around: Circumstances) -> Said:
    if found.watched.kind == "stage":
        return _start(found)
    return Said(
        f"没有任何消费组读过这个主题：请{_owner_zh(around)}接入",
        f"no group has ever read this topic: ask {_owner(around)} to connect",
    )


def _gone(found: Measured, around: Circumstances) -> Said:
    if found.watched.kind == "stage":
        return _start(found)
    return Said(
        f"消费组没有成员：请{_owner_zh(around)}启动消费程序",
        f"the group has no member: ask {_owner(around)} to start its consumer",
    )


def _start(found: Measured) -> Said:
    command = f"`intake worker {found.watched.name}`"
    return Said(f"消费组没有成员：启动 {command}", f"the group has no member: start {command}")


def _never(found: Measured, around: Circumstances) -> Said:
    zh, en = _members(found)
    if found.watched.kind == "stage":
        command = f"`intake worker {found.watched.name}`"
        return Said(
            f"消费组在这里从未提交过位置，{zh}：启动 {command} 或查看其日志",
            f"the group has never committed an offset here, {en}: start {command} or look at its log",
        )
    return Said(
        f"消费组在这里从未提交过位置，{zh}：请{_owner_zh(around)}在处理后提交位置",
        f"the group has never committed an offset here, {en}: ask {_owner(around)} to commit what it has processed",
    )


def _stalled(found: Measured, around: Circumstances, pace: Pace) -> Said:
    zh = f"最早的一条已等待超过 {pace.stuck_s:.0f} 秒，且至少 {pace.still_s:.0f} 秒没有任何进展"
    en = f"the oldest record waits longer than {pace.stuck_s:.0f} s and nothing moved for at least {pace.still_s:.0f} s"
    if found.watched.kind == "stage":
        command = f"`intake worker {found.watched.name}`"
        return Said(f"{zh}：查看其日志与 /readyz，重启 {command}", f"{en}: see its log and /readyz, restart {command}")
    return Said(f"{zh}：请{_owner_zh(around)}检查消费程序", f"{en}: ask {_owner(around)} to look at its consumer")


def _slow(found: Measured, around: Circumstances, pace: Pace) -> Said:
    zh = f"最早的一条已等待超过 {pace.slow_s:.0f} 秒，但仍在处理"
    en = f"the oldest record waits longer than {pace.slow_s:.0f} s, but the group is moving"
    if found.watched.kind == "stage":
        more = f"`intake worker {found.watched.name}`"
        return Said(f"{zh}：可再启动一个 {more}", f"{en}: start one more {more}")
    return Said(f"{zh}：请{_owner_zh(around)}加快消费", f"{en}: ask {_owner(around)} to read faster")


def _members(found: Measured) -> tuple[str, str]:
    if found.members is None:
        return "成员数不可知", "its members are not told by the broker"
    return f"有 {found.members} 个成员", f"it has {found.members} member{'' if found.members == 1 else 's'}"


def _owner(around: Circumstances) -> str:
    return around.owner or "the department"


def _owner_zh(around: Circumstances) -> str:
    return f"“{around.owner}”" if around.owner else "该部门"
