"""What the review stage keeps of a complaint, and how it is read and written."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.review import SETTLED, ReviewOutcome, ReviewState
from schemas.tables.review import REVIEWS
from workers.bulk import insert_rows

_UPDATE = "(complaint_id) DO UPDATE SET " + ", ".join(
    f'"{column.name}" = excluded."{column.name}"' for column in REVIEWS.columns if column.name != "complaint_id"
)


@dataclass(slots=True)
class Review:
    """One row of `reviews`. `revision` is the newest classified one, `asked_revision` the newest asked about."""

    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    received_at: datetime
    channel: str = ""
    classified_at: datetime | None = None
    revision: int = 0
    asked_revision: int = 0
    needs_review: bool = False
    reasons: list[str] = field(default_factory=list)
    machine: dict[str, Any] | None = None
    severity: int | None = None
    p: float | None = None
    margin: float | None = None
    rules_category: str | None = None
    disagreement: bool = False
    policy: str | None = None
    model: str | None = None
    state: str = ReviewState.UNASKED.value
    drawn_by: str | None = None
    opened_at: datetime | None = None
    week: str | None = None
    part: str | None = None
    owner: str | None = None
    outcome: str | None = None
    done_by: str | None = None
    done_at: datetime | None = None
    answered: list[str] = field(default_factory=list)
    label: dict[str, Any] | None = None
    version: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether a person has said what is right, and nothing has come since that asks anew."""
        if self.outcome not in SETTLED or set(self.reasons) - set(self.answered):
            return False
        return self.outcome == ReviewOutcome.CORRECTED or self.label == self.machine

    @property
    def is_wanted(self) -> bool:
        """Whether people are to look at it: drawn, or the newest revision is one the machine is unsure of."""
        asked = self.asked_revision > 0 and (self.asked_revision >= self.revision or self.needs_review)
        return asked or self.part is not None

    def settle_state(self, at: datetime, drawn_by: str) -> None:
        """Make the state what everything known says, in whatever order it came."""
        if self.outcome == ReviewOutcome.SEALED or self.is_settled:
            self.state = ReviewState.DONE.value
        elif self.is_wanted:
            if self.state in {ReviewState.UNASKED, ReviewState.DONE}:
                self.opened_at, self.drawn_by, self.owner = at, drawn_by, None
            self.state = (ReviewState.CLAIMED if self.owner else ReviewState.OPEN).value
        elif self.state in {ReviewState.OPEN, ReviewState.CLAIMED}:
            self.state, self.outcome, self.done_at = ReviewState.DONE.value, ReviewOutcome.REVISION.value, at


@dataclass(slots=True)
class Memory:
    """Complaint → its review, and which of them a batch has changed."""

    reviews: dict[UUID, Review] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)

    def keep(self, review: Review) -> None:
        """Note that a review is new or has changed."""
        review.version += 1
        self.reviews[review.complaint_id] = review
        self.changed.add(review.complaint_id)


async def recall(connection: AsyncConnection, complaints: Iterable[UUID]) -> Memory:
    """Read what is kept of these complaints. Call after their locks are taken."""
    found = await connection.execute(select(REVIEWS).where(REVIEWS.c.complaint_id.in_(sorted(set(complaints)))))
    return Memory({row.complaint_id: Review(**row._mapping) for row in found})


async def store(connection: AsyncConnection, memory: Memory) -> None:
    """Write what the batch changed."""
    rows = [asdict(memory.reviews[one]) for one in sorted(memory.changed)]
    await insert_rows(connection, REVIEWS, rows, on_conflict=_UPDATE)
