"""WeChat as a vendor: what people write reaches us, answers reach them, and each of its refusals has its verdict."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import httpx
import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr

from connectors.contract import FetchedFile, MediaSource, Numbering, Outgoing, Reply, Sent
from connectors.wechat import Accounts, WeChat, WeChatMedia, WeChatReply, wechat_accounts, wechat_media, wechat_reply
from deploy.vendors.server import Faults, LostAnswer, Push
from deploy.vendors.wechat import MEDIA_LIFE, WeChatVendor
from deploy.vendors.wechat_people import CLICK_WINDOW, WINDOW, OfficialAccount
from deploy.vendors.wechat_pushes import Mode, Server
from schemas.errors import ChannelUnavailable, MediaGone, OutcomeUnknown, ReplyRefused, TooLarge
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, ParsedSignal
from schemas.settings import WeChatSettings
from schemas.signals import SignalKind

NOW = datetime.fromisoformat("2026-11-20T02:21:40+00:00")
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID, STRANGER = "otAzGjrS4AYCmeJM1GhEOcHXXTAo", "oNobodyWeEverMet000000000000"
NUMBER = "MSEY-7R0P-KQGB-E"
TEXT = f"您的投诉已收到，编号{NUMBER}。"
SHOP = OfficialAccount(
    Server("/webhooks/wechat/shop", "wx-shop", "token-of-the-shop", AES_KEY, Mode.SAFE),
    "secret-of-the-shop",
    templates=frozenset({"T1"}),
)
MALL = OfficialAccount(Server("/webhooks/wechat/mall", "wx-mall", "token-of-the-mall"), "secret-of-the-mall")


def settings_of(one: OfficialAccount, **changed: Any) -> WeChatSettings:
    """The account as we set it up."""
    return WeChatSettings(
        app_id=one.server.app_id,
        app_secret=SecretStr(one.secret),
        token=SecretStr(one.server.token),
        aes_key=SecretStr(one.server.aes_key) if one.server.aes_key else None,
    ).model_copy(update=changed)


WITH_TEMPLATE = {"template_id": "T1", "template_fields": {"character_string1": "{number}", "phrase2": "已受理"}}


class Lossy(httpx.AsyncBaseTransport):
    """The vendor in this process; what it never answers ends as a broken connection."""

    def __init__(self, vendor: WeChatVendor) -> None:
        self._inner = httpx.ASGITransport(vendor.app())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await self._inner.handle_async_request(request)
        except LostAnswer as error:
            raise httpx.ReadError("connection reset") from error


class Meeting:
    """A vendor, and the parts of ours that talk to it, at a time that can be moved."""

    def __init__(self, faults: Faults | None = None, mall_secret: str = MALL.secret, **shop: Any) -> None:
        self.now = NOW
        self.vendor = WeChatVendor([SHOP, MALL], faults, lambda: self.now)
        self.settings = {
            "shop": settings_of(SHOP, **(WITH_TEMPLATE | shop)),
            "mall": settings_of(MALL, app_secret=SecretStr(mall_secret)),
        }
        client = httpx.AsyncClient(transport=Lossy(self.vendor))
        accounts = wechat_accounts(self.settings, client, now=lambda: self.now)
        assert isinstance(accounts, Accounts)
        self.accounts = accounts
        self.reply: Reply = WeChatReply(accounts)
        self.media: MediaSource = WeChatMedia(accounts)

    def says(self, account: OfficialAccount = SHOP, **fields: str) -> Push:
        return self.vendor.says(OPENID, account, fields or {"Content": "牛奶过期了"}, self.now)

    def loses_its_template(self) -> None:
        """The template of the settings is not the vendor's, and the window is closed."""
        self.says(MsgType="event", Event="VIEW")
        self.settings["shop"].template_id = "gone"

    def read(self, call: Push) -> list[ParsedItem]:
        """What our connector makes of a call."""
        place = urlsplit(call.path)
        account = place.path.rpartition("/")[2]
        query = {f"?{name}": text for name, text in parse_qsl(place.query)}
        delivery = Inbound("wechat", account, call.body, self.now, "gateway", self.now, "text/xml", headers=query)
        return WeChat(Numbering(b"n" * 32), b"p" * 32, self.settings).parse(delivery)

    async def answer(self, openid: str = OPENID, account: str = "shop", text: str = TEXT) -> Sent:
        return await self.reply.send(
            Outgoing(UUID(int=1), "wechat", account, openid, None, text, "zh-Hans", self.now), nothing
        )

    def shown(self) -> list[tuple[str, str]]:
        """What people have on their screens."""
        return [(one.way, one.text) for one in self.vendor.delivered]


