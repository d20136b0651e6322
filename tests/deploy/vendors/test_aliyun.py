"""Our side and a server that speaks Aliyun's wire formats understand each other, also when something goes wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import Fate, Numbering, Outgoing
from connectors.phone import Phone
from connectors.phone.calls import CallMedia, Calls
from connectors.phone.sms import Sms, SmsReply, sms_reply
from deploy.vendors.aliyun import Aliyun
from deploy.vendors.server import Faults, Push
from schemas.complaint import Complaint
from schemas.errors import ChannelUnavailable, MediaGone, OutcomeUnknown, ReplyRefused
from schemas.inbound import ParsedAddition, ParsedComplaint, ParsedSignal
from schemas.settings import PhoneAccountSettings, SmsSendingSettings
from schemas.signals import SignalKind
from tests.connectors.phone.sms.test_template import NUMBER, OUTBOX, outgoing
from tests.deploy.vendors.wire import answer, client, delivered

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SECRET = "callback-secret-0001"
ACCOUNTS = {
    "sms-1": PhoneAccountSettings(vendor="aliyun-sms", secrets={"now": SecretStr(SECRET)}),
    "calls-1": PhoneAccountSettings(vendor="aliyun-calls", secrets={"now": SecretStr(SECRET)}),
}
NUMBERING, KEY = Numbering(b"0123456789abcdef0123456789abcdef"), b"pseudonym-key-of-the-tests-000000"
PHONE = Phone([Sms(NUMBERING, KEY, ACCOUNTS), Calls(NUMBERING, KEY, ACCOUNTS)])
SMS_PATH, CALLS_PATH = f"/webhooks/phone/sms-1/sms?key={SECRET}", f"/webhooks/phone/calls-1/call?key={SECRET}"
SETTINGS = SmsSendingSettings(
    vendor="aliyun",
    key_id="key-id",
    key_secret=SecretStr("key-secret"),
    sign_name="惠民超市",
    templates={"zh-Hans": "SMS_1"},
)
MESSAGE = outgoing(f"您的投诉已收到。编号：{NUMBER}")


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        """The present."""
        return self.now


def reply(vendor: Aliyun, clock: Clock, settings: SmsSendingSettings = SETTINGS) -> SmsReply:
    """What sends through this vendor."""
    made = sms_reply(settings, client(vendor), clock)
    assert made is not None
    return made


async def send(sender: SmsReply, message: Outgoing = MESSAGE) -> str | None:
    """Send a message; the vendor's id of it."""

    async def nothing() -> None:
        return None

    return (await sender.send(message, nothing)).vendor_id


def vendor(clock: Clock, faults: Faults | None = None) -> Aliyun:
    """The vendor with our key."""
    return Aliyun({"key-id": "key-secret"}, faults, clock)


def texts(push: Push) -> dict[str, Complaint]:
    """The complaints of a push by their tracking number."""
    items = PHONE.parse(delivered(PHONE, push, NOW))
    return {one.complaint.tracking_number: one.complaint for one in items if isinstance(one, ParsedComplaint)}


async def test_a_message_arrives_once_with_its_number_and_is_listed() -> None:
    clock = Clock()
    aliyun = vendor(clock)
    vendor_id = await send(reply(aliyun, clock))
    [shown] = aliyun.delivered

    assert (shown.to, shown.vendor_id, shown.our_id) == ("+8613800001234", vendor_id, str(OUTBOX))
    assert NUMBER in shown.text
    assert await reply(aliyun, clock).look_up(MESSAGE, NOW) is Fate.SENT


async def test_a_lost_answer_is_unknown_and_the_vendor_says_sent_once() -> None:
    clock = Clock()
    aliyun = vendor(clock, Faults(lost=1.0))
    with pytest.raises(OutcomeUnknown):
        await send(reply(aliyun, clock))
    aliyun.faults.lost = 0.0

    assert await reply(aliyun, clock).look_up(MESSAGE, NOW) is Fate.SENT
    assert len(aliyun.delivered) == 1


