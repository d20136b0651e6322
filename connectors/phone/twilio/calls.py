"""What a call becomes: one complaint a CallSid, and an addition for each callback that brings more.

Callbacks come out of order and twice, a caller hangs up at any place. So the complaint depends on the CallSid alone
and is made by whichever callback of the call itself arrives; what a caller keyed in or said is an addition with an id
made of the call and the step, or of the recording. A call is a call-back task until somebody's words are there.

Sources, read 2026-11-22: twilio.com/docs/voice/twiml (request parameters CallSid, From, To, Direction), twiml/gather
(Digits, SpeechResult, Confidence from 0 to 1), twiml/record and its status callback (RecordingSid, RecordingUrl,
RecordingDuration in seconds, RecordingStatus).
"""

from dataclasses import dataclass
from uuid import UUID

from connectors.contract import Numbering
from connectors.phone.twilio.dialogue import Dialogue
from connectors.phone.twilio.form import Fields
from connectors.phone.twilio.messages import pending, recipients
from connectors.phone.twilio.numbers import reply_address, sender
from connectors.phone.twilio.steps import RECORDING, Asked, Step
from connectors.phone.twilio.wording import TAGS, agrees
from schemas.additions import Addition
from schemas.complaint import MAX_TEXT_CHARS, Channel, Complaint, Stated, Thread
from schemas.identity import named_uuid
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedItem, raw_ref
from schemas.settings.twilio import TwilioSettings

CALL_BACK, LISTEN = "call-back", "listen-and-type"
CONSENT = "recording"
"""The consent of a caller who lets us record."""
VERSION = "call"
"""The same for every callback of a call: another one is no update."""
_UNSURE = 0.3
_ORDER_CHARS = 64


def call_id(numbering: Numbering, account: str, call_sid: str) -> UUID:
    """The id of a call's complaint."""
    return numbering.complaint_id(Channel.PHONE.value, account, f"call:{call_sid}", "")


def read_call(numbering: Numbering, inbound: Inbound, fields: Fields) -> list[ParsedItem]:
    """The complaint of a call to us; nothing for one of ours. Raises `PayloadRejected`."""
    sid = fields.sid("CallSid")
    if not fields.get("Direction", "inbound").startswith("inbound"):
        return []
    number = call_id(numbering, inbound.account, sid)
    caller = fields.get("From", "")
    address = reply_address(caller)
    complaint = Complaint(
        complaint_id=number,
        tracking_number=numbering.tracking_number(number),
        channel=Channel.PHONE.value,
        entry="call",
        account=inbound.account,
        source_id=f"call:{sid}",
        received_at=inbound.received_at,
        received_at_source=inbound.received_at_source,
        ingested_at=inbound.ingested_at,
        sender=sender(caller, address),
        reply_to=address,
        thread=Thread(recipients=recipients(fields)),
        raw=raw_ref(inbound),
        version=VERSION,
        tasks=(CALL_BACK,),
        warnings=() if address else ("number_unreadable",),
    )
    return [ParsedComplaint(0, complaint)]


@dataclass(frozen=True, slots=True)
class Additions:
    """Reads what comes during and after the calls of one account."""

    numbering: Numbering
    settings: TwilioSettings

    def of_step(self, inbound: Inbound, fields: Fields, step: Step) -> list[ParsedItem]:
        """What the caller answered to a step; nothing when that adds nothing. Raises `PayloadRejected`."""
        if step.asked is Asked.AUDIO:
            return self.of_recording(inbound, fields)
        number = call_id(self.numbering, inbound.account, fields.sid("CallSid"))
        found = self._answered(Dialogue(inbound.account, self.settings), fields, step)
        if not found:
            return []
        identity = named_uuid("addition", str(number), step.event)
        addition = Addition(addition_id=identity, complaint_id=number, at=inbound.received_at, **found)
        return [ParsedAddition(0, addition)]

    def of_recording(self, inbound: Inbound, fields: Fields) -> list[ParsedItem]:
        """A recording that waits at Twilio; nothing when there is none. Raises `PayloadRejected`."""
        number = call_id(self.numbering, inbound.account, fields.sid("CallSid"))
        url, status = fields.get("RecordingUrl", ""), fields.get("RecordingStatus", "completed")
        if not url or status != "completed" or fields.get("RecordingDuration") == "0":
            return []
        sid = fields.sid("RecordingSid")
        kind = "audio/mpeg" if self.settings.recording_format == "mp3" else "audio/x-wav"
        name = f"recording.{self.settings.recording_format}"
        addition = Addition(
            addition_id=named_uuid("addition", str(number), RECORDING, sid),
            complaint_id=number,
            attachments=(pending(str(number), url, sid, kind, name),),
            tasks=(LISTEN,),
            tasks_done=(CALL_BACK,),
            at=inbound.received_at,
        )
        return [ParsedAddition(0, addition)]

    def _answered(self, dialogue: Dialogue, fields: Fields, step: Step) -> dict[str, object]:
        digits, speech = fields.get("Digits", ""), fields.get("SpeechResult", "").strip()
        if step.asked is Asked.LANGUAGE:
            return {"language": TAGS[dialogue.language(digits)]} if digits else {}
        if step.asked is Asked.CONSENT:
            return {"consents": (CONSENT,)} if digits == "1" or agrees(speech) else {}
        if step.asked is Asked.ORDER:
            return {"stated": Stated(order_no=digits[:_ORDER_CHARS])} if digits else {}
        category = dialogue.category(fields, step.language) if step.asked is Asked.MENU else None
        if category is not None:
            return {"stated": Stated(category=category)}
        return _said(fields, step, speech) if speech else {}


def _said(fields: Fields, step: Step, speech: str) -> dict[str, object]:
    """Words that were recognised; a person calls back where the recogniser is unsure of them."""
    unsure = _confidence(fields) < _UNSURE
    warnings = ("speech_unsure",) if unsure else ()
    return {
        "text": speech[:MAX_TEXT_CHARS],
        "language": TAGS.get(step.language or ""),
        "tasks_done": () if unsure else (CALL_BACK,),
        "warnings": warnings + (("text_cut",) if len(speech) > MAX_TEXT_CHARS else ()),
    }


def _confidence(fields: Fields) -> float:
    """How sure the recogniser is; 1 when it does not say, as some providers do not."""
    try:
        return float(fields.get("Confidence") or 1)
    except ValueError:
        return 1.0