async def nothing() -> None:
    """The point of no return; nobody asks."""


def alarms(account: str) -> float:
    return REGISTRY.get_sample_value("intake_wechat_refused_total", {"account": account}) or 0


@pytest.mark.parametrize("account", [SHOP, MALL], ids=["safe", "plain"])
def test_what_a_person_writes_is_read_as_it_was_written(account: OfficialAccount) -> None:
    with_markup = "牛奶]]>过期了 <b>&amp;"
    meeting = Meeting()

    [item] = meeting.read(meeting.says(account=account, Content=with_markup))

    assert isinstance(item, ParsedComplaint)
    assert (item.complaint.text, item.complaint.reply_to) == (with_markup, OPENID)


async def test_an_answer_reaches_the_person_who_wrote() -> None:
    meeting = Meeting()
    meeting.says()

    assert await meeting.answer() == Sent(None, "customer-service message")
    assert meeting.shown() == [("customer-service", TEXT)]


async def test_outside_the_window_a_template_message_goes_and_its_end_is_told() -> None:
    meeting = Meeting()
    meeting.says()
    meeting.now += WINDOW + timedelta(seconds=1)

    sent = await meeting.answer()
    [report] = [item for call in meeting.vendor.pushes for item in meeting.read(call)]

    assert meeting.shown() == [("template", f"{NUMBER} 已受理")]
    assert isinstance(report, ParsedSignal)
    assert (report.kind, report.vendor_id) == (SignalKind.DELIVERED, sent.vendor_id)


async def test_a_person_who_blocks_templates_is_reported_as_such() -> None:
    meeting = Meeting()
    meeting.says(MsgType="event", Event="CLICK", EventKey="menu")
    meeting.vendor.people[OPENID].blocks_templates = True
    meeting.now += CLICK_WINDOW + timedelta(seconds=1)

    sent = await meeting.answer()
    [report] = meeting.read(meeting.vendor.pushes[0])

    assert isinstance(report, ParsedSignal)
    assert (report.kind, report.vendor_id, report.detail) == (SignalKind.UNDELIVERED, sent.vendor_id, "user-block")
    assert meeting.shown() == []


async def test_five_messages_fit_a_window_and_the_sixth_goes_as_a_template() -> None:
    meeting = Meeting()
    meeting.says()

    sent = [await meeting.answer() for _ in range(6)]

    assert [one.detail for one in sent] == ["customer-service message"] * 5 + ["template message"]


async def test_after_a_click_three_messages_fit() -> None:
    meeting = Meeting(template_id=None)
    meeting.says(MsgType="event", Event="CLICK", EventKey="menu")

    for _ in range(3):
        await meeting.answer()
    with pytest.raises(ReplyRefused, match="45047"):
        await meeting.answer()


Prepare = Callable[[Meeting], object]
REFUSED: list[tuple[str, dict[str, Any], Prepare]] = [
    ("40003", {"openid": STRANGER}, lambda of: None),
    ("45015", {"account": "mall"}, lambda of: of.vendor.says(OPENID, MALL, {"MsgType": "event", "Event": "x"}, NOW)),
    ("43004", {}, lambda of: [of.says(), of.says(MsgType="event", Event="unsubscribe")]),
    ("45002", {"text": "很" * 700}, lambda of: of.says()),
    ("40037", {}, Meeting.loses_its_template),
]


