"""How the duty to answer ended: what became of each message, and the one record a complaint of how it was met."""

from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part, Record, Vocabulary
from schemas.complaint import SCHEMA_VERSION
from schemas.reply import ACKNOWLEDGEMENT


class Outcome(Vocabulary):
    """How the duty to acknowledge ended for one complaint."""

    SENT = "sent"
    COVERED = "covered"
    NOT_WANTED = "not-wanted"
    UNREACHABLE = "unreachable"
    BY_PERSON = "by-person"


class WayTried(Part):
    """One way to a person that was tried for a message, and how it ended. Pseudonyms only."""

    channel: str
    recipient_key: str | None = None
    ended: str = Field(description="sent, refused, recipient-refused, closed, not-set-up, bounced, undelivered")


class OutboxResult(Record):
    """What became of one outgoing message, or why none was sent. May be published twice; `confirm` makes it one."""

    result_id: UUID
    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    channel: str
    outcome: Outcome
    reason: str
    outbox_id: UUID | None = None
    kind: str = Field("acknowledgement", description="Of the message: acknowledgement, notice, reply, code")
    occasion: str | None = Field(None, description="Of another message than an acknowledgement: what it tells of")
    vendor_id: str | None = None
    ways: tuple[WayTried, ...] = Field((), description="Tried in this order; after `sent` the way that failed later")
    received_at: Instant
    at: Instant
    schema_version: str = SCHEMA_VERSION

    @property
    def acknowledges(self) -> bool:
        """Whether it counts for the duty to acknowledge; other messages do not."""
        return self.kind == ACKNOWLEDGEMENT


class Acknowledged(Record):
    """Exactly one per complaint: how the 24-hour duty was met."""

    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    channel: str
    outcome: Outcome
    reason: str
    received_at: Instant
    acknowledged_at: Instant
    in_time: bool = Field(description="within 24 hours of received_at")
    schema_version: str = SCHEMA_VERSION
