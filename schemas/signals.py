"""What happens around complaints: somebody opts out, a message of ours arrives or does not, a QR code is scanned."""

from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Record, Text, Vocabulary
from schemas.complaint import SCHEMA_VERSION


class SignalKind(Vocabulary):
    """What a signal says about a person's way to us, or about a message of ours."""

    OPTED_OUT = "opted-out"
    OPTED_IN = "opted-in"
    LEFT = "left"
    ENTERED = "entered"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    ERASURE = "erasure-asked"
    SATISFACTION = "satisfaction"
    OTHER = "other"


class Signal(Record):
    """One event of a channel that is no complaint. Holds pseudonyms and codes only."""

    signal_id: UUID
    kind: SignalKind
    channel: str
    account: str
    recipient_key: str | None = None
    place: Text | None = None
    outbox_id: UUID | None = None
    vendor_id: Text | None = None
    complaint_id: UUID | None = Field(None, description="Of satisfaction: whose answer it is about")
    satisfied: bool | None = Field(None, description="With the result")
    score: int | None = Field(None, ge=1, le=5, description="Opinion on the handling, 5 is best")
    detail: str = ""
    at: Instant
    received_at: Instant
    schema_version: str = SCHEMA_VERSION