@pytest.mark.parametrize(("code", "changed", "prepare"), REFUSED, ids=[one[0] for one in REFUSED])
async def test_what_the_vendor_refuses_for_good_is_refused_for_good(
    code: str, changed: dict[str, Any], prepare: Prepare
) -> None:
    meeting = Meeting()
    prepare(meeting)

    with pytest.raises(ReplyRefused, match=code):
        await meeting.answer(**changed)
    assert meeting.shown() == []


async def test_an_account_without_the_permission_is_refused_for_good() -> None:
    meeting = Meeting()
    meeting.says()
    SHOP.may_send = False

    try:
        with pytest.raises(ReplyRefused, match="48001"):
            await meeting.answer()
    finally:
        SHOP.may_send = True


async def test_40001_for_ever_makes_two_calls_and_an_alarm_however_many_messages_wait(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    meeting, before = Meeting(), alarms("shop")
    meeting.says()
    meeting.vendor.refuses_tokens = True
    media_id = meeting.vendor.keep(b"jpeg", "image/jpeg", NOW)

    waiting: list[Awaitable[object]] = [meeting.answer() for _ in range(30)]
    waiting += [meeting.media.fetch("shop", media_id, 100) for _ in range(30)]
    found = await asyncio.gather(*waiting, return_exceptions=True)
    found += await asyncio.gather(*(meeting.answer() for _ in range(30)), return_exceptions=True)

    assert {type(one) for one in found} == {ChannelUnavailable}
    assert (meeting.vendor.calls, meeting.vendor.token_calls) == (2, 2)
    assert alarms("shop") == before + 1
    out, err = capfd.readouterr()
    assert "secret-of-the-shop" not in out + err + caplog.text

    meeting.vendor.refuses_tokens = False
    meeting.now += timedelta(minutes=5)
    await meeting.answer()
    assert len(meeting.vendor.delivered) == 1


async def test_a_wrong_secret_closes_one_account_and_no_other() -> None:
    meeting = Meeting(mall_secret="wrong")
    meeting.says()
    meeting.says(account=MALL)

    for _ in range(5):
        with pytest.raises(ChannelUnavailable):
            await meeting.answer(account="mall")
    await meeting.answer()

    assert meeting.vendor.token_calls == 2
    assert len(meeting.shown()) == 1


async def test_a_token_that_is_dead_is_renewed_for_answers_and_files_alike() -> None:
    meeting = Meeting()
    meeting.says()
    media_id = meeting.vendor.keep(b"jpeg", "image/jpeg", NOW)
    await meeting.answer()
    meeting.vendor.revoke_tokens()

    found = await meeting.media.fetch("shop", media_id, 100)
    await meeting.answer()

    assert found.content == b"jpeg"
    assert meeting.vendor.token_calls == 2


async def test_all_processes_get_the_token_that_lives() -> None:
    meeting = Meeting()
    others = [wechat_accounts(meeting.settings, httpx.AsyncClient(transport=Lossy(meeting.vendor))) for _ in range(3)]
    tokens = {await one.ways["shop"].tokens.current() for one in others if one}
    meeting.now += timedelta(minutes=116)
    late = wechat_accounts(meeting.settings, httpx.AsyncClient(transport=Lossy(meeting.vendor)))
    assert late is not None

    assert len(tokens) == 1
    assert await late.ways["shop"].tokens.current() not in tokens


async def test_a_lost_answer_is_unknown_and_the_message_is_there() -> None:
    meeting = Meeting()
    meeting.says()
    await meeting.answer()
    meeting.vendor.faults.lost = 1.0

    with pytest.raises(OutcomeUnknown):
        await meeting.answer()
    assert len(meeting.shown()) == 2


@pytest.mark.parametrize(("faults", "error"), [
    (Faults(failed=1.0), ChannelUnavailable), (Faults(throttled=1.0), ChannelUnavailable),
])  # fmt: skip
async def test_a_vendor_that_cannot_is_asked_again_later(faults: Faults, error: type[Exception]) -> None:
    meeting = Meeting(faults)
    meeting.says()

    with pytest.raises(error):
        await meeting.answer()
    assert meeting.shown() == []


@pytest.mark.parametrize("kind", ["image/jpeg", "audio/amr", "video/mp4"])
async def test_a_file_is_fetched_by_what_the_message_says(kind: str) -> None:
    meeting = Meeting()
    media_id = meeting.vendor.keep(b"#!AMR\n or a picture", kind, NOW)
    fields = {
        "image/jpeg": {"MsgType": "image", "MediaId": media_id, "PicUrl": meeting.vendor.picture_url(media_id)},
        "audio/amr": {"MsgType": "voice", "MediaId": media_id, "Format": "amr"},
        "video/mp4": {"MsgType": "video", "MediaId": media_id},
    }
    [item] = meeting.read(meeting.says(SHOP, **fields[kind]))
    assert isinstance(item, ParsedComplaint)
    [attachment] = item.complaint.attachments
    assert attachment.reference is not None

    found = await meeting.media.fetch("shop", attachment.reference, 1_000)

    assert found == FetchedFile(b"#!AMR\n or a picture", kind)
    assert attachment.state == "pending"


async def test_after_three_days_a_picture_comes_by_its_address_and_a_voice_is_gone() -> None:
    meeting = Meeting()
    media_id = meeting.vendor.keep(b"jpeg", "image/jpeg", NOW)
    meeting.now += MEDIA_LIFE + timedelta(seconds=1)

    assert (await meeting.media.fetch("shop", f"{media_id} {meeting.vendor.picture_url(media_id)}", 10)).content
    with pytest.raises(MediaGone):
        await meeting.media.fetch("shop", media_id, 10)


@pytest.mark.parametrize("kind", ["image/jpeg", "video/mp4"])
async def test_a_file_over_the_limit_is_too_large(kind: str) -> None:
    meeting = Meeting()
    media_id = meeting.vendor.keep(b"x" * 200_000, kind, NOW)

    with pytest.raises(TooLarge):
        await meeting.media.fetch("shop", media_id, 199_999)


async def test_the_vendor_wants_json_without_escapes() -> None:
    meeting = Meeting()
    meeting.says()
    token = await meeting.accounts.ways["shop"].tokens.current()
    body = {"touser": OPENID, "msgtype": "text", "text": {"content": TEXT}}
    async with httpx.AsyncClient(transport=Lossy(meeting.vendor), base_url="https://api.weixin.qq.com") as client:
        answers = [
            await client.post("/cgi-bin/message/custom/send", params={"access_token": token}, content=content)
            for content in (json.dumps(body), json.dumps(body, ensure_ascii=False).encode(), b"no json")
        ]

    assert [one.json()["errcode"] for one in answers] == [40033, 0, 47001]


def test_without_a_secret_nothing_can_be_called() -> None:
    accounts = wechat_accounts({"shop": settings_of(SHOP, app_secret=None)})

    assert accounts is None
    assert (wechat_reply(accounts), wechat_media(accounts)) == (None, None)


SAMPLES = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "wechat"


async def test_the_samples_of_the_demo_are_read_answered_and_the_same_at_the_next_start() -> None:
    meeting = Meeting()
    bodies = [file.read_bytes() for file in sorted(SAMPLES.glob("*.xml"))]

    first = [meeting.read(meeting.vendor.hands_over(SHOP, body, meeting.now)) for body in bodies]
    meeting.now += timedelta(days=1)
    again = [meeting.read(meeting.vendor.hands_over(SHOP, body, meeting.now)) for body in bodies]

    complaints = [item.complaint for [item] in first if isinstance(item, ParsedComplaint)]
    assert [one.complaint_id for one in complaints] == [
        item.complaint.complaint_id for [item] in again if isinstance(item, ParsedComplaint)
    ]
    assert [one.language for one in complaints] == ["zh-Hans", "zh-Hans", None, "zh-Hant"]
    assert [one.reply_to for one in complaints] == [complaints[0].reply_to] * 3 + [complaints[3].reply_to]
    [picture] = complaints[2].attachments
    assert (await meeting.media.fetch("shop", picture.reference or "", 10_000)).content.startswith(b"\xff\xd8\xff")
    await meeting.answer(openid=complaints[3].reply_to or "")
    assert len(meeting.shown()) == 1
