"""What one delivery becomes: objects to store, then records to send in one round. Pure.

Whoever reads a delivery, the first time or again, reads it here: the same bytes give the same records and numbers.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from connectors.contract import Connector, Numbering
from connectors.fit import fitted
from infra.logs import log
from schemas.additions import Addition
from schemas.base import Record
from schemas.complaint import Attachment, Complaint, RawRef
from schemas.envelope import SEALED_CHANNELS, Envelope, SuspendedNote, attachment_key, delivery_prefix, raw_key
from schemas.errors import IntakeError, PayloadRejected, Reason
from schemas.identity import content_hash, named_uuid, pseudonym, recipient_key, sender_key
from schemas.inbound import (
    AttachedFile,
    Inbound,
    ParsedAddition,
    ParsedComplaint,
    ParsedItem,
    ParsedSignal,
    Receipt,
    ReceivedItem,
    SuspendedItem,
)
from schemas.records import RawDelivery, RawPart, Suspended
from schemas.signals import Signal
from schemas.topics import ADDITIONS, DELIVERIES_RAW, RECEIVED, SIGNALS, SUSPENDED, Topic
from schemas.wire import Message, Naming, headers, value

_LOG = log(__name__)
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_IDENTIFYING = ("nonce", "client", "idempotency_key")
"""What in a delivery's `source` tells two senders of the same bytes apart."""


@dataclass(frozen=True, slots=True)
class Round:
    """All that one delivery leaves behind. Objects and envelope first: records refer to them."""

    receipt: Receipt
    objects: Sequence[tuple[str, bytes]]
    messages: Sequence[Message]
    envelope: Envelope | None = None


@dataclass(frozen=True, slots=True)
class Rounds:
    """Makes rounds. Raw bytes up to `inline_bytes` travel in Kafka, larger or unreadable ones by reference."""

    naming: Naming
    numbering: Numbering
    pseudonym_key: bytes
    inline_bytes: int

    def parsed(self, inbound: Inbound, connector: Connector) -> Sequence[ParsedItem]:
        """Read a delivery; what cannot be read is suspended, also when the reader crashes on it.

        Raises `InvalidRequest` or `NotGenuine`.
        """
        try:
            return connector.parse(inbound)
        except PayloadRejected as error:
            return [self.unread(inbound, error.reason, error.detail)]
        except IntakeError:
            raise
        except Exception as error:  # noqa: BLE001 (last guard: a defect of a reader must not lose what it read)
            _LOG.error("reader crashed", channel=inbound.channel, account=inbound.account, exc_info=error)
            return [self.unread(inbound, Reason.PARSER_CRASHED, type(error).__name__)]

    def make(self, inbound: Inbound, items: Iterable[ParsedItem]) -> Round:
        """Build the round of a delivery that was read into `items`."""
        return _Builder(self, inbound).build(items)

    def suspend(self, inbound: Inbound, numbers: Collection[UUID], reason: Reason, detail: str) -> Round:
        """Build the round of a delivery whose items were given these numbers and cannot be read now."""
        builder = _Builder(self, inbound)
        for number in numbers:
            builder.suspend(number, self.unread(inbound, reason, detail))
        return builder.build(())

    def unread(self, inbound: Inbound, reason: Reason, detail: str) -> SuspendedItem:
        """The item a delivery becomes when it cannot be read as a whole.

        Its number depends on the bytes and on who sent them, so the same delivery again has the same number.
        """
        who = [inbound.source[name] for name in _IDENTIFYING if name in inbound.source]
        if not inbound.body:
            who.append(str(delivery_id(inbound)))
        return SuspendedItem(
            item=0,
            reason=reason,
            detail=detail,
            source_id=f"delivery:{pseudonym(self.pseudonym_key, *who)}",
            content_hash=content_hash(inbound.body, *(part.content for part in inbound.parts)),
            reply_to=inbound.source.get("reply_to"),
        )


def delivery_id(inbound: Inbound) -> UUID:
    """The id of one delivery: the same bytes from the same place at the source have the same id."""
    content = content_hash(inbound.body, *(part.content for part in inbound.parts))
    place = (text for pair in sorted(inbound.source.items()) for text in pair)
    return named_uuid("delivery", inbound.channel, inbound.account, content, *place)


