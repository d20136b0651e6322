"""The hotline: one complaint a call, what each answer adds, and what the caller hears next."""

from xml.etree import ElementTree as ET

import pytest

from connectors.phone.twilio.dialogue import NOTHING
from connectors.phone.twilio.steps import MAX_ROUNDS, Asked, Step, read_step
from schemas.additions import Addition
from schemas.complaint import Complaint, Proof
from schemas.inbound import ParsedAddition, ParsedComplaint
from tests.connectors.phone.twilio.callbacks import BASE, CALLER, TWILIO, answer, call, callback, read

RECORDING = {
    "RecordingSid": "RE" + "3" * 32,
    "RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/RE" + "3" * 32,
    "RecordingDuration": "12",
}


def complaint(event: str = "voice", **changes: str) -> Complaint:
    [item] = read(event, call(**changes))
    assert isinstance(item, ParsedComplaint)
    return item.complaint


def addition(event: str, **changes: str) -> Addition:
    [item] = read(event, call(**changes))
    assert isinstance(item, ParsedAddition)
    assert item.addition.complaint_id == complaint().complaint_id
    return item.addition


def heard(event: str, account: str = "a1", **changes: str) -> ET.Element:
    """What the caller hears next, as Twilio reads it."""
    found = answer(event, call(**changes), account)
    assert found.content_type == "text/xml"
    return ET.fromstring(found.body)  # noqa: S314 - our own document


def next_event(document: ET.Element, tag: str = "Gather") -> str:
    """The event that brings the answer to what was asked."""
    found = document.find(tag)
    assert found is not None
    return found.attrib["action"].removeprefix(f"{BASE}/webhooks/phone/a1/")


def event(asked: Asked, **changes: object) -> str:
    return Step(asked, **({"language": "zh", "recorded": True} | changes)).event  # type: ignore[arg-type]


def test_a_call_is_a_complaint_to_be_called_back() -> None:
    found = complaint()

    assert (found.entry, found.tasks, found.reply_to) == ("call", ("call-back",), CALLER)
    assert found.sender is not None
    assert found.sender.proofs == {CALLER: Proof.CHANNEL}
    assert found.version


def test_every_callback_of_the_call_itself_is_the_same_complaint() -> None:
    found = {complaint(one, CallStatus=status).complaint_id
             for one, status in (("voice", "ringing"), ("status", "completed"), ("call", "no-answer"))}  # fmt: skip

    assert len(found) == 1
    assert {complaint(CallStatus="completed").version} == {complaint().version}
    assert complaint(CallSid="CA" + "7" * 32).complaint_id not in found


def test_a_call_of_ours_is_no_complaint() -> None:
    assert read("status", call(Direction="outbound-api", CallStatus="completed")) == []


@pytest.mark.parametrize("number", ["anonymous", "+266696687", "sip:nobody@example.com", ""])
def test_who_withholds_the_number_still_complains(number: str) -> None:
    found = complaint(From=number)

    assert found.reply_to is None
    assert "number_unreadable" in found.warnings


def test_what_is_keyed_and_said_is_added() -> None:
    assert addition(Step(Asked.LANGUAGE).event, Digits="2").language == "en"
    assert addition(event(Asked.CONSENT), Digits="1").consents == ("recording",)
    assert addition(event(Asked.CONSENT), SpeechResult="同意。").consents == ("recording",)
    assert addition(event(Asked.MENU), Digits="6").stated.category == "after_sales"
    assert addition(event(Asked.MENU), SpeechResult="物流配送。").stated.category == "logistics"
    assert addition(event(Asked.ORDER), Digits="20261120001").stated.order_no == "20261120001"


def test_words_end_the_call_back_and_wherever_they_are_said() -> None:
    told = addition(event(Asked.DESCRIBE), SpeechResult="牛奶过期了", Confidence="0.91")
    early = addition(event(Asked.MENU), SpeechResult="牛奶过期了，我要退款")

    assert (told.text, told.language, told.tasks_done) == ("牛奶过期了", "zh-Hans", ("call-back",))
    assert early.text == "牛奶过期了，我要退款"


def test_words_nobody_is_sure_of_leave_the_call_back_open() -> None:
    unsure = addition(event(Asked.DESCRIBE), SpeechResult="牛肉", Confidence="0.08")

    assert (unsure.tasks_done, unsure.warnings) == ((), ("speech_unsure",))


@pytest.mark.parametrize("said", ["", "no", "不同意", "不是", "牛奶过期了"])
def test_only_a_yes_is_consent(said: str) -> None:
    assert read(event(Asked.CONSENT), call(SpeechResult=said)) == []


def test_a_recording_waits_to_be_fetched_and_typed() -> None:
    found = addition("recording", RecordingStatus="completed", **RECORDING)

    assert (found.tasks, found.tasks_done) == (("listen-and-type",), ("call-back",))
    [file] = found.attachments
    assert (file.state, file.reference, file.media_type) == ("pending", RECORDING["RecordingUrl"], "audio/mpeg")


