"""What the board shows of everything that can be behind: one row each, with the sentence that explains its state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from operations.saying import Said


class RowKind(StrEnum):
    """What a row is about."""

    CHANNEL = "channel"
    STAGE = "stage"
    DEPARTMENT = "department"
    SUSPENDED = "suspended"
    DEAD_LETTERS = "dead-letters"


class RowState(StrEnum):
    """How a row is; the words are contract."""

    OK = "OK"
    SLOW = "SLOW"
    STALLED = "STALLED"
    STOPPED = "STOPPED"
    NO_CONSUMER = "NO CONSUMER"
    NEVER_COMMITTED = "NEVER COMMITTED"


STATE_WORDS: Mapping[str, str] = {
    RowState.OK: "正常",
    RowState.SLOW: "偏慢",
    RowState.STALLED: "停滞",
    RowState.STOPPED: "已停止",
    RowState.NO_CONSUMER: "无人消费",
    RowState.NEVER_COMMITTED: "从未提交",
}
"""State → what Chinese operators call it; in English it is called by its code."""


class Trend(StrEnum):
    """How what waits has changed over the last 15 minutes."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row. Rates are records a second over the last minute; `None` means not known, never 0.

    `waiting` counts records, without markers of transactions and without what retention removed (`deleted`); it is
    exact or, for large gaps, an upper bound. `oldest_s` is the age of the record at the committed offset.
    """

    key: str
    kind: RowKind
    name: str
    title: Said
    state: RowState
    why: Said
    since: datetime | None = None
    group: str | None = None
    topic: str | None = None
    owner: str | None = None
    waiting: int | None = None
    exact: bool = True
    deleted: int = 0
    oldest_s: float | None = None
    in_per_s: float | None = None
    out_per_s: float | None = None
    drain_s: float | None = None
    trend: Trend | None = None
    members: int | None = None
    partitions: int | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One minute of a row's last 24 hours."""

    at: datetime
    waiting: int | None
    oldest_s: float | None
    in_per_s: float | None = None
    out_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """All rows of one look. `said` names what could not be looked at (Kafka or the database away)."""

    at: datetime
    rows: tuple[BoardRow, ...]
    unknown: tuple[Said, ...] = ()