def trace_parent(inbound: Inbound) -> str:
    """The caller's W3C trace context, or a new one when there is none or it is malformed."""
    given = inbound.headers.get("traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) else f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


@dataclass(slots=True)
class _Builder:
    """The work on one delivery."""

    rounds: Rounds
    inbound: Inbound
    objects: list[tuple[str, bytes]] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    suspended: list[tuple[UUID, SuspendedItem]] = field(default_factory=list)
    additions: list[Addition] = field(default_factory=list)
    signals: list[ParsedSignal] = field(default_factory=list)
    received: list[ReceivedItem] = field(default_factory=list)
    envelope: Envelope | None = None

    def build(self, items: Iterable[ParsedItem]) -> Round:
        for item in items:
            if isinstance(item, SuspendedItem):
                self._add_suspended(item)
            elif isinstance(item, ParsedSignal):
                self.signals.append(item)
            elif isinstance(item, ParsedAddition):
                self._add_addition(item)
            else:
                self._add_complaint(item)
        raw = self._raw()
        trace = trace_parent(self.inbound)
        messages = [
            self._message(DELIVERIES_RAW, raw, str(raw.delivery_id), raw.delivery_id, trace),
            *(self._received(complaint, raw, trace) for complaint in self.complaints),
            *(self._suspended(number, item, raw, trace) for number, item in self.suspended),
            *(self._addition(addition, trace) for addition in self.additions),
            *(self._signal(signal, trace) for signal in self.signals),
        ]
        return Round(Receipt(raw.delivery_id, tuple(self.received)), self.objects, messages, self.envelope)

    def _add_complaint(self, parsed: ParsedComplaint) -> None:
        complaint = parsed.complaint
        attachments = _as_stored(complaint.complaint_id, complaint.attachments, parsed.files)
        fitting = fitted(complaint.model_copy(update={"attachments": attachments}) if parsed.files else complaint)
        if fitting is None:
            detail = "over the size limit of a record even without its text"
            unfit = SuspendedItem(parsed.item, Reason.TOO_LARGE, detail, complaint.source_id, "", complaint.reply_to)
            self.suspend(complaint.complaint_id, unfit)
            return
        self._store(attachments, parsed.files)
        self.complaints.append(fitting)
        self.received.append(ReceivedItem(parsed.item, complaint.complaint_id, complaint.tracking_number))

    def _store(self, attachments: Iterable[Attachment], files: Iterable[AttachedFile]) -> None:
        keys = {one.attachment_id: one.object_key for one in attachments}
        self.objects += [(key, file.content) for file in files if (key := keys.get(file.attachment_id))]

    def _add_addition(self, parsed: ParsedAddition) -> None:
        addition = parsed.addition
        attachments = _as_stored(addition.complaint_id, addition.attachments, parsed.files)
        self._store(attachments, parsed.files)
        self.additions.append(addition.model_copy(update={"attachments": attachments}))

    def _add_suspended(self, item: SuspendedItem) -> None:
        inbound = self.inbound
        number = self.rounds.numbering.complaint_id(inbound.channel, inbound.account, item.source_id, item.content_hash)
        self.suspend(number, item)

    def suspend(self, number: UUID, item: SuspendedItem) -> None:
        """Add an item that could not be read under its number."""
        self.suspended.append((number, item))
        self.received.append(
            ReceivedItem(item.item, number, self.rounds.numbering.tracking_number(number), item.reason)
        )

    def _raw(self) -> RawDelivery:
        """The raw record; stores bytes and envelope first when they are large or somebody must look at them."""
        inbound, number = self.inbound, delivery_id(self.inbound)
        sealed = inbound.channel in SEALED_CHANNELS
        by_reference = sealed or bool(self.suspended) or len(inbound.body) > self.rounds.inline_bytes
        raw = RawDelivery(
            delivery_id=number,
            channel=inbound.channel,
            account=inbound.account,
            received_at=inbound.received_at,
            received_at_source=inbound.received_at_source,
            ingested_at=inbound.ingested_at,
            content_type=inbound.content_type,
            headers=dict(inbound.headers),
            source=dict(inbound.source),
            sha256=hashlib.sha256(inbound.body).hexdigest(),
            size_bytes=len(inbound.body),
            body_base64=None if by_reference else base64.b64encode(inbound.body).decode(),
            object_key=raw_key(inbound.received_at, number, inbound.channel) if by_reference else None,
            parts=self._parts(number),
            complaint_ids=tuple(complaint.complaint_id for complaint in self.complaints),
            suspended_ids=tuple(suspended_id for suspended_id, _ in self.suspended),
        )
        if by_reference:
            notes = tuple(SuspendedNote(suspended_id=suspended_id, item=item.item, reply_to=item.reply_to,
                                        is_automatic=item.is_automatic)
                          for suspended_id, item in self.suspended)  # fmt: skip
            self.objects.append((raw_key(raw.received_at, number, raw.channel), inbound.body))
            self.envelope = Envelope.of(raw, notes)
        return raw

    def _parts(self, number: UUID) -> tuple[RawPart, ...]:
        """Uploaded files, by reference: to the complaint's own attachment where it became one."""
        known = {one.sha256: one.object_key for complaint in self.complaints for one in complaint.attachments}
        return tuple(self._part(number, index, known) for index in range(len(self.inbound.parts)))

    def _part(self, number: UUID, index: int, known: dict[str, str | None]) -> RawPart:
        file = self.inbound.parts[index]
        digest = hashlib.sha256(file.content).hexdigest()
        key = known.get(digest)
        if key is None:
            key = f"{delivery_prefix(self.inbound.received_at, number, self.inbound.channel)}/parts/{index}"
            self.objects.append((key, file.content))
        return RawPart(
            name=file.name, media_type=file.media_type, size_bytes=len(file.content), sha256=digest, object_key=key
        )

    def _received(self, complaint: Complaint, raw: RawDelivery, trace: str) -> Message:
        reference = complaint.raw.model_copy(update={"delivery_id": raw.delivery_id, "object_key": raw.object_key})
        whole = complaint.model_copy(update={"raw": reference})
        key = sender_key(self.rounds.pseudonym_key, whole)
        return self._message(RECEIVED, whole, key, whole.complaint_id, trace, f":{whole.revision}")

    def _suspended(self, number: UUID, item: SuspendedItem, raw: RawDelivery, trace: str) -> Message:
        record = Suspended(
            suspended_id=number,
            tracking_number=self.rounds.numbering.tracking_number(number),
            channel=raw.channel,
            account=raw.account,
            item=item.item,
            reason=item.reason.value,
            detail=item.detail,
            received_at=raw.received_at,
            ingested_at=raw.ingested_at,
            is_automatic=item.is_automatic,
            has_reply_address=item.reply_to is not None,
            raw=RawRef(
                sha256=raw.sha256, size_bytes=raw.size_bytes, delivery_id=raw.delivery_id, object_key=raw.object_key
            ),
        )
        return self._message(SUSPENDED, record, str(number), number, trace)

    def _addition(self, addition: Addition, trace: str) -> Message:
        number = str(addition.complaint_id)
        return self._message(ADDITIONS, addition, number, addition.addition_id, trace)

    def _signal(self, signal: ParsedSignal, trace: str) -> Message:
        """Its id depends on what the vendor says, so that a redelivery has the same."""
        inbound = self.inbound
        number = named_uuid("signal", inbound.channel, inbound.account, signal.kind, signal.source_id)
        whom = recipient_key(self.rounds.pseudonym_key, signal.address) if signal.address else None
        record = Signal(
            signal_id=number,
            kind=signal.kind,
            channel=inbound.channel,
            account=inbound.account,
            recipient_key=whom,
            place=signal.place,
            outbox_id=signal.outbox_id,
            vendor_id=signal.vendor_id,
            detail=signal.detail,
            at=signal.at,
            received_at=inbound.received_at,
        )
        return self._message(SIGNALS, record, whom or str(number), number, trace)

    def _message(self, topic: Topic, record: Record, key: str, subject: UUID, trace: str, version: str = "") -> Message:
        naming = self.rounds.naming
        event_id = f"{topic.name}:{subject}{version}"
        pairs = headers(
            topic, naming, event_id=event_id, time=self.inbound.ingested_at, subject=subject, traceparent=trace
        )
        return Message(naming.topic(topic), key.encode(), value(record), tuple(pairs))


def _as_stored(owner: UUID, attachments: Iterable[Attachment], files: Iterable[AttachedFile]) -> tuple[Attachment, ...]:
    """The attachments of a complaint, those whose bytes came along with their place in the object store."""
    stored = {file.attachment_id for file in files}
    return tuple(_as_kept(owner, one) if one.attachment_id in stored else one for one in attachments)


def _as_kept(owner: UUID, one: Attachment) -> Attachment:
    """A file that nobody but one department may see stays withheld when it is stored."""
    withheld = one.state == "withheld"
    key = attachment_key(owner, one.attachment_id, withheld=withheld)
    return one.model_copy(update={"object_key": key, "state": "withheld" if withheld else "stored"})
