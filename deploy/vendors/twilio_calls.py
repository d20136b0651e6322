"""A call to a Twilio number: somebody who presses keys, speaks or keeps silent, and the documents they hear.

Sources, read 2026-11-22: twilio.com/docs/voice/twiml and its pages gather, record, redirect, hangup. Speech goes to the
action as SpeechResult with Confidence, keys as Digits; without input the next verb follows. An empty recording skips
the action. Unsure: that a caller who hangs up while recording still leads to the action, with Digits `hangup`.
"""

from dataclasses import dataclass, field
from email.utils import format_datetime
from enum import Enum
from xml.etree import ElementTree as ET

from deploy.vendors.server import Push
from deploy.vendors.twilio import Stored, Twilio


@dataclass(frozen=True, slots=True)
class Keys:
    """Presses these."""

    digits: str


@dataclass(frozen=True, slots=True)
class Says:
    """Speaks, and the recogniser understands this."""

    words: str
    confidence: float = 0.9


@dataclass(frozen=True, slots=True)
class Leaves:
    """Leaves a message after the tone."""

    audio: bytes
    seconds: int = 12


class Does(Enum):
    """What else a caller may do when asked."""

    NOTHING = "nothing"
    HANG_UP = "hang up"


Act = Keys | Says | Leaves | Does


@dataclass(slots=True)
class Call:
    """One call; the acts are done one after the other, each when the caller is asked for something."""

    vendor: Twilio
    caller: str
    acts: list[Act]
    sid: str = ""
    heard: list[str] = field(default_factory=list)
    later: list[Push] = field(default_factory=list)
    over: bool = False

    def begin(self) -> Push:
        """The call comes in: it stands in the list of calls, and we are asked what to say."""
        self.sid = self.vendor.sid("CA")
        started = format_datetime(self.vendor.now())
        numbers = {"from": self.caller, "to": self.vendor.customer.number}
        entry = {"sid": self.sid, "direction": "inbound", "status": "in-progress", "start_time": started}
        self.vendor.calls.insert(0, entry | numbers | {"date_created": started})
        return self.vendor.push("voice", self._parameters("ringing"))

    def follow(self, document: bytes) -> Push | None:
        """The webhook that follows from a document, None when the call is over; `later` are those still to come."""
        for verb in ET.fromstring(document):  # noqa: S314 - of our own gateway
            push = self._do(verb)
            if push is not None:
                return push
            if self.over or verb.tag == "Hangup":
                break
        self.over = True
        self.vendor.calls[self._place()]["status"] = "completed"
        self.later.append(self.vendor.push("status", self._parameters("completed") | {"CallDuration": "30"}))
        return None

    def _place(self) -> int:
        return next(n for n, one in enumerate(self.vendor.calls) if one["sid"] == self.sid)

    def _do(self, verb: ET.Element) -> Push | None:
        self.heard += [one.text or "" for one in verb.iter("Say")]
        if verb.tag == "Redirect":
            return self.vendor.push_to(verb.text or "", self._parameters())
        if verb.tag == "Gather":
            return self._gather(verb, self._next())
        return self._record(verb, self._next()) if verb.tag == "Record" else None

    def _next(self) -> Act:
        act = self.acts.pop(0) if self.acts else Does.HANG_UP
        self.over = act is Does.HANG_UP
        return act

    def _gather(self, verb: ET.Element, act: Act) -> Push | None:
        if isinstance(act, Keys):
            return self.vendor.push_to(verb.attrib["action"], self._parameters() | {"Digits": act.digits})
        if isinstance(act, Says) and "speech" in verb.attrib["input"]:
            said = {"SpeechResult": act.words, "Confidence": str(act.confidence)}
            return self.vendor.push_to(verb.attrib["action"], self._parameters() | said)
        return None

    def _record(self, verb: ET.Element, act: Act) -> Push | None:
        callback = verb.attrib["recordingStatusCallback"]
        sid = self.vendor.sid("RE")
        if not isinstance(act, Leaves):
            absent = {"RecordingSid": sid, "RecordingStatus": "absent", "RecordingDuration": "0"}
            self.later.append(self.vendor.push_to(callback, self._parameters() | absent))
            return None
        customer = self.vendor.customer
        uri = f"/2010-04-01/Accounts/{customer.account_sid}/Recordings/{sid}"
        made = format_datetime(self.vendor.now())
        entry = {"sid": sid, "call_sid": self.sid, "date_created": made, "duration": str(act.seconds), "uri": uri}
        self.vendor.recordings[sid] = Stored(act.audio, "audio/mpeg", entry | {"status": "completed"})
        told = {"RecordingSid": sid, "RecordingUrl": customer.api + uri, "RecordingDuration": str(act.seconds)}
        completed = {"CallSid": self.sid, "AccountSid": customer.account_sid, "RecordingStatus": "completed"}
        self.later.append(self.vendor.push_to(callback, completed | told))
        self.over = not self.acts
        digits = {"Digits": "hangup"} if self.over else {"Digits": "#"}
        return self.vendor.push_to(verb.attrib["action"], self._parameters() | told | digits)

    def _parameters(self, status: str = "in-progress") -> dict[str, str]:
        customer = self.vendor.customer
        numbers = {"From": self.caller, "To": customer.number, "Caller": self.caller, "Called": customer.number}
        ids = {"CallSid": self.sid, "AccountSid": customer.account_sid, "ApiVersion": "2010-04-01"}
        return ids | numbers | {"CallStatus": status, "Direction": "inbound"}
