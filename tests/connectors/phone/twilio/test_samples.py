"""Files of webhooks, as `intake parse` reads them: without signature, event or account."""

from pathlib import Path

from connectors.phone.twilio import Twilio
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedItem
from tests.connectors.phone.twilio.callbacks import MOMENT, NUMBERING

SAMPLES = Path(__file__).parent / "samples"


def read(name: str) -> ParsedItem:
    """The one item of a file."""
    body = (SAMPLES / name).read_bytes()
    [item] = Twilio(NUMBERING, {}).read(
        Inbound("phone", "demo", body, MOMENT, "file", MOMENT, "application/octet-stream", source={"kind": "api"})
    )
    return item


def test_a_message_a_call_and_its_recording_are_told_apart_by_what_they_hold() -> None:
    message, call, recording = (read(f"{name}.form") for name in ("sms", "call", "recording"))

    assert isinstance(message, ParsedComplaint)
    assert isinstance(call, ParsedComplaint)
    assert isinstance(recording, ParsedAddition)
    assert message.complaint.text == "上周三买的牛奶过期了，要求退款"
    assert recording.addition.complaint_id == call.complaint.complaint_id
