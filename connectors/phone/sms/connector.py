"""Reads replies by SMS and delivery reports that Aliyun or Tencent Cloud push to us. Each SMS is one complaint.

An account is called at `/webhooks/phone/<account>[/sms|/status]`. Replies and reports are told apart by their fields,
so that one address registered for both is read, too. What is kept of a call is the proof of the presented secret,
never the secret itself: deliveries are stored.

A vendor may push the same SMS again among others. So its identity is of the SMS alone: vendor, number, time to the
second, text and sequence number where there is one, as a keyed pseudonym. Two alike a minute apart are two; two alike
in one second without sequence number (Tencent) cannot be told apart and are one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Hook, Numbering
from connectors.phone.callbacks import Vendor, callback_hook, check, vendor_of
from connectors.phone.numbers import e164
from connectors.phone.sms.answers import ACCEPTED
from connectors.phone.sms.layouts import Entry, TextMessage, entries
from connectors.phone.sms.optout import is_opt_out
from connectors.phone.sms.reports import DeliveryReport
from connectors.phone.values import believed_time
from schemas.complaint import MAX_TEXT_CHARS, Channel, Complaint, Proof, Sender, Thread
from schemas.errors import PayloadRejected, Reason
from schemas.identity import content_hash, pseudonym
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, ParsedSignal, SuspendedItem, raw_ref
from schemas.language import detect
from schemas.settings import PhoneAccountSettings
from schemas.signals import SignalKind

ENTRY = "sms"
VENDORS = frozenset({"aliyun-sms", "tencent-sms"})
EVENTS = frozenset({None, "sms", "status"})
MEDIA_TYPES = ("application/json", "text/json", "text/plain")
"""Aliyun says application/json; what Tencent sends is undocumented: unsure."""
_NUMBER_CHARS = 100


@dataclass(frozen=True, slots=True)
class _Identified:
    """One SMS with what identifies it. `number` is E.164, None when it cannot be read."""

    message: TextMessage
    number: str | None
    source_id: str
    content: str


class Sms:
    """The vendors of SMS among those of the channel `phone`."""

    def __init__(
        self, numbering: Numbering, pseudonym_key: bytes, accounts: Mapping[str, PhoneAccountSettings]
    ) -> None:
        """`accounts` are all of the channel, by the opaque id in their address; those of other vendors are left out."""
        self._numbering = numbering
        self._pseudonym_key = pseudonym_key
        self._accounts = {name: one for name, one in accounts.items() if one.vendor in VENDORS}

    def hook(self, account: str, event: str | None) -> Hook | None:
        """See `connectors.phone.vendor.PhoneVendor`."""
        if event not in EVENTS:
            return None
        return callback_hook(self._pseudonym_key, self._accounts, account, MEDIA_TYPES, ACCEPTED)

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read one push.

        Raises `NotGenuine` before anything is read, `PayloadRejected` when the body is no push of the vendor.
        """
        vendor = vendor_of(check(inbound, self._accounts.get(inbound.account), self._pseudonym_key))
        return self._items(inbound, vendor, entries(inbound.body, vendor))

    def read(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read a push whose secret nobody asks for, in the layout it has. Raises `PayloadRejected`."""
        for vendor in Vendor:
            try:
                found = entries(inbound.body, vendor)
            except PayloadRejected:
                continue
            if any(entry.is_known for entry in found):
                return self._items(inbound, vendor, found)
        raise PayloadRejected(Reason.UNREADABLE, "neither an SMS nor a delivery report")

    def _items(self, inbound: Inbound, vendor: Vendor, found: Sequence[Entry]) -> Sequence[ParsedItem]:
        """What a push holds, each once."""
        items: dict[str, ParsedItem] = {}
        for index, entry in enumerate(found):
            source_id, item = self._item(inbound, index, vendor, entry)
            items.setdefault(source_id, item)
        return list(items.values())

    def _item(self, inbound: Inbound, index: int, vendor: Vendor, entry: Entry) -> tuple[str, ParsedItem]:
        """What an entry is, under the name by which it is the same again."""
        if entry.message is not None:
            of = self._identified(vendor, entry.message)
            return of.source_id, self._said(inbound, index, of)
        if entry.report is not None:
            signal = self._reported(inbound, index, vendor, entry.report)
            return signal.source_id, signal
        source_id = f"sms:{pseudonym(self._pseudonym_key, 'entry', content_hash(vendor.value, entry.canonical))}"
        detail = "an entry of the push is no SMS of the vendor's layout"
        return source_id, SuspendedItem(index, Reason.UNREADABLE, detail, source_id, content_hash(source_id))

    def _identified(self, vendor: Vendor, message: TextMessage) -> _Identified:
        number = e164(message.number, message.country_code)
        at = message.at.isoformat() if message.at is not None else message.written_at
        digest = content_hash(vendor.value, number or message.number, at, message.text, message.sequence)
        source_id = f"sms:{pseudonym(self._pseudonym_key, 'sms', digest)}"
        # Keyed through the source id: a bare hash of a number and a short text could be found by trying.
        return _Identified(message, number, source_id, content_hash(source_id, message.text))

    def _said(self, inbound: Inbound, index: int, of: _Identified) -> ParsedItem:
        """What an SMS is: a wish to hear no more, nothing at all, or a complaint."""
        text = of.message.text
        if is_opt_out(text):
            at = believed_time(inbound, of.message.at) or inbound.received_at
            address = of.number or of.message.number[:_NUMBER_CHARS] or None
            return ParsedSignal(index, SignalKind.OPTED_OUT, of.source_id, at, address=address)
        if not text.strip():
            return SuspendedItem(index, Reason.EMPTY, "an SMS without text", of.source_id, of.content, of.number)
        return ParsedComplaint(index, self._complaint(inbound, of))

    def _reported(self, inbound: Inbound, index: int, vendor: Vendor, report: DeliveryReport) -> ParsedSignal:
        """A report again is the same signal; a later one that says otherwise is another."""
        digest = content_hash(
            vendor.value, report.vendor_id or "", str(report.outbox_id), report.number or "",
            str(report.delivered), report.code, report.written_at,
        )  # fmt: skip
        return ParsedSignal(
            index,
            SignalKind.DELIVERED if report.delivered else SignalKind.UNDELIVERED,
            f"report:{pseudonym(self._pseudonym_key, 'report', digest)}",
            believed_time(inbound, report.at) or inbound.received_at,
            address=report.number,
            outbox_id=report.outbox_id,
            vendor_id=report.vendor_id,
            detail=report.code,
        )

    def _complaint(self, inbound: Inbound, of: _Identified) -> Complaint:
        message = of.message
        channel = Channel.PHONE.value
        identity = self._numbering.complaint_id(channel, inbound.account, of.source_id, of.content)
        at = believed_time(inbound, message.at)
        return Complaint(
            complaint_id=identity,
            tracking_number=self._numbering.tracking_number(identity),
            channel=channel,
            entry=ENTRY,
            account=inbound.account,
            source_id=of.source_id,
            received_at=at or inbound.received_at,
            received_at_source="vendor" if at else inbound.received_at_source,
            ingested_at=inbound.ingested_at,
            sender=_sender(of),
            reply_to=of.number,
            text=message.text[:MAX_TEXT_CHARS],
            truncated=len(message.text) > MAX_TEXT_CHARS,
            language=detect(message.text),
            thread=Thread(recipients=(message.our_extension[:_NUMBER_CHARS],) if message.our_extension else ()),
            raw=raw_ref(inbound),
            warnings=_warnings(of, at),
        )


def _sender(of: _Identified) -> Sender | None:
    """The number is proven by the channel where it can be read: the carrier states it, not the person."""
    if of.number is not None:
        return Sender(phones=(of.number,), proofs={of.number: Proof.CHANNEL})
    return Sender(phones=(of.message.number[:_NUMBER_CHARS],)) if of.message.number else None


def _warnings(of: _Identified, at: datetime | None) -> tuple[str, ...]:
    found = (("number_unreadable", of.number is None), ("vendor_time_unusable", at is None))
    return tuple(code for code, is_so in found if is_so)
