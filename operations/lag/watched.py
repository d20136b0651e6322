"""What is measured: which group is watched on which topic, and what was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Watched:
    """A group on a topic that shall keep up. `group` is None when nobody has ever read the topic."""

    kind: Literal["stage", "department"]
    name: str
    group: str | None
    topic: str


@dataclass(frozen=True, slots=True)
class Readers:
    """Who is to be watched: our stages, and whoever reads the topic of a department.

    `departments` maps a department to the broker name of its topic, `announced` a department to the groups it says
    it reads with.
    """

    stages: Sequence[Watched] = ()
    departments: Mapping[str, str] = field(default_factory=dict)
    announced: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def topics(self) -> set[str]:
        """All topics somebody shall read."""
        return {stage.topic for stage in self.stages} | set(self.departments.values())


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """One group on one partition. `committed` is None when it never committed; `oldest_ms` is a record's own time.

    `waiting` counts records; where `exact` is false it is the number of offsets, which is never less.
    """

    partition: int
    committed: int | None
    start: int
    end: int
    waiting: int = 0
    exact: bool = True
    oldest_ms: int | None = None
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One group on one topic. `members` is None when the broker does not tell.

    `arrived` and `done` are the records that came and that the group passed since the look before.
    """

    watched: Watched
    partitions: tuple[PartitionLag, ...] = ()
    members: int | None = 0
    came_last_minute: int = 0
    arrived: float = 0.0
    done: float = 0.0

    @property
    def waiting(self) -> int:
        """Records, all partitions together."""
        return sum(part.waiting for part in self.partitions)

    @property
    def exact(self) -> bool:
        """Whether no partition is only known by its offsets."""
        return all(part.exact for part in self.partitions)

    @property
    def deleted(self) -> int:
        """Offsets that retention removed before the group read them."""
        return sum(part.deleted for part in self.partitions)

    @property
    def never_committed(self) -> bool:
        """Whether the group has no committed offset on the topic at all."""
        return all(part.committed is None for part in self.partitions)

    def oldest_s(self, at: datetime) -> float | None:
        """Age of the oldest waiting record in seconds, never negative; None when nothing waits."""
        times = [part.oldest_ms for part in self.partitions if part.oldest_ms is not None]
        return max(0.0, at.timestamp() - min(times) / 1000) if times else None


@dataclass(frozen=True, slots=True)
class Look:
    """Everything of one look. `requests` is how many questions it cost."""

    at: datetime
    found: tuple[Measured, ...]
    requests: int = 0
