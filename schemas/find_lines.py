"""What `intake find --json` prints."""

from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part, Record


class FoundLine(Part):
    """One complaint that was found; contact and excerpt are masked."""

    tracking_number: str
    complaint_id: UUID
    case_id: UUID
    received_at: Instant
    channel: str
    category: str
    department: str | None = Field(None, description="null: not routed yet")
    state: str
    severity: int
    urgency: str
    safety: bool
    sealed: bool
    store: str | None = None
    contact: str
    excerpt: str
    clock: str | None = Field(None, description="The clock that ends first of those that run")
    due_at: Instant | None = None


class FindReport(Record):
    """`intake find --json`."""

    read_as: str = Field(description="all, number, id, phone, phone-end, email, order, text or nothing")
    found: tuple[FoundLine, ...]
    further: str | None = Field(None, description="For --behind: there may be more")
