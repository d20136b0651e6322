"""Calls become complaints: one a call, in whatever order and how often its events come; nothing else becomes one."""

from collections.abc import Callable

import pytest

from connectors.contract import Hook
from connectors.phone.callbacks import Vendor
from schemas.complaint import Proof
from schemas.errors import NotGenuine, PayloadRejected
from schemas.identity import read_tracking_number
from schemas.inbound import ParsedSignal, SuspendedItem
from schemas.signals import SignalKind
from tests.connectors.phone.calls.events import (
    CALLS,
    MOMENT,
    STARTED,
    addition,
    aliyun,
    aliyun_recording,
    complaint,
    missed,
    only,
    push,
    tencent,
    tencent_recording,
    voicemail,
)

Layout = Callable[..., dict[str, object]]
both = pytest.mark.parametrize(("layout", "account"), [(aliyun, "a1"), (tencent, "t1")], ids=["aliyun", "tencent"])


@both
def test_an_answered_call_with_a_recording_is_to_be_listened_to(layout: Layout, account: str) -> None:
    found = complaint(push(layout(), account))

    assert (found.channel, found.entry, found.received_at, found.received_at_source) == (
        "phone",
        "call",
        STARTED,
        "call",
    )
    assert found.sender is not None
    assert found.sender.proofs == {"+8613800001234": Proof.CHANNEL}
    assert found.reply_to == "+8613800001234"
    assert (found.text, found.language, found.tasks, found.warnings) == ("", None, ("listen-and-type",), ())
    assert found.subject is not None
    assert found.subject.startswith("来电 13:02，通话 3 分 12 秒，坐席 1007")
    assert read_tracking_number(found.tracking_number) == found.tracking_number


@pytest.mark.parametrize("account", ["a1", "t1"])
def test_a_missed_call_is_to_be_called_back(account: str) -> None:
    found = complaint(push(missed(account), account))

    assert (found.tasks, found.subject, found.text) == (("call-back",), "未接来电 13:02，排队时挂断", "")
    assert found.reply_to == "+8613800001234"


@pytest.mark.parametrize(
    ("body", "account"), [(aliyun(recordingReady=False), "a1"), (tencent(RecordId="", ServeParticipants=None), "t1")]
)
def test_an_answered_call_without_a_recording_is_to_be_called_back(body: dict[str, object], account: str) -> None:
    assert complaint(push(body, account)).tasks == ("call-back",)


@pytest.mark.parametrize(("body", "account"), [(aliyun(remark="牛奶过期"), "a1"), (tencent(Remark="牛奶过期"), "t1")])
def test_what_the_agent_wrote_down_need_not_be_listened_to(body: dict[str, object], account: str) -> None:
    found = complaint(push(body, account))

    assert (found.text, found.language, found.tasks) == ("牛奶过期", "zh-Hans", ())


@both
def test_a_record_again_is_the_same_and_one_with_more_is_an_update(layout: Layout, account: str) -> None:
    first, again = (complaint(push(layout(), account)) for _ in range(2))
    more = complaint(push(layout(remark="牛奶过期", Remark="牛奶过期", eventTime="2026-11-20T05:09:00Z"), account))
    untold = complaint(push(layout(instanceId="ccc-2", HungUpSide="seat"), account))

    assert first == again
    assert more.complaint_id == first.complaint_id
    assert first.version
    assert more.version != first.version == untold.version


@both
def test_two_calls_of_one_person_are_two_complaints(layout: Layout, account: str) -> None:
    first = complaint(push(layout(), account))
    second = complaint(push(layout(contactId="job-2", SessionId="2"), account))

    assert first.complaint_id != second.complaint_id


@both
def test_neither_the_number_nor_the_vendors_id_of_a_call_is_in_an_id(layout: Layout, account: str) -> None:
    found = complaint(push(layout(), account))

    for secret in ("13800001234", "job-6538214103689", "e97be0ab"):
        assert secret not in f"{found.source_id} {found.complaint_id} {found.version} {found.subject}"


@pytest.mark.parametrize(
    ("body", "account", "detail"),
    [
        (aliyun(contactType="OUTBOUND"), "a1", "outgoing-call"),
        (aliyun(contactType="Predictive"), "a1", "outgoing-call"),
        (aliyun(contactType="INTERNAL"), "a1", "internal-call"),
        (tencent(Direction=1, CallType=1), "t1", "outgoing-call"),
        (tencent(Direction=0, CallType=6), "t1", "internal-call"),
    ],
)
def test_calls_that_did_not_come_in_are_no_complaints(body: dict[str, object], account: str, detail: str) -> None:
    found = only(push(body, account))

    assert isinstance(found, ParsedSignal)
    assert (found.kind, found.detail, found.at, found.address) == (SignalKind.OTHER, detail, STARTED, None)


