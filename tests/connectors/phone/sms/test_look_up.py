"""Asking the vendor about a message whose answer was lost: never sends, and never says more than the vendor does."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import Fate, LooksUp, Reply
from connectors.phone.sms import AliyunSms, SmsReply, SmsTemplate, TencentSms, sms_reply
from connectors.phone.sms.vendors import TemplateVendor
from schemas.errors import ChannelUnavailable, SettingsInvalid
from schemas.settings import SmsSendingSettings
from tests.connectors.phone.sms.test_template import OUTBOX, outgoing

ALIYUN = AliyunSms("key-id", SecretStr("key-secret"))
TENCENT = TencentSms("secret-id", SecretStr("secret-key"), "1400006666")
TRIED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SOON, LATER = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = SmsSendingSettings(
    vendor="aliyun", key_id="k", key_secret=SecretStr("s"), sign_name="惠民超市", templates={"zh-Hans": "SMS_1"}
)
Answer = Callable[[httpx.Request], httpx.Response]


def aliyun_lists(*out_ids: str, total: int | None = None, status: int = 3) -> Answer:
    details = [{"OutId": out_id, "SendStatus": status, "Content": "…"} for out_id in out_ids]
    listed = {"SmsSendDetailDTOs": {"SmsSendDetailDTO": details}, "TotalCount": str(total or len(details))}
    return lambda _: httpx.Response(200, json={"Code": "OK", "Message": "OK", **listed})


def tencent_lists(*contexts: str) -> Answer:
    listed = [{"SessionContext": context, "ReportStatus": "SUCCESS", "SerialNo": "1:2"} for context in contexts]
    return lambda _: httpx.Response(200, json={"Response": {"PullSmsSendStatusSet": listed, "RequestId": "r"}})


async def fate(
    answer: Answer, vendor: TemplateVendor, after: timedelta = LATER, tried: datetime = TRIED, address: str = ""
) -> tuple[Fate, Sequence[httpx.Request]]:
    """What became of a message tried at `TRIED`, asked some time after, and what was asked."""
    asked: list[httpx.Request] = []

    def noted(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer(request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(noted))
    reply = SmsReply(vendor, {"zh-Hans": SmsTemplate("SMS_1", "惠民超市")}, client, lambda: tried + after)
    message = outgoing("…", address) if address else outgoing("…")
    return await reply.look_up(message, tried), asked


@pytest.mark.parametrize(
    ("answer", "vendor"),
    [(aliyun_lists("other", str(OUTBOX)), ALIYUN), (tencent_lists("other", str(OUTBOX)), TENCENT)],
)
async def test_a_listed_message_was_sent(answer: Answer, vendor: TemplateVendor) -> None:
    found, asked = await fate(answer, vendor, SOON)

    assert found is Fate.SENT
    assert [request.headers.get("x-acs-action") or request.headers["x-tc-action"] for request in asked] == [
        "QuerySendDetails" if vendor is ALIYUN else "PullSmsSendStatusByPhoneNumber"
    ]


async def test_what_never_reached_a_telephone_was_sent_all_the_same() -> None:
    assert (await fate(aliyun_lists(str(OUTBOX), status=2), ALIYUN))[0] is Fate.SENT


@pytest.mark.parametrize(
    ("answer", "vendor", "after", "expected"),
    [
        (aliyun_lists("other"), ALIYUN, LATER, Fate.NEVER_SENT),
        (aliyun_lists("other"), ALIYUN, SOON, Fate.NOT_KNOWN),
        (aliyun_lists(), ALIYUN, timedelta(days=31), Fate.NOT_KNOWN),
        (tencent_lists("other"), TENCENT, LATER, Fate.NOT_KNOWN),
        (tencent_lists(str(OUTBOX)), TENCENT, timedelta(days=8), Fate.NOT_KNOWN),
    ],
)
async def test_what_is_not_listed_is_never_sent_only_where_the_list_proves_it(
    answer: Answer, vendor: TemplateVendor, after: timedelta, expected: Fate
) -> None:
    assert (await fate(answer, vendor, after))[0] is expected


async def test_all_pages_and_both_days_around_midnight_are_asked() -> None:
    before_midnight_in_china = datetime(2026, 11, 20, 15, 50, tzinfo=UTC)
    _, asked = await fate(aliyun_lists("other", total=51), ALIYUN, LATER, before_midnight_in_china)
    queries = [parse_qs(request.url.query.decode()) for request in asked]

    assert [(one["SendDate"], one["CurrentPage"]) for one in queries] == [
        (["20261121"], ["1"]), (["20261121"], ["2"]), (["20261120"], ["1"]), (["20261120"], ["2"]),
    ]  # fmt: skip
    assert {one["PhoneNumber"][0] for one in queries} == {"13800001234"}


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(200, json={"Code": "isv.BUSINESS_LIMIT_CONTROL"}),
        lambda _: httpx.Response(200, json={"Response": {"Error": {"Code": "RequestLimitExceeded"}}}),
        lambda _: httpx.Response(404, json={"Code": "InvalidAccessKeyId.NotFound"}),
        lambda _: httpx.Response(503),
        lambda _: httpx.Response(200, content=b"<html>"),
        lambda _: httpx.Response(200, json={"Response": {"PullSmsSendStatusSet": "none"}}),
        aliyun_lists("other", total=10**9),
    ],
)
async def test_a_vendor_that_does_not_say_is_asked_again_later(answer: Answer) -> None:
    for vendor in (ALIYUN, TENCENT):
        with pytest.raises(ChannelUnavailable):
            await fate(answer, vendor)


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError, httpx.ReadError])
async def test_a_lost_answer_to_a_question_leaves_nothing_behind(error: type[httpx.TransportError]) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    with pytest.raises(ChannelUnavailable):
        await fate(breaks, ALIYUN)


async def test_what_is_no_mobile_number_of_the_mainland_was_never_sent_to() -> None:
    assert await fate(aliyun_lists(), ALIYUN, address="+85251234567") == (Fate.NEVER_SENT, [])


async def test_the_settings_make_the_reply_of_either_vendor() -> None:
    tencent = SETTINGS.model_copy(update={"vendor": "tencent", "app_id": "1400006666"})

    assert sms_reply(None) is None
    for settings in (SETTINGS, tencent):
        made = sms_reply(settings)
        assert isinstance(made, LooksUp)
        reply: Reply | None = made
        assert reply is not None
        assert reply.channel == "phone"


def test_tencent_needs_its_app_id() -> None:
    with pytest.raises(SettingsInvalid, match="INTAKE_SMS__APP_ID"):
        sms_reply(SETTINGS.model_copy(update={"vendor": "tencent"}))


def test_a_template_with_a_link_needs_what_its_links_begin_with() -> None:
    with_link = SETTINGS.model_copy(update={"variables": ("number", "link")})

    with pytest.raises(SettingsInvalid, match="INTAKE_SMS__LINK_PREFIX"):
        sms_reply(with_link)
    assert sms_reply(with_link.model_copy(update={"link_prefix": "https://shop.example/track/"})) is not None
