"""Reads replies by SMS that Aliyun or Tencent Cloud push to us. Each SMS is one complaint of the channel `phone`.

What the route must put into a delivery, beside the body as it came:

- `account`: the id of the callback address, a key of `accounts`; the vendor is a property of the account;
- `headers["sms-callback-proof"]`: `callback_proof(key, account, secret)` of the secret the caller presented in the
  path or query; never the secret itself, because deliveries are stored;
- `headers["sms-caller-address"]`: the caller's network address, where the account lists networks;
- `source`: nothing. A retry from another machine of the vendor is then the same delivery.

A vendor may push the same SMS again among others. So its identity is of the SMS alone: vendor, number, time to the
second, text and sequence number where there is one, as a keyed pseudonym. Two alike a minute apart are two; two alike
in one second without sequence number (Tencent) cannot be told apart and are one.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import Numbering
from connectors.phone.sms.accounts import CallbackAccount, Vendor, check
from connectors.phone.sms.layouts import Entry, TextMessage, entries
from connectors.phone.sms.numbers import e164
from connectors.phone.sms.optout import is_opt_out
from schemas.complaint import MAX_TEXT_CHARS, Channel, Complaint, Proof, RawRef, Sender, Thread
from schemas.errors import Reason
from schemas.identity import content_hash, pseudonym
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, SuspendedItem
from schemas.language import detect

ENTRY = "sms"
_OLDEST = timedelta(days=30)
"""A vendor's time further back is not believed: pushes end after hours, and clocks of complaints count from it."""
_NUMBER_CHARS = 100


@dataclass(frozen=True, slots=True)
class OptOut:
    """Somebody wants no more messages at `address` (E.164, or as written when it is no number we can read)."""

    address: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Identified:
    """One SMS with what identifies it. `number` is E.164, None when it cannot be read."""

    message: TextMessage
    number: str | None
    source_id: str
    content: str


class Sms:
    """The channel `phone`, entry `sms`."""

    channel = Channel.PHONE.value

    def __init__(self, numbering: Numbering, pseudonym_key: bytes, accounts: Mapping[str, CallbackAccount]) -> None:
        """`accounts` are the registered callbacks by the opaque id in their address."""
        self._numbering = numbering
        self._pseudonym_key = pseudonym_key
        self._accounts = accounts

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        """Read one push; opt-out words are left out, see `opt_outs`.

        Raises `NotGenuine` before anything is read, `PayloadRejected` when the body is no push of the vendor.
        """
        vendor = self._verified(inbound).vendor
        found: dict[str, ParsedItem] = {}
        for index, entry in enumerate(entries(inbound.body, vendor)):
            if entry.message is None:
                unreadable = self._unreadable(index, vendor, entry)
                found.setdefault(unreadable.source_id, unreadable)
            elif not is_opt_out(entry.message.text):
                identified = self._identified(vendor, entry.message)
                if identified.source_id not in found:
                    found[identified.source_id] = self._item(inbound, index, identified)
        return list(found.values())

    def opt_outs(self, inbound: Inbound) -> tuple[OptOut, ...]:
        """Who in this push wants no more messages, each once. Raises like `parse`; may be repeated."""
        vendor = self._verified(inbound).vendor
        return tuple(dict.fromkeys(self._declared(inbound, vendor)))

    def _verified(self, inbound: Inbound) -> CallbackAccount:
        return check(inbound, self._accounts.get(inbound.account), self._pseudonym_key)

    def _declared(self, inbound: Inbound, vendor: Vendor) -> Iterator[OptOut]:
        for entry in entries(inbound.body, vendor):
            message = entry.message
            if message is not None and message.number and is_opt_out(message.text):
                address = e164(message.number, message.country_code) or message.number[:_NUMBER_CHARS]
                yield OptOut(address, _vendor_time(inbound, message) or inbound.received_at)

    def _identified(self, vendor: Vendor, message: TextMessage) -> _Identified:
        number = e164(message.number, message.country_code)
        at = message.at.isoformat() if message.at is not None else message.written_at
        digest = content_hash(vendor.value, number or message.number, at, message.text, message.sequence)
        source_id = f"sms:{pseudonym(self._pseudonym_key, 'sms', digest)}"
        # Keyed through the source id: a bare hash of a number and a short text could be found by trying.
        return _Identified(message, number, source_id, content_hash(source_id, message.text))

    def _unreadable(self, index: int, vendor: Vendor, entry: Entry) -> SuspendedItem:
        source_id = f"sms:{pseudonym(self._pseudonym_key, 'entry', content_hash(vendor.value, entry.canonical))}"
        detail = "an entry of the push is no SMS of the vendor's layout"
        return SuspendedItem(index, Reason.UNREADABLE, detail, source_id, content_hash(source_id))

    def _item(self, inbound: Inbound, index: int, of: _Identified) -> ParsedItem:
        message = of.message
        if not message.text.strip():
            return SuspendedItem(index, Reason.EMPTY, "an SMS without text", of.source_id, of.content, of.number)
        identity = self._numbering.complaint_id(self.channel, inbound.account, of.source_id, of.content)
        at = _vendor_time(inbound, message)
        complaint = Complaint(
            complaint_id=identity,
            tracking_number=self._numbering.tracking_number(identity),
            channel=self.channel,
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
            raw=RawRef(sha256=hashlib.sha256(inbound.body).hexdigest(), size_bytes=len(inbound.body)),
            warnings=_warnings(of, at),
        )
        return ParsedComplaint(index, complaint)


def _vendor_time(inbound: Inbound, message: TextMessage) -> datetime | None:
    """The vendor's time, None when it cannot be: nothing is received after its delivery, or long before."""
    if message.at is None or inbound.received_at - message.at > _OLDEST:
        return None
    return min(message.at, inbound.received_at)


def _sender(of: _Identified) -> Sender | None:
    """The number is proven by the channel where it can be read: the carrier states it, not the person."""
    if of.number is not None:
        return Sender(phones=(of.number,), proofs={of.number: Proof.CHANNEL})
    return Sender(phones=(of.message.number[:_NUMBER_CHARS],)) if of.message.number else None


def _warnings(of: _Identified, at: datetime | None) -> tuple[str, ...]:
    found = (("number_unreadable", of.number is None), ("vendor_time_unusable", at is None))
    return tuple(code for code, is_so in found if is_so)