@pytest.mark.parametrize("kind", ["Ringing", "Established", "Released", "AgentBreak", "TextStream"])
def test_a_step_of_a_call_is_nothing_to_act_on(kind: str) -> None:
    assert CALLS.parse(push(aliyun(eventType=kind))) == []


@pytest.mark.parametrize(
    ("record", "recording", "account", "name", "media_type"),
    [
        (aliyun(), aliyun_recording(), "a1", "recording-call.wav", "audio/wav"),
        (tencent(), tencent_recording(), "t1", "recording-customer.mp3", "audio/mpeg"),
        (tencent(), tencent_recording(EndpointUser="chen@shop.example"), "t1", "recording-agent.mp3", "audio/mpeg"),
    ],
)
def test_a_recording_is_added_to_its_call_before_or_after_it(
    record: dict[str, object], recording: dict[str, object], account: str, name: str, media_type: str
) -> None:
    found = addition(push(recording, account)).addition
    [file] = found.attachments

    assert found.complaint_id == complaint(push(record, account)).complaint_id
    assert (found.tasks, found.tasks_done) == (("listen-and-type",), ("call-back",))
    assert (file.name, file.media_type, file.state) == (name, media_type, "pending")
    assert file.reference == recording.get("downloadURL", recording.get("RecordURL"))
    assert found.at <= MOMENT


def test_a_recording_again_is_the_same_also_when_its_address_is_signed_anew() -> None:
    first, again = (addition(push(aliyun_recording())).addition for _ in range(2))
    url = str(aliyun_recording()["downloadURL"]).replace("Signature=y", "Signature=z")
    anew = addition(push(aliyun_recording(downloadURL=url))).addition

    assert first == again
    assert anew.addition_id == first.addition_id
    assert anew.attachments[0].attachment_id == first.attachments[0].attachment_id


@pytest.mark.parametrize("name", ["\ud800", "\0", "../../etc/passwd", "录音" * 500])
def test_whatever_a_vendor_calls_a_recording_it_is_named_by_us(name: str) -> None:
    found = addition(push(aliyun_recording(fileName=name))).addition

    assert found.attachments[0].name == "recording-call.wav"
    assert found == addition(push(aliyun_recording(fileName=name))).addition


def test_both_sides_of_a_call_are_two_files() -> None:
    customer = addition(push(tencent_recording(), "t1")).addition
    agent = addition(push(tencent_recording(EndpointUser="chen@shop.example", RecordId="2"), "t1")).addition

    assert customer.complaint_id == agent.complaint_id
    assert customer.addition_id != agent.addition_id
    assert customer.attachments[0].attachment_id != agent.attachments[0].attachment_id


@pytest.mark.parametrize(
    ("body", "account"), [(voicemail(), "t1"), (aliyun_recording(eventType="VoicemailReady"), "a1")]
)
def test_a_voicemail_is_listened_to_and_its_caller_still_called_back(body: dict[str, object], account: str) -> None:
    found = addition(push(body, account, "voicemail" if account == "t1" else None)).addition

    assert (found.tasks, found.tasks_done) == (("listen-and-type",), ())
    assert str(found.attachments[0].name).startswith("voicemail-")
    assert "13800001234" not in str(found.attachments[0])


@pytest.mark.parametrize("url", ["", None, "ftp://x.aliyuncs.com/a", "javascript:alert(1)", "https://a b", 7])
def test_a_recording_without_an_address_says_so(url: object) -> None:
    found = addition(push(aliyun_recording(downloadURL=url))).addition

    assert found.attachments == ()
    assert found.warnings == ("recording_without_address",)
    assert found.addition_id != addition(push(aliyun_recording())).addition.addition_id


@pytest.mark.parametrize(
    ("body", "account", "action"),
    [
        (aliyun(eventType="CallSentiment"), "a1", None),
        (tencent(), "t1", "asr"),
        ({"SessionId": "s", "X": "新"}, "t1", None),
    ],
)
def test_an_event_of_an_unknown_type_about_a_call_is_a_complaint_with_all_it_says(
    body: dict[str, object], account: str, action: str | None
) -> None:
    found = complaint(push(body, account, action))

    assert found.warnings == ("unknown_type",)
    assert found.text.startswith("{")
    assert found.complaint_id == complaint(push(body, account, action)).complaint_id