async def test_an_answer_without_a_message_behind_it_was_never_sent_once_that_is_sure() -> None:
    clock = Clock()
    aliyun = vendor(clock, Faults(failed=1.0))
    with pytest.raises(OutcomeUnknown):
        await send(reply(aliyun, clock))
    aliyun.faults.failed = 0.0
    soon = await reply(aliyun, clock).look_up(MESSAGE, NOW)
    clock.now += timedelta(hours=1)

    assert (soon, await reply(aliyun, clock).look_up(MESSAGE, NOW)) == (Fate.NOT_KNOWN, Fate.NEVER_SENT)
    assert aliyun.delivered == []


async def test_a_throttled_message_waits_and_nothing_went_out() -> None:
    clock = Clock()
    aliyun = vendor(clock, Faults(throttled=1.0))

    with pytest.raises(ChannelUnavailable, match="BUSINESS_LIMIT_CONTROL"):
        await send(reply(aliyun, clock))
    with pytest.raises(ChannelUnavailable):
        await reply(aliyun, clock).look_up(MESSAGE, NOW)
    assert aliyun.delivered == []


@pytest.mark.parametrize(
    ("change", "code"),
    [({"key_id": "another"}, "InvalidAccessKeyId"), ({"key_secret": SecretStr("another")}, "SignatureDoesNotMatch")],
)
async def test_a_wrong_key_is_ours_to_mend_and_the_message_waits(change: dict[str, object], code: str) -> None:
    clock = Clock()
    aliyun = vendor(clock)

    with pytest.raises(ChannelUnavailable, match=code):
        await send(reply(aliyun, clock, SETTINGS.model_copy(update=change)))
    assert aliyun.delivered == []


async def test_a_clock_that_is_off_is_refused_by_the_vendor_and_nothing_is_sent() -> None:
    ours, theirs = Clock(), Clock()
    theirs.now += timedelta(minutes=16)
    aliyun = vendor(theirs)

    with pytest.raises(ChannelUnavailable, match="InvalidTimeStamp"):
        await send(reply(aliyun, ours))
    assert aliyun.delivered == []


async def test_a_number_elsewhere_never_reaches_the_vendor() -> None:
    clock = Clock()
    aliyun = vendor(clock)

    with pytest.raises(ReplyRefused):
        await send(reply(aliyun, clock), outgoing(MESSAGE.text, address="+85251234567"))


async def test_a_request_seen_before_is_refused() -> None:
    clock = Clock()
    aliyun = vendor(clock)
    seen: list[httpx.Request] = []

    async def remember(request: httpx.Request) -> None:
        seen.append(request)

    line = client(aliyun)
    line.event_hooks = {"request": [remember]}
    made = sms_reply(SETTINGS, line, clock)
    assert made is not None
    await send(made)
    again = await client(aliyun).post(str(seen[0].url), headers=dict(seen[0].headers))

    assert again.json()["Code"] == "SignatureNonceUsed"
    assert len(aliyun.delivered) == 1


def test_a_push_of_several_sms_regrouped_on_the_re_push_gives_each_once() -> None:
    aliyun = vendor(Clock())
    for number, text in (("13800001234", "牛奶过期了"), ("13900005678", "订单没有到"), ("13700009999", "价格不符")):
        aliyun.write(number, text, NOW - timedelta(minutes=2))
    first = aliyun.replies(SMS_PATH)
    assert not aliyun.heard(first, 503, b"")
    aliyun.write("13600001111", "排队太久", NOW - timedelta(minutes=1))
    second, accepted = aliyun.replies(SMS_PATH, at_most=2), answer(PHONE, delivered(PHONE, first, NOW))
    assert aliyun.heard(second, accepted.status, accepted.body)
    third = aliyun.replies(SMS_PATH)

    assert len({first.body, second.body, third.body}) == 3
    assert len(texts(first)) == 3
    found = texts(first) | texts(second) | texts(third)
    assert sorted(one.text for one in found.values()) == sorted(["牛奶过期了", "订单没有到", "价格不符", "排队太久"])


