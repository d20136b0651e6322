"""What is asked for, and what is found."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from operations.complaints.clocks import ClockLeft

PAGE = 50
"""How many complaints one answer has."""


class Position(NamedTuple):
    """Where the next answer begins: behind this complaint, newest first."""

    received_at: datetime
    complaint_id: UUID

    def __str__(self) -> str:
        """As it travels in a link: ids and times only."""
        microseconds = int(self.received_at.timestamp() * 1_000_000)
        return f"{microseconds}.{self.complaint_id}"

    @classmethod
    def read(cls, written: str) -> "Position | None":
        """What a link says; None when it is not one of ours."""
        at, _, complaint = written.partition(".")
        try:
            return cls(datetime.fromtimestamp(int(at) / 1_000_000, UTC), UUID(complaint))
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Filters:
    """What found complaints must also be. None: whatever. `since` is inclusive, `before` is not."""

    channel: str | None = None
    category: str | None = None
    department: str | None = None
    state: str | None = None
    unit: str | None = None
    since: datetime | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One complaint of a list. `contact` and `excerpt` are masked; `department` None: not routed yet."""

    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    received_at: datetime
    channel: str
    entry: str
    category: str
    verdict: str
    severity: int
    urgency: str
    safety: bool
    sealed: bool
    store: str | None
    contact: str
    excerpt: str
    department: str | None
    state: str
    due: ClockLeft | None


@dataclass(frozen=True, slots=True)
class Results:
    """`read_as` says how the question was understood: all, number, id, phone, phone-end, email, order, text, nothing.

    With `further` there may be more behind that position. `arrived` is a number that has come and is not indexed yet.
    """

    read_as: str
    found: tuple[Found, ...] = ()
    further: Position | None = None
    arrived: str | None = None