@pytest.mark.parametrize(
    ("body", "account", "action"),
    [({"eventType": "AgentLunch", "agentId": "1007"}, "a1", None), ({"SdkAppId": 1}, "t1", "licence")],
)
def test_an_event_of_an_unknown_type_about_no_call_is_kept_as_a_signal(
    body: dict[str, object], account: str, action: str | None
) -> None:
    found = only(push(body, account, action))

    assert isinstance(found, ParsedSignal)
    assert found.kind is SignalKind.OTHER
    assert found.detail in {"AgentLunch", "licence"}


@pytest.mark.parametrize("account", ["a1", "t1"])
@pytest.mark.parametrize(
    "garbage", [b"", b"{}", b"<a/>", b"\xff\xfe", b"[" * 100_000, b"NaN", b"7", b"null", b'{"eventType": "CDRReady"}']
)
def test_garbage_is_rejected_and_never_crashes(account: str, garbage: bytes) -> None:
    with pytest.raises(PayloadRejected):
        CALLS.parse(push(garbage, account))


def test_one_broken_event_of_a_list_does_not_stop_the_others() -> None:
    broken, whole = CALLS.parse(push([7, aliyun(), aliyun()]))

    assert isinstance(broken, SuspendedItem)
    assert whole.item == 1


@both
@pytest.mark.parametrize("value", ["", "soon", 0, -1, 10**30, None, True, [], "0001-01-01T00:00:00Z", 1.5])
def test_without_a_usable_start_the_delivery_counts(layout: Layout, account: str, value: object) -> None:
    found = complaint(push(layout(startTime=value, StartTimestamp=value), account))

    assert (found.received_at, found.received_at_source) == (MOMENT, "gateway")
    assert "vendor_time_unusable" in found.warnings


@both
@pytest.mark.parametrize("number", ["", "anonymous", None, "1" * 500])
def test_a_withheld_number_leaves_a_call_nobody_can_be_answered_for(
    layout: Layout, account: str, number: object
) -> None:
    found = complaint(push(layout(callingNumber=number, Caller=number), account))

    assert found.reply_to is None
    assert "number_unreadable" in found.warnings
    assert found.sender is None or not found.sender.proofs


@pytest.mark.parametrize(
    ("written", "read_as"), [("008657188887777", "+8657188887777"), ("0571 8888 7777", "+8657188887777")]
)
def test_fixed_lines_are_numbers_too(written: str, read_as: str) -> None:
    assert complaint(push(tencent(Caller=written), "t1")).reply_to == read_as


def test_capital_letters_of_fields_do_not_matter_to_aliyuns_record() -> None:
    capital = {name[0].upper() + name[1:]: value for name, value in aliyun().items() if name[:5] != "event"}
    body = capital | {"eventType": "CDRReady", "contactId": capital.pop("ContactId")}

    assert complaint(push(body)).version == complaint(push(aliyun())).version


@pytest.mark.parametrize("headers", [{}, {"callback-proof": "0" * 32}])
def test_without_the_secret_nothing_is_read(headers: dict[str, str]) -> None:
    delivery = push(b"no JSON at all")

    for account in ("a1", "t1", "sms", "nobody"):
        with pytest.raises(NotGenuine):
            CALLS.parse(type(delivery)("phone", account, b"{}", MOMENT, "gateway", MOMENT, headers=headers))


@pytest.mark.parametrize(
    ("account", "headers", "query", "answer"),
    [
        ("a1", (), ("key", "action"), '{"code":0,"msg":"成功"}'),
        ("t1", ("Authorization",), ("action",), '{"ErrCode":0,"ErrMsg":"ok"}'),
    ],
)
def test_each_call_centre_is_called_and_answered_its_way(
    account: str, headers: tuple[str, ...], query: tuple[str, ...], answer: str
) -> None:
    hook = CALLS.hook(account, "call")

    assert isinstance(hook, Hook)
    assert (hook.headers, hook.query) == (headers, query)
    assert not callable(hook.answer)
    assert hook.answer.body.decode() == answer
    assert hook.kept({"?action": "cdr"}) == {"?action": "cdr"}


@pytest.mark.parametrize(("account", "event"), [("sms", None), ("nobody", None), ("a1", "sms")])
def test_what_is_no_call_centre_has_no_hook(account: str, event: str | None) -> None:
    assert CALLS.hook(account, event) is None


def test_the_complaint_of_a_call_is_known_while_it_rings() -> None:
    ringing = CALLS.complaint_id("a1", Vendor.ALIYUN, "job-6538214103689")

    assert ringing == complaint(push(aliyun())).complaint_id
