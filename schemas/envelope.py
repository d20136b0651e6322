"""What lies beside the raw bytes of a delivery in the object store, and under which keys everything lies there."""

from datetime import UTC, datetime
from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part, Record, Text
from schemas.complaint import SCHEMA_VERSION, Channel
from schemas.records import RawDelivery, RawPart


class SuspendedNote(Part):
    """What `complaints.suspended.v1` leaves out because it is personal: where an acknowledgement goes."""

    suspended_id: UUID
    item: int
    reply_to: Text | None = None
    is_automatic: bool = False


class Envelope(Record):
    """All that is known of a delivery besides its bytes: enough to read it again. Stored as `envelope.json`."""

    delivery_id: UUID
    channel: str
    account: str
    received_at: Instant
    received_at_source: str
    ingested_at: Instant
    content_type: str
    headers: dict[str, str] = Field(default_factory=dict)
    source: dict[str, str] = Field(default_factory=dict)
    sha256: str
    size_bytes: int
    parts: tuple[RawPart, ...] = ()
    complaint_ids: tuple[UUID, ...] = ()
    suspended: tuple[SuspendedNote, ...] = ()
    verified: bool = True
    schema_version: str = SCHEMA_VERSION

    @classmethod
    def of(cls, raw: RawDelivery, suspended: tuple[SuspendedNote, ...] = ()) -> "Envelope":
        """The envelope of a raw delivery."""
        fields = {name: getattr(raw, name) for name in cls.model_fields if name in RawDelivery.model_fields}
        return cls(**fields, suspended=suspended)


SEALED_CHANNELS = frozenset({Channel.REGULATOR_12315.value})
"""Their deliveries may name people who reported something to an authority: not for everybody who reads the others."""


def delivery_prefix(received_at: datetime, delivery_id: UUID, channel: str = "") -> str:
    """Where a delivery lies: `deliveries/<yyyy>/<mm>/<dd>/<delivery_id>`, by the UTC day it was received.

    Those of a sealed channel lie under `sealed/`, so that a store can keep them for other readers.
    """
    room = "sealed/" if channel in SEALED_CHANNELS else ""
    return f"{room}deliveries/{received_at.astimezone(UTC):%Y/%m/%d}/{delivery_id}"


def raw_key(received_at: datetime, delivery_id: UUID, channel: str = "") -> str:
    """The key of a delivery's bytes."""
    return f"{delivery_prefix(received_at, delivery_id, channel)}/raw"


def envelope_key(received_at: datetime, delivery_id: UUID, channel: str = "") -> str:
    """The key of a delivery's `Envelope`."""
    return f"{delivery_prefix(received_at, delivery_id, channel)}/envelope.json"


def envelope_beside(object_key: str) -> str:
    """The key of the `Envelope` of the delivery whose bytes lie under `object_key`."""
    return object_key.rpartition("/")[0] + "/envelope.json"


def attachment_key(complaint_id: UUID, attachment_id: UUID, *, withheld: bool = False) -> str:
    """The key of an attachment, under the complaint's own prefix so that erasing a person finds all of it.

    What one department alone may see lies under `sealed/`, like the deliveries it comes from.
    """
    room = "sealed/" if withheld else ""
    return f"{room}complaints/{complaint_id}/attachments/{attachment_id}"
