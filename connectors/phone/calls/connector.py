"""Reads the call events of Aliyun 云联络中心 and Tencent TCCC. Each call that came in is one complaint, entry `call`.

The vendor's call id alone identifies: a record that is sent again with more is an update (`version`). What the call
centre knows of a call (time, length, agent) is its `subject`; `text` holds what the agent wrote of it, if anything.
Recordings come as events of their own, before or after the record, and become additions with a pending file.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors.contract import WHOLE_QUERY, Answer, Hook, Numbering
from connectors.phone.callbacks import Vendor, callback_hook, check, vendor_of
from connectors.phone.calls import aliyun, tencent
from connectors.phone.calls.events import CallRecord, Event, Progress, Recording, Way
from connectors.phone.calls.recordings import CALL_BACK, LISTEN, addition
from connectors.phone.calls.wording import line
from connectors.phone.numbers import e164
from connectors.phone.values import believed_time
from schemas.complaint import MAX_TEXT_CHARS, Channel, Complaint, Proof, Sender
from schemas.errors import PayloadRejected, Reason
from schemas.identity import content_hash, pseudonym
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedItem, ParsedSignal, SuspendedItem, raw_ref
from schemas.language import detect
from schemas.settings import PhoneAccountSettings
from schemas.signals import SignalKind

ENTRY = "call"
VENDORS = frozenset({"aliyun-calls", "tencent-calls"})
EVENTS = frozenset({None, "call", "recording", "voice"})
UNKNOWN_TYPE = "unknown_type"
"""The warning of a complaint whose event has a type we do not know; its text is the whole event."""
_ACTION = "action"
_NUMBER_CHARS = 100
_LANGUAGE_SAMPLE_CHARS = 120
_JSON = "application/json; charset=utf-8"
_ACCEPTED: Mapping[Vendor, Answer] = {
    # What the webhook of 云联络中心 wants to hear is undocumented: unsure; this is what their SMS want.
    Vendor.ALIYUN: Answer(200, '{"code":0,"msg":"成功"}'.encode(), _JSON),
    Vendor.TENCENT: Answer(200, b'{"ErrCode":0,"ErrMsg":"ok"}', _JSON),
}
_READERS: Mapping[Vendor, Callable[[Mapping[str, Any], str | None], Event | None]] = {
    Vendor.ALIYUN: aliyun.read,
    Vendor.TENCENT: tencent.read,
}


class Calls:
    """The call centres among the vendors of the channel `phone`."""

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
        key, accounts = self._pseudonym_key, self._accounts
        return callback_hook(key, accounts, account, ("application/json",), _ACCEPTED, kept_query=(_ACTION,))

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read one push.

        Raises `NotGenuine` before anything is read, `PayloadRejected` when the body is no event of the vendor.
        """
        settings = check(inbound, self._accounts.get(inbound.account), self._pseudonym_key)
        return self._items(inbound, vendor_of(settings))

    def read(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read events whose secret nobody asks for, in the layout they have. Raises `PayloadRejected`."""
        for vendor in Vendor:
            try:
                items = self._items(inbound, vendor)
            except PayloadRejected:
                continue
            if any(not isinstance(item, SuspendedItem) for item in items):
                return items
        raise PayloadRejected(Reason.UNREADABLE, "no event of a call centre")

    def complaint_of(self, account: str, call_id: str) -> UUID | None:
        """See `connectors.phone.vendor.NamesCalls`."""
        settings = self._accounts.get(account)
        return self.complaint_id(account, vendor_of(settings), call_id) if settings is not None else None

    def complaint_id(self, account: str, vendor: Vendor, call_id: str) -> UUID:
        """The id of the complaint that a call is or will be, whatever its record says."""
        return self._numbering.complaint_id(Channel.PHONE.value, account, self._source_id(vendor, call_id), "")

    def _source_id(self, vendor: Vendor, call_id: str) -> str:
        return f"call:{pseudonym(self._pseudonym_key, 'call', vendor.value, call_id)}"

    def _items(self, inbound: Inbound, vendor: Vendor) -> Sequence[ParsedItem]:
        """What a push holds, each once. One object is the documented form, a list of them is read too."""
        values = _values(inbound.body)
        items: dict[str, ParsedItem] = {}
        for index, value in enumerate(values if isinstance(values, list) else [values]):
            action = inbound.headers.get(WHOLE_QUERY + _ACTION)
            event = _READERS[vendor](value, action) if isinstance(value, dict) else None
            if event is None and not isinstance(values, list):
                raise PayloadRejected(Reason.UNREADABLE, "no event of the call centre")
            canonical = json.dumps(value, sort_keys=True)
            item = self._item(inbound, index, vendor, event, canonical)
            if item is not None:
                items.setdefault(canonical, item)
        return list(items.values())

    def _item(
        self, inbound: Inbound, index: int, vendor: Vendor, event: Event | None, canonical: str
    ) -> ParsedItem | None:
        if isinstance(event, CallRecord):
            return self._call(inbound, index, vendor, event)
        if isinstance(event, Recording):
            complaint = self.complaint_id(inbound.account, vendor, event.call_id)
            return ParsedAddition(index, addition(inbound, complaint, event))
        if isinstance(event, Progress):
            return None
        source_id = f"event:{pseudonym(self._pseudonym_key, 'event', vendor.value, canonical)}"
        if event is None:
            detail = "an entry of the push is no event of the call centre"
            return SuspendedItem(index, Reason.UNREADABLE, detail, source_id, content_hash(source_id))
        at = believed_time(inbound, event.at)
        if not event.call_id:
            return ParsedSignal(index, SignalKind.OTHER, source_id, at or inbound.received_at, detail=event.type)
        return ParsedComplaint(index, self._unknown(inbound, source_id, at, canonical))

    def _call(self, inbound: Inbound, index: int, vendor: Vendor, call: CallRecord) -> ParsedItem:
        at = believed_time(inbound, call.started_at)
        if call.way is not Way.INCOMING:
            source_id = self._source_id(vendor, call.call_id)
            return ParsedSignal(index, SignalKind.OTHER, source_id, at or inbound.received_at, detail=call.way)
        said = json.dumps(call.canonical(), sort_keys=True)
        number = e164(call.caller)
        complaint = self._complaint(
            inbound,
            self._source_id(vendor, call.call_id),
            at,
            version=pseudonym(self._pseudonym_key, "call-record", said),
            sender=_sender(call.caller, number),
            reply_to=number,
            subject=line(call),
            text=call.notes[:MAX_TEXT_CHARS],
            truncated=len(call.notes) > MAX_TEXT_CHARS,
            language=detect(call.notes[:_LANGUAGE_SAMPLE_CHARS]) if call.notes else None,
            tasks=_tasks(call),
            warnings=_warnings(number, at),
        )
        return ParsedComplaint(index, complaint)

    def _unknown(self, inbound: Inbound, source_id: str, at: datetime | None, canonical: str) -> Complaint:
        text = json.dumps(json.loads(canonical), ensure_ascii=False, sort_keys=True)
        return self._complaint(
            inbound,
            source_id,
            at,
            text=text[:MAX_TEXT_CHARS],
            truncated=len(text) > MAX_TEXT_CHARS,
            warnings=(UNKNOWN_TYPE,),
        )

    def _complaint(self, inbound: Inbound, source_id: str, at: datetime | None, **fields: Any) -> Complaint:
        """A complaint of this delivery. No content is in its id: what is sent again with more is an update."""
        identity = self._numbering.complaint_id(Channel.PHONE.value, inbound.account, source_id, "")
        return Complaint(
            complaint_id=identity,
            tracking_number=self._numbering.tracking_number(identity),
            channel=Channel.PHONE.value,
            entry=ENTRY,
            account=inbound.account,
            source_id=source_id,
            received_at=at or inbound.received_at,
            received_at_source="call" if at else inbound.received_at_source,
            ingested_at=inbound.ingested_at,
            raw=raw_ref(inbound),
            **fields,
        )


def _values(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PayloadRejected(Reason.UNREADABLE, "no JSON in UTF-8") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _tasks(call: CallRecord) -> tuple[str, ...]:
    """What nobody wrote down must be listened to, or asked for."""
    if call.notes.strip():
        return ()
    return (LISTEN,) if call.recorded else (CALL_BACK,)


def _sender(written: str, number: str | None) -> Sender | None:
    """The number is proven by the channel where it can be read: the carrier states it, not the person."""
    if number is not None:
        return Sender(phones=(number,), proofs={number: Proof.CHANNEL})
    return Sender(phones=(written[:_NUMBER_CHARS],)) if written else None


def _warnings(number: str | None, at: datetime | None) -> tuple[str, ...]:
    found = (("number_unreadable", number is None), ("vendor_time_unusable", at is None))
    return tuple(code for code, is_so in found if is_so)
