"""Our side and a server that speaks Tencent Cloud's wire formats understand each other, also when something is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors.contract import Fate, Numbering, Outgoing
from connectors.phone import Phone
from connectors.phone.calls import CallMedia, Calls
from connectors.phone.sms import Sms, SmsReply, sms_reply
from deploy.vendors.server import Faults, Push
from deploy.vendors.tencent import TencentCloud
from schemas.errors import ChannelUnavailable, NotGenuine, OutcomeUnknown
from schemas.inbound import ParsedAddition, ParsedComplaint, ParsedItem, ParsedSignal
from schemas.settings import PhoneAccountSettings, SmsSendingSettings
from schemas.signals import SignalKind
from tests.connectors.phone.sms.test_template import NUMBER, OUTBOX, outgoing
from tests.deploy.vendors.wire import client, delivered

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SECRET = "callback-secret-0001"
ACCOUNTS = {
    "sms-1": PhoneAccountSettings(vendor="tencent-sms", secrets={"now": SecretStr(SECRET)}),
    "calls-1": PhoneAccountSettings(vendor="tencent-calls", secrets={"now": SecretStr(SECRET)}, presented="basic"),
}
NUMBERING, KEY = Numbering(b"0123456789abcdef0123456789abcdef"), b"pseudonym-key-of-the-tests-000000"
PHONE = Phone([Sms(NUMBERING, KEY, ACCOUNTS), Calls(NUMBERING, KEY, ACCOUNTS)])
SMS_PATH, CALLS_PATH = f"/webhooks/phone/sms-1?key={SECRET}", "/webhooks/phone/calls-1"
SETTINGS = SmsSendingSettings(
    vendor="tencent",
    key_id="secret-id",
    key_secret=SecretStr("secret-key"),
    sign_name="惠民超市",
    templates={"zh-Hans": "1110", "en": "1111"},
    app_id="1400006666",
)
MESSAGE = outgoing(f"您的投诉已收到。编号：{NUMBER}")


def vendor(faults: Faults | None = None, now: datetime = NOW) -> TencentCloud:
    """The vendor with our key."""
    return TencentCloud({"secret-id": "secret-key"}, faults, lambda: now)


def reply(tencent: TencentCloud, settings: SmsSendingSettings = SETTINGS) -> SmsReply:
    """What sends through this vendor."""
    made = sms_reply(settings, client(tencent), lambda: NOW)
    assert made is not None
    return made


async def send(sender: SmsReply, message: Outgoing = MESSAGE) -> str | None:
    """Send a message; the vendor's id of it."""

    async def nothing() -> None:
        return None

    return (await sender.send(message, nothing)).vendor_id


def items(*pushes: Push) -> list[ParsedItem]:
    """What our side reads of pushes."""
    return [item for push in pushes for item in PHONE.parse(delivered(PHONE, push, NOW))]


async def test_a_message_arrives_once_with_its_number_in_the_template_of_its_language() -> None:
    tencent = vendor()
    vendor_id = await send(reply(tencent), replace(MESSAGE, language="en"))
    [shown] = tencent.delivered

    assert (shown.to, shown.vendor_id, shown.our_id) == ("+8613800001234", vendor_id, str(OUTBOX))
    assert shown.text == f"【惠民超市】1111 {NUMBER}"


async def test_a_lost_answer_is_unknown_until_the_vendor_lists_the_message_once() -> None:
    tencent = vendor(Faults(lost=1.0))
    with pytest.raises(OutcomeUnknown):
        await send(reply(tencent))
    tencent.faults.lost = 0.0
    before = await reply(tencent).look_up(MESSAGE, NOW)
    tencent.statuses(SMS_PATH)

    assert (before, await reply(tencent).look_up(MESSAGE, NOW)) == (Fate.NOT_KNOWN, Fate.SENT)
    assert len(tencent.delivered) == 1


async def test_a_throttled_message_waits_and_nothing_went_out() -> None:
    tencent = vendor(Faults(throttled=1.0))

    with pytest.raises(ChannelUnavailable, match="RequestLimitExceeded"):
        await send(reply(tencent))
    assert tencent.delivered == []


@pytest.mark.parametrize(
    ("change", "code"),
    [({"key_id": "another"}, "SecretIdNotFound"), ({"key_secret": SecretStr("another")}, "SignatureFailure")],
)
async def test_a_wrong_key_is_ours_to_mend_and_the_message_waits(change: dict[str, object], code: str) -> None:
    tencent = vendor()

    with pytest.raises(ChannelUnavailable, match=code):
        await send(reply(tencent, SETTINGS.model_copy(update=change)))
    assert tencent.delivered == []


async def test_a_clock_that_is_off_is_refused_by_the_vendor_and_nothing_is_sent() -> None:
    tencent = vendor(now=NOW + timedelta(minutes=6))

    with pytest.raises(ChannelUnavailable, match="SignatureExpire"):
        await send(reply(tencent))
    assert tencent.delivered == []


@pytest.mark.parametrize("error", [None, "MK:100D"])
async def test_a_status_is_a_signal_about_the_vendors_message(error: str | None) -> None:
    tencent = vendor()
    vendor_id = await send(reply(tencent))
    [signal] = items(tencent.statuses(f"/webhooks/phone/sms-1/status?key={SECRET}", error))

    assert isinstance(signal, ParsedSignal)
    assert (signal.vendor_id, signal.detail) == (vendor_id, error or "DELIVRD")
    assert signal.kind is (SignalKind.DELIVERED if error is None else SignalKind.UNDELIVERED)


def test_two_identical_sms_a_minute_apart_on_purpose_are_two_and_a_retry_is_none() -> None:
    tencent = vendor()
    pushes = [tencent.reply(SMS_PATH, "13800001234", "牛奶过期了", NOW - timedelta(minutes=ago)) for ago in (2, 1, 1)]
    numbers = [item.complaint.tracking_number for item in items(*pushes) if isinstance(item, ParsedComplaint)]

    assert len(numbers) == 3
    assert len(set(numbers)) == 2


async def test_an_answered_call_is_a_complaint_with_both_sides_to_be_fetched() -> None:
    tencent = vendor()
    source = CallMedia(ACCOUNTS, client(tencent))
    call, *recordings = items(*tencent.call(CALLS_PATH, SECRET, "13800001234", 192))
    assert isinstance(call, ParsedComplaint)
    files = [file for one in recordings if isinstance(one, ParsedAddition) for file in one.addition.attachments]
    sounds = [await source.fetch("calls-1", str(file.reference), 10_000) for file in files]

    assert call.complaint.tasks == ("listen-and-type",)
    assert [file.name for file in files] == ["recording-customer.mp3", "recording-agent.mp3"]
    assert {one.addition.complaint_id for one in recordings if isinstance(one, ParsedAddition)} == {
        call.complaint.complaint_id
    }
    assert {sound.media_type for sound in sounds} == {"audio/mpeg"}
    assert sounds[0].content != sounds[1].content


def test_a_voicemail_belongs_to_the_call_nobody_took() -> None:
    call, left = items(*vendor().voicemail(CALLS_PATH, SECRET, "13800001234"))

    assert isinstance(call, ParsedComplaint)
    assert isinstance(left, ParsedAddition)
    assert left.addition.complaint_id == call.complaint.complaint_id
    assert (call.complaint.tasks, left.addition.tasks) == (("call-back",), ("listen-and-type",))


def test_a_push_with_another_password_is_refused() -> None:
    [push] = vendor().call(CALLS_PATH, "another-password-0001", "13800001234")

    with pytest.raises(NotGenuine):
        items(push)
