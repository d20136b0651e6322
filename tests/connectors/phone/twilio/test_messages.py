"""Messages and the reports on ours: what makes two the same, who may call, what opts out."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from connectors.contract import Answer
from schemas.complaint import Complaint, Proof
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.identity import read_tracking_number
from schemas.inbound import Inbound, ParsedComplaint, ParsedSignal, SuspendedItem
from schemas.signals import SignalKind
from tests.connectors.phone.twilio.callbacks import (
    BASE,
    CALLER,
    MOMENT,
    OURS,
    RETIRED,
    TOKEN,
    TWILIO,
    callback,
    json_callback,
    read,
    signature,
    sms,
)


def complaint(**changes: str) -> Complaint:
    [item] = read("sms", sms(**changes))
    assert isinstance(item, ParsedComplaint)
    return item.complaint


def signal(event: str, **changes: str) -> ParsedSignal:
    [item] = read(event, sms(**changes))
    assert isinstance(item, ParsedSignal)
    return item


def test_an_sms_becomes_a_complaint_of_its_sender() -> None:
    found = complaint()

    assert (found.channel, found.entry, found.text) == ("phone", "sms", "牛奶过期了，要求退款")
    assert found.sender is not None
    assert found.sender.proofs == {CALLER: Proof.CHANNEL}
    assert found.reply_to == CALLER
    assert found.thread.recipients == (OURS,)
    assert read_tracking_number(found.tracking_number) == found.tracking_number
    assert CALLER[1:] not in found.source_id


def test_a_redelivery_is_the_same_complaint_whatever_is_added_to_it() -> None:
    later = callback("sms", sms(NewParameter="never heard of"), at=MOMENT + timedelta(days=1))
    [again] = TWILIO.parse(later)

    assert isinstance(again, ParsedComplaint)
    assert again.complaint.complaint_id == complaint().complaint_id
    assert complaint(MessageSid="SM" + "9" * 32).complaint_id != complaint().complaint_id


def test_pictures_wait_at_the_vendor() -> None:
    url = f"https://api.twilio.com/2010-04-01/Accounts/AC0/Messages/MM{1:032}/Media/ME{1:032}"
    found = complaint(Body="", NumMedia="2", MediaUrl0=url, MediaContentType0="image/jpeg", MediaUrl1=url + "2")

    assert [one.state for one in found.attachments] == ["pending", "pending"]
    assert found.attachments[0].reference == url
    assert [one.media_type for one in found.attachments] == ["image/jpeg", "application/octet-stream"]
    assert found.attachments[0].attachment_id != found.attachments[1].attachment_id


def test_a_sender_of_another_messenger_is_answered_there() -> None:
    found = complaint(From=f"whatsapp:{CALLER}")

    assert found.reply_to == f"whatsapp:{CALLER}"
    assert found.sender is not None
    assert found.sender.phones == (CALLER,)


@pytest.mark.parametrize("written", ["AMAZON", "", "12345", "whatsapp:", "messenger:1234", "+266696687"])
def test_a_sender_nobody_can_answer_still_complains(written: str) -> None:
    found = complaint(From=written)

    assert found.reply_to is None
    assert found.text


@pytest.mark.parametrize(
    ("changes", "kind", "detail"),
    [
        ({"OptOutType": "STOP", "Body": "arret"}, SignalKind.OPTED_OUT, "STOP"),
        ({"OptOutType": "START"}, SignalKind.OPTED_IN, "START"),
        ({"OptOutType": "HELP"}, SignalKind.OTHER, "HELP"),
        ({"OptOutType": "something new"}, SignalKind.OTHER, ""),
        ({"Body": " Stop. "}, SignalKind.OPTED_OUT, "STOP"),
        ({"Body": "退订"}, SignalKind.OPTED_OUT, "STOP"),
        ({"Body": "UNSTOP"}, SignalKind.OPTED_IN, "START"),
        ({"Body": "info"}, SignalKind.OTHER, "HELP"),
    ],
)
def test_opt_out_words_are_signals_and_no_complaints(changes: dict[str, str], kind: SignalKind, detail: str) -> None:
    found = signal("sms", **changes)

    assert (found.kind, found.address, found.detail) == (kind, CALLER, detail)


@pytest.mark.parametrize("text", ["stop selling me bad milk", "yes", "怎么退订", "help me, the milk is off"])
def test_a_sentence_with_such_a_word_is_a_complaint(text: str) -> None:
    assert complaint(Body=text).text == text


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("delivered", SignalKind.DELIVERED),
        ("read", SignalKind.DELIVERED),
        ("undelivered", SignalKind.UNDELIVERED),
        ("failed", SignalKind.UNDELIVERED),
    ],
)
def test_a_report_on_our_message_names_it(status: str, kind: SignalKind) -> None:
    found = signal("status", MessageStatus=status, From=OURS, To=CALLER, ErrorCode="30005")

    assert (found.kind, found.vendor_id, found.address) == (kind, "SM" + "1" * 32, CALLER)
    assert found.detail == "30005"


def test_a_message_on_its_way_says_nothing() -> None:
    assert read("status", sms(MessageStatus="queued")) == []


def test_a_report_that_came_to_the_address_of_messages_is_no_complaint_of_ours() -> None:
    assert signal("sms", MessageStatus="delivered", From=OURS, To=CALLER).kind is SignalKind.DELIVERED


def test_an_empty_message_is_suspended_and_can_be_answered() -> None:
    [item] = read("sms", sms(Body=" \n"))

    assert isinstance(item, SuspendedItem)
    assert (item.reason, item.reply_to) == (Reason.EMPTY, CALLER)


def test_twilio_hears_an_empty_document() -> None:
    hook = TWILIO.hook("a1", "sms")

    assert hook is not None
    assert hook.single_use == ("x-twilio-signature",)
    assert not isinstance(hook.answer, Answer)
    heard = hook.answer(callback("sms", sms()))
    assert heard.content_type == "text/xml"
    assert heard.body.endswith(b"<Response />")


@pytest.mark.parametrize("account", ["no-path", "disabled", "unknown"])
def test_an_account_without_a_named_export_path_does_not_exist(account: str) -> None:
    assert TWILIO.hook(account, "sms") is None


def test_an_unknown_account_is_not_read_and_one_that_is_off_now_only_again() -> None:
    with pytest.raises(NotGenuine):
        TWILIO.parse(callback("sms", sms(), "unknown"))

    assert TWILIO.parse(callback("sms", sms(), "disabled"))


@pytest.mark.parametrize(
    "event", [None, "sms2", "call-", "call-nothing", "call-menu-zh-recorded-77", "call-menu-fr", "SMS"]
)
def test_an_event_there_is_not_has_no_hook(event: str | None) -> None:
    assert TWILIO.hook("a1", event) is None


GENUINE = callback("sms", sms())


@pytest.mark.parametrize(
    "wrong",
    [
        callback("sms", sms(), secret="another-token-000000"),
        replace(GENUINE, headers={}),
        replace(GENUINE, source={"event": "voice"}),
        replace(GENUINE, source={}),
        replace(GENUINE, account="en", source={"event": "sms"}),
        replace(GENUINE, body=GENUINE.body + b"&Body=more"),
        replace(GENUINE, headers={**GENUINE.headers, "?": "a=1"}),
        replace(GENUINE, content_type="application/json"),
        replace(GENUINE, headers={**GENUINE.headers, "x-twilio-webhooks-signature-settings": "algorithm=HMAC_SHA256"}),
        callback("sms", sms(), "sha256", secret="shared-key-secret-0001"),
        json_callback("sms", b'{"MessageSid": "SM1"}', stated="0" * 64),
    ],
)
def test_what_is_not_signed_is_not_read(wrong: Inbound) -> None:
    with pytest.raises(NotGenuine) as refused:
        TWILIO.parse(wrong)

    assert TOKEN not in str(refused.value)


def test_the_token_before_a_rotation_still_signs() -> None:
    assert TWILIO.parse(callback("sms", sms(), secret=RETIRED)) == TWILIO.parse(GENUINE)


def test_a_shared_key_signs_with_its_algorithm() -> None:
    made = signature(
        "shared-key-secret-0001",
        f"{BASE}/webhooks/phone/sha256/sms",
        {name: [value] for name, value in sms().items()},
        "sha256",
    )
    headers = {"x-twilio-signature": made, "x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256"}

    assert TWILIO.parse(replace(GENUINE, account="sha256", headers=headers))


def test_a_json_body_is_proven_by_its_hash_and_read() -> None:
    [item] = TWILIO.parse(json_callback("sms", b'{"MessageSid": "SM1", "From": "+85251234567", "Body": "off"}'))

    assert isinstance(item, ParsedComplaint)
    assert item.complaint.text == "off"


def test_names_that_come_twice_are_signed_with_both_values() -> None:
    [item] = TWILIO.parse(callback("sms", urlencode([*sms().items(), ("Extra", "b"), ("Extra", "a")]).encode()))

    assert isinstance(item, ParsedComplaint)


@pytest.mark.parametrize("event", ["sms", "voice", "status", "recording", "call", "call-menu-zh-recorded-1"])
@pytest.mark.parametrize("garbage", [b"", b"{}", b"<a/>", b"\xff\xfe", b"MessageSid=%00", b"CallSid=" + b"9" * 900])
def test_garbage_is_rejected_and_never_crashes(event: str, garbage: bytes) -> None:
    with pytest.raises(PayloadRejected):
        read(event, garbage)
    assert isinstance(read_answer(event, garbage), Answer)


def read_answer(event: str, body: bytes) -> Answer:
    hook = TWILIO.hook("a1", event)
    assert hook is not None
    assert not isinstance(hook.answer, Answer)
    return hook.answer(callback(event, body))