def test_a_recording_is_one_whoever_tells_of_it_and_however_often() -> None:
    first = addition(event(Asked.AUDIO), Digits="hangup", **RECORDING)
    again = addition("recording", RecordingStatus="completed", **RECORDING)
    second = addition("recording", RecordingStatus="completed", **RECORDING | {"RecordingSid": "RE4"})

    assert (first.addition_id, first.attachments) == (again.addition_id, again.attachments)
    assert second.addition_id != first.addition_id


@pytest.mark.parametrize(
    "changes", [{"RecordingStatus": "absent"}, {"RecordingDuration": "0"}, {"RecordingUrl": ""}, {"CallStatus": "x"}]
)
def test_where_nothing_was_recorded_nothing_is_added(changes: dict[str, str]) -> None:
    whole = RECORDING if "CallStatus" not in changes else {}

    assert read("recording", call(**whole | changes)) == []


def test_the_same_key_at_two_steps_is_two_additions_and_twice_at_one_step_is_one() -> None:
    consent = addition(event(Asked.CONSENT), Digits="1")
    menu = addition(event(Asked.MENU), Digits="1")

    assert consent.addition_id != menu.addition_id
    assert menu.addition_id == addition(event(Asked.MENU), Digits="1").addition_id
    assert callback(event(Asked.CONSENT), call()).source != callback(event(Asked.MENU), call()).source


def test_the_caller_first_chooses_the_language() -> None:
    document = heard("voice")

    assert next_event(document) == Step(Asked.LANGUAGE).event
    assert [one.attrib["language"] for one in document.iter("Say")] == ["zh-CN", "en-US"]
    assert [one.tag for one in document] == ["Gather", "Redirect"]


def test_with_one_language_the_greeting_comes_at_once() -> None:
    assert "record" in "".join(heard("voice", "en").itertext())


@pytest.mark.parametrize(("digits", "language"), [("2", "en-US"), ("1", "zh-CN"), ("9", "zh-CN"), ("", "zh-CN")])
def test_a_key_nobody_offered_means_the_first_language(digits: str, language: str) -> None:
    document = heard(Step(Asked.LANGUAGE).event, Digits=digits)

    assert {one.attrib["language"] for one in document.iter("Say")} == {language}


def test_who_agrees_is_recorded_when_nothing_was_understood() -> None:
    menu = heard(event(Asked.CONSENT, recorded=False), Digits="1")
    describe = heard(next_event(menu), Digits="1")

    assert [one.tag for one in describe] == ["Gather", "Say", "Record", "Say", "Say", "Hangup"]
    assert describe[0].attrib["language"] == "cmn-Hans-CN"
    assert describe[2].attrib["recordingStatusCallback"] == f"{BASE}/webhooks/phone/a1/recording"
    assert next_event(describe, "Record") == event(Asked.AUDIO)


@pytest.mark.parametrize("refusal", [{"Digits": "2"}, {"SpeechResult": "不同意"}, {}])
def test_who_declines_goes_on_with_keys_and_is_never_recorded(refusal: dict[str, str]) -> None:
    menu = heard(event(Asked.CONSENT, recorded=False), **refusal)
    order = heard(next_event(menu), Digits="1")
    end = heard(next_event(order), Digits="20261120001")

    documents = [menu, order, end]
    assert not any(list(one.iter("Record")) for one in documents)
    assert not any("speech" in gather.attrib["input"] for one in documents for gather in one.iter("Gather"))
    assert [one.tag for one in end] == ["Say", "Say", "Hangup"]
    assert "回电" in "".join(end.itertext())


def test_the_caller_hears_the_number_of_the_complaint() -> None:
    end = heard(event(Asked.AUDIO), **RECORDING)

    assert complaint().tracking_number.replace("-", "") in "".join(end.itertext()).replace(", ", "")


def test_a_caller_may_add_more_a_few_times() -> None:
    again = heard(event(Asked.MORE), Digits="2")
    enough = heard(event(Asked.MORE, round=MAX_ROUNDS), Digits="2")

    assert next_event(again) == event(Asked.DESCRIBE, round=2)
    assert enough[-1].tag == "Hangup"


def every_step() -> list[Step]:
    return [Step(asked, language, recorded, turn)
            for asked in Asked for language in (None, "zh", "en") for recorded in (True, False)
            for turn in (1, MAX_ROUNDS)]  # fmt: skip


@pytest.mark.parametrize("keyed", [{}, {"Digits": "1"}, {"Digits": "2"}, {"SpeechResult": "yes"}, {"Digits": "hangup"}])
@pytest.mark.parametrize("step", every_step(), ids=lambda step: step.event)
def test_no_document_asks_for_itself_again_and_each_ends_or_goes_on(step: Step, keyed: dict[str, str]) -> None:
    document = heard(step.event, **keyed)

    assert read_step(step.event) == step
    assert all("action" in one.attrib for tag in ("Gather", "Record") for one in document.iter(tag))
    assert document[-1].tag in {"Redirect", "Hangup"}
    if document[-1].tag == "Redirect":
        assert document[-1].text != f"{BASE}/webhooks/phone/a1/{step.event}"
    assert TWILIO.hook("a1", step.event) is not None


def test_a_callback_without_answer_hears_nothing() -> None:
    assert answer("status", call(CallStatus="completed")) == NOTHING
    assert answer("recording", call(**RECORDING)) == NOTHING
