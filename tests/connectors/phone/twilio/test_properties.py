"""Whatever is sent: items or a declared refusal, a document that can be heard, and the same again for the same."""

from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Answer
from connectors.phone.twilio.steps import EVENTS, Asked, Step
from schemas.errors import NotGenuine, PayloadRejected
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedSignal, SuspendedItem
from tests.connectors.phone.twilio.callbacks import TWILIO, call, callback, json_callback, sms

STEPS = st.builds(
    Step,
    st.sampled_from(Asked),
    st.sampled_from([None, "zh", "en"]),
    st.booleans(),
    st.integers(1, 9),
).map(lambda step: step.event)
EVERY_EVENT = st.sampled_from(sorted(EVENTS)) | STEPS
NAMES = st.sampled_from(
    [*sms(), *call(), "Digits", "SpeechResult", "Confidence", "RecordingSid", "RecordingUrl", "RecordingStatus",
     "RecordingDuration", "MediaUrl0", "MediaContentType0", "OptOutType", "MessageStatus", "ErrorCode"]
)  # fmt: skip
VALUES = st.text(max_size=40) | st.sampled_from(
    ["\0", "STOP", "inbound", "whatsapp:+85251234567", "+266696687", "同意", "nan", "-1", "1e999", "٣", "²", "hangup",
     "http://[", "completed", "delivered", "sip:x@y", "CA1", "SM1", "RE1"]
)  # fmt: skip
FIELDS = st.dictionaries(NAMES | st.text(max_size=8), VALUES, max_size=8)


def answers(delivery: Inbound) -> None:
    """Read it twice and hear what Twilio hears."""
    try:
        first, again = (TWILIO.parse(delivery) for _ in range(2))
    except PayloadRejected:
        first = again = []
    assert first == again
    for item in first:
        if isinstance(item, ParsedComplaint):
            item.complaint.to_json().decode()
        elif isinstance(item, ParsedAddition):
            item.addition.to_json().decode()
        else:
            assert isinstance(item, ParsedSignal | SuspendedItem)
    hook = TWILIO.hook(delivery.account, delivery.source["event"])
    assert hook is not None
    assert not isinstance(hook.answer, Answer)
    ET.fromstring(hook.answer(delivery).body)  # noqa: S314 - our own document


@given(EVERY_EVENT, st.binary(max_size=300))
def test_noise_is_answered(event: str, noise: bytes) -> None:
    answers(callback(event, noise))


@given(EVERY_EVENT, st.sampled_from([sms(), call()]), FIELDS, st.sampled_from(["a1", "en"]))
def test_any_value_in_any_parameter_is_answered(
    event: str, whole: dict[str, str], changes: dict[str, str], account: str
) -> None:
    answers(callback(event, urlencode(whole | changes, errors="replace").encode(), account))


@given(EVERY_EVENT, st.binary(max_size=200) | st.sampled_from([b"[]", b'{"MessageSid": "SM1", "Body": "\\ud800"}']))
def test_any_json_is_answered(event: str, body: bytes) -> None:
    answers(json_callback(event, body))


@given(EVERY_EVENT, st.binary(max_size=100), st.text(max_size=40), st.text(max_size=40))
def test_what_nobody_signed_is_refused(event: str, body: bytes, signature: str, query: str) -> None:
    delivery = callback(event, body)
    forged = Inbound(
        "phone", "a1", body, delivery.received_at, "gateway", delivery.received_at, delivery.content_type,
        headers={"x-twilio-signature": signature, "?": query}, source=delivery.source,
    )  # fmt: skip
    try:
        TWILIO.parse(forged)
    except NotGenuine:
        return
    raise AssertionError("read")
