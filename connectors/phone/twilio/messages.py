"""What an inbound SMS or MMS becomes, and what the reports on ours mean.

Sources, read 2026-11-22: twilio.com/docs/messaging/guides/webhook-request (MessageSid, From, To, Body, NumMedia,
MediaUrl{N}, MediaContentType{N}, OptOutType), guides/track-outbound-message-status (MessageStatus, ErrorCode).
"""

import hashlib
import re
from collections.abc import Mapping

from connectors.contract import Numbering
from connectors.phone.twilio.form import Fields
from connectors.phone.twilio.numbers import MAX_CHARS, reply_address, sender
from connectors.phone.twilio.wording import opt_out_type
from schemas.complaint import MAX_TEXT_CHARS, Attachment, Channel, Complaint, Thread
from schemas.errors import PayloadRejected, Reason
from schemas.identity import content_hash, named_uuid
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, ParsedSignal, SuspendedItem, raw_ref
from schemas.language import detect
from schemas.signals import SignalKind

MAX_MEDIA = 100
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,100}")
_CODE = re.compile(r"[A-Z0-9]{1,20}")
_OPT_OUTS: Mapping[str, SignalKind] = {"STOP": SignalKind.OPTED_OUT, "START": SignalKind.OPTED_IN}
"""OptOutType → what it means; any other is `other`."""
_REPORTS: Mapping[str, SignalKind] = {
    "delivered": SignalKind.DELIVERED,
    "read": SignalKind.DELIVERED,
    "undelivered": SignalKind.UNDELIVERED,
    "failed": SignalKind.UNDELIVERED,
}
"""MessageStatus → what it means; any other is on the way and says nothing."""


def read_message(numbering: Numbering, inbound: Inbound, fields: Fields) -> list[ParsedItem]:
    """The one item of an inbound message: a complaint, or a signal for an opt-out word. Raises `PayloadRejected`."""
    sid = fields.sid("MessageSid", "SmsMessageSid", "SmsSid")
    source_id, text = f"sms:{sid}", fields.get("Body", "").strip()
    opted = (fields.get("OptOutType") or opt_out_type(text) or "").upper()
    address = reply_address(fields.get("From", ""))
    if opted:
        kind, detail = _OPT_OUTS.get(opted, SignalKind.OTHER), opted if _CODE.fullmatch(opted) else ""
        return [ParsedSignal(0, kind, source_id, inbound.received_at, address=address, detail=detail)]
    content = content_hash(fields.get("From", ""), fields.get("To", ""), text)
    number = numbering.complaint_id(Channel.PHONE.value, inbound.account, source_id, content)
    media = _media(str(number), fields)
    if not text and not media:
        return [SuspendedItem(0, Reason.EMPTY, "neither text nor media", source_id, content, address)]
    complaint = Complaint(
        complaint_id=number,
        tracking_number=numbering.tracking_number(number),
        channel=Channel.PHONE.value,
        entry="sms",
        account=inbound.account,
        source_id=source_id,
        received_at=inbound.received_at,
        received_at_source=inbound.received_at_source,
        ingested_at=inbound.ingested_at,
        sender=sender(fields.get("From", ""), address),
        reply_to=address,
        text=text[:MAX_TEXT_CHARS],
        truncated=len(text) > MAX_TEXT_CHARS,
        language=detect(text),
        attachments=media,
        thread=Thread(recipients=recipients(fields)),
        raw=raw_ref(inbound),
        warnings=() if address else ("number_unreadable",),
    )
    return [ParsedComplaint(0, complaint)]


def read_report(inbound: Inbound, fields: Fields) -> list[ParsedItem]:
    """What a status callback reports on a message of ours; nothing while it is on its way. Raises `PayloadRejected`."""
    sid = fields.sid("MessageSid", "SmsSid")
    status = (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()
    if not status:
        raise PayloadRejected(Reason.UNREADABLE, "a status callback without MessageStatus")
    kind, code = _REPORTS.get(status), fields.get("ErrorCode", "")
    if kind is None:
        return []
    detail = code if _CODE.fullmatch(code) else ""
    address = reply_address(fields.get("To", ""))
    source_id = f"status:{sid}:{status}"
    return [ParsedSignal(0, kind, source_id, inbound.received_at, address=address, vendor_id=sid, detail=detail)]


def recipients(fields: Fields) -> tuple[str, ...]:
    """Our own number that was written to or called."""
    return (fields["To"][:MAX_CHARS],) if fields.get("To") else ()


def pending(owner: str, reference: str, identity: str, media_type: str, name: str | None = None) -> Attachment:
    """A file that Twilio hands over at an address. Until the bytes are here, the address stands for their hash."""
    return Attachment(
        attachment_id=named_uuid("attachment", owner, identity),
        name=name,
        media_type=media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream",
        size_bytes=0,
        sha256=hashlib.sha256(reference.encode(errors="replace")).hexdigest(),
        state="pending",
        reference=reference,
    )


def _media(owner: str, fields: Fields) -> tuple[Attachment, ...]:
    if not any(name.startswith("MediaUrl") for name in fields):  # nearly all are words alone
        return ()
    addresses = ((fields.get(f"MediaUrl{n}", ""), fields.get(f"MediaContentType{n}", "")) for n in range(MAX_MEDIA))
    return tuple(pending(owner, url, url, kind.lower()) for url, kind in addresses if url)