def test_two_identical_sms_a_minute_apart_on_purpose_are_two() -> None:
    aliyun = vendor(Clock())
    aliyun.write("13800001234", "牛奶过期了", NOW - timedelta(minutes=2))
    aliyun.write("13800001234", "牛奶过期了", NOW - timedelta(minutes=1))

    assert len(texts(aliyun.replies(SMS_PATH))) == 2


@pytest.mark.parametrize("error", [None, "MOBILE_NOT_ON_SERVICE"])
async def test_a_report_that_comes_twice_is_one_signal_about_our_message(error: str | None) -> None:
    clock = Clock()
    aliyun = vendor(clock)
    vendor_id = await send(reply(aliyun, clock))
    push = aliyun.reports(f"/webhooks/phone/sms-1/status?key={SECRET}", twice=True, error=error)
    [signal] = PHONE.parse(delivered(PHONE, push, NOW + timedelta(minutes=1)))

    assert isinstance(signal, ParsedSignal)
    assert (signal.outbox_id, signal.vendor_id) == (OUTBOX, vendor_id)
    assert signal.kind is (SignalKind.DELIVERED if error is None else SignalKind.UNDELIVERED)
    assert signal.detail == (error or "DELIVERED")


async def test_an_answered_call_is_a_complaint_whose_recording_can_be_fetched_for_a_day() -> None:
    clock = Clock()
    aliyun = vendor(clock)
    source = CallMedia(ACCOUNTS, client(aliyun))
    ringing, over, recorded = (
        list(PHONE.parse(delivered(PHONE, push, NOW))) for push in aliyun.call(CALLS_PATH, "13800001234", 192)
    )
    [call], [addition] = over, recorded
    assert isinstance(call, ParsedComplaint)
    assert isinstance(addition, ParsedAddition)
    [file] = addition.addition.attachments
    sound = await source.fetch("calls-1", str(file.reference), 10_000)
    clock.now += timedelta(days=2)

    assert ringing == []
    assert addition.addition.complaint_id == call.complaint.complaint_id
    assert (sound.content[:4], sound.media_type) == (b"RIFF", "audio/wav")
    with pytest.raises(MediaGone):
        await source.fetch("calls-1", str(file.reference), 10_000)


async def test_a_signature_of_another_recording_opens_nothing() -> None:
    aliyun = vendor(Clock())
    pushes = [aliyun.call(CALLS_PATH, number, 60)[2] for number in ("13800001234", "13900005678")]
    urls = []
    for push in pushes:
        [item] = PHONE.parse(delivered(PHONE, push, NOW))
        assert isinstance(item, ParsedAddition)
        urls.append(str(item.addition.attachments[0].reference))
    forged = f"{urls[0].partition('?')[0]}?{urls[1].partition('?')[2]}"

    with pytest.raises(MediaGone):
        await CallMedia(ACCOUNTS, client(aliyun)).fetch("calls-1", forged, 10_000)


async def test_a_store_that_is_away_is_asked_again() -> None:
    aliyun = vendor(Clock())
    [item] = PHONE.parse(delivered(PHONE, aliyun.call(CALLS_PATH, "13800001234", 60)[2], NOW))
    assert isinstance(item, ParsedAddition)
    aliyun.faults = Faults(failed=1.0)

    with pytest.raises(ChannelUnavailable):
        await CallMedia(ACCOUNTS, client(aliyun)).fetch("calls-1", str(item.addition.attachments[0].reference), 10_000)


def test_a_missed_call_is_to_be_called_back() -> None:
    pushes = vendor(Clock()).call(CALLS_PATH, "13800001234")
    [call] = [item for push in pushes for item in PHONE.parse(delivered(PHONE, push, NOW))]

    assert isinstance(call, ParsedComplaint)
    assert call.complaint.tasks == ("call-back",)


def test_the_two_sides_know_nothing_of_each_other() -> None:
    import deploy.vendors.aliyun as theirs

    assert "connectors" not in Path(theirs.__file__ or "").read_text(encoding="utf-8").partition('"""\n')[2]
