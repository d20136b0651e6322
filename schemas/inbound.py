"""What a channel hands over (inbound), and what reading it gives: complaints with their files, or reasons."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from schemas.additions import Addition
from schemas.complaint import Complaint, RawRef
from schemas.errors import Reason
from schemas.signals import SignalKind


@dataclass(frozen=True, slots=True)
class Inbound:
    """One delivery: the bytes a channel handed over and what the channel said about them.

    `received_at` is when the delivery first reached the company (INTERNALDATE, vendor time, arrival at the
    gateway), `ingested_at` when we took it. `source` holds what only the channel knows: `uid` and
    `uidvalidity` of a mail, `client`, `idempotency_key` or `nonce` of a post.
    """

    channel: str
    account: str
    body: bytes
    received_at: datetime
    received_at_source: str
    ingested_at: datetime
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    parts: tuple["UploadedFile", ...] = ()


def raw_ref(inbound: Inbound) -> RawRef:
    """The bytes a delivery was read from, before it is known where they will lie."""
    return RawRef(sha256=hashlib.sha256(inbound.body).hexdigest(), size_bytes=len(inbound.body))


def place_at_source(source: Mapping[str, str]) -> str | None:
    """Where the source's own list has a delivery (`uidvalidity/uid` of a mail); None where nothing can be listed."""
    if "uid" not in source or "uidvalidity" not in source:
        return None
    return f"{source['uidvalidity']}/{source['uid']}"


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that came beside the body (multipart upload)."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """The bytes of one attachment of a complaint, to be stored under the complaint's prefix."""

    attachment_id: UUID
    content: bytes


@dataclass(frozen=True, slots=True)
class ParsedComplaint:
    """One item of a delivery that could be read. `item` is its number within the delivery, from 0."""

    item: int
    complaint: Complaint
    files: tuple[AttachedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class SuspendedItem:
    """One item of a delivery that could not be read. `reply_to` is set when the sender at least is known."""

    item: int
    reason: Reason
    detail: str
    source_id: str
    content_hash: str
    reply_to: str | None = None
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class ParsedSignal:
    """One item that is no complaint and still means something: see `schemas.signals.SignalKind`.

    `address` is whom it is about, as an answer would be addressed; it leaves the gateway as a pseudonym only.
    `place` is a store code that a scan or menu key stands for. `outbox_id` or `vendor_id` name a message of ours
    it reports on. `detail` is a code of the vendor, never content. `at` is when it happened, as the vendor says.
    """

    item: int
    kind: SignalKind
    source_id: str
    at: datetime
    address: str | None = None
    place: str | None = None
    outbox_id: UUID | None = None
    vendor_id: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ParsedAddition:
    """One item that belongs to a complaint of another delivery, with the files that came with it."""

    item: int
    addition: Addition
    files: tuple[AttachedFile, ...] = ()


ParsedItem = ParsedComplaint | SuspendedItem | ParsedSignal | ParsedAddition


@dataclass(frozen=True, slots=True)
class ReceivedItem:
    """What one item of a delivery became: a complaint, or suspended (then `reason` says why)."""

    item: int
    complaint_id: UUID
    tracking_number: str
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery is durable: the channel may be told so. `items` is empty when nothing in it was a complaint."""

    delivery_id: UUID
    items: tuple[ReceivedItem, ...]
