"""Each way a SendSms call can end has its verdict; the request is what the vendor documents."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import Outgoing, Sent
from connectors.phone.sms import AliyunSms, SmsReply, SmsTemplate, TencentSms, Variable
from connectors.phone.sms.codes import ALIYUN_CODES, TENCENT_CODES, Verdict
from connectors.phone.sms.vendors import TemplateVendor
from schemas.errors import ChannelUnavailable, OutcomeUnknown, RecipientRefused, ReplyRefused, SettingsInvalid
from tests.connectors.phone.sms.test_template import NUMBER, OUTBOX, outgoing

TEXT = f"您的投诉已收到。编号：{NUMBER}"
TEMPLATES = {"zh-Hans": SmsTemplate("SMS_1", "惠民超市"), "en": SmsTemplate("SMS_2", "Huimin")}
ALIYUN = AliyunSms("key-id", SecretStr("key-secret-of-aliyun"))
TENCENT = TencentSms("secret-id", SecretStr("secret-key-of-tencent"), "1400006666")
MOMENT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
Answer = Callable[[httpx.Request], httpx.Response]


def reply(answer: Answer, vendor: TemplateVendor = ALIYUN) -> SmsReply:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return SmsReply(vendor, TEMPLATES, client, lambda: MOMENT, timedelta(seconds=5))


async def sent(answer: Answer, vendor: TemplateVendor = ALIYUN, message: Outgoing | None = None) -> tuple[Sent, bool]:
    """Send and return whether `before_irrevocable` was awaited before the request."""
    marks: list[str] = []

    async def note() -> None:
        marks.append("irrevocable")

    def noted(request: httpx.Request) -> httpx.Response:
        marks.append("request")
        return answer(request)

    result = await reply(noted, vendor).send(message or outgoing(TEXT), note)
    return result, marks == ["irrevocable", "request"]


def aliyun_says(code: str, status: int = 200, **more: str) -> Answer:
    return lambda _: httpx.Response(status, json={"Code": code, "Message": code, "RequestId": "r"} | more)


def tencent_says(code: str, serial: str = "") -> Answer:
    status = {"SerialNo": serial, "PhoneNumber": "+8613800001234", "Fee": 1, "Code": code, "Message": code}
    return lambda _: httpx.Response(200, json={"Response": {"SendStatusSet": [status], "RequestId": "r"}})


def tencent_fails(code: str) -> Answer:
    return lambda _: httpx.Response(200, json={"Response": {"Error": {"Code": code, "Message": "m"}, "RequestId": "r"}})


def breaks(error: type[httpx.TransportError]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    return answer


async def test_aliyun_gets_the_documented_request() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"Code": "OK", "Message": "OK", "BizId": "9006^0", "RequestId": "r"})

    result, in_order = await sent(answer)
    [request] = seen
    fields = {name: value for name, [value] in parse_qs(request.url.query.decode()).items()}

    assert result == Sent("9006^0")
    assert in_order
    assert (request.method, request.url.host, request.headers["host"]) == ("POST", *["dysmsapi.aliyuncs.com"] * 2)
    assert (request.headers["x-acs-action"], request.headers["x-acs-version"]) == ("SendSms", "2017-05-25")
    assert request.headers["x-acs-date"] == "2026-11-20T03:00:00Z"
    assert json.loads(fields.pop("TemplateParam")) == {"number": NUMBER}
    assert fields == {
        "PhoneNumbers": "13800001234", "SignName": "惠民超市", "TemplateCode": "SMS_1", "OutId": str(OUTBOX),
    }  # fmt: skip


async def test_tencent_gets_the_documented_request() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return tencent_says("Ok", "2028:f825e6b16e23f73f4123")(request)

    result, in_order = await sent(answer, TENCENT, outgoing(TEXT, language="en"))
    [request] = seen

    assert result == Sent("2028:f825e6b16e23f73f4123")
    assert in_order
    assert str(request.url) == "https://sms.tencentcloudapi.com/"
    assert (request.headers["x-tc-action"], request.headers["x-tc-version"]) == ("SendSms", "2021-01-11")
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(request.content) == {
        "PhoneNumberSet": ["+8613800001234"], "SmsSdkAppId": "1400006666", "TemplateId": "SMS_2", "SignName": "Huimin",
        "TemplateParamSet": [NUMBER], "SessionContext": str(OUTBOX),
    }  # fmt: skip


@pytest.mark.parametrize("status", [200, 400, 404])
async def test_a_throttled_message_is_tried_again(status: int) -> None:
    with pytest.raises(ChannelUnavailable, match="BUSINESS_LIMIT_CONTROL"):
        await sent(aliyun_says("isv.BUSINESS_LIMIT_CONTROL", status))


@pytest.mark.parametrize(
    ("vendor", "answer", "error"),
    [
        (ALIYUN, aliyun_says("isv.MOBILE_NUMBER_ILLEGAL"), ReplyRefused),
        (ALIYUN, aliyun_says("Throttling.User", 400), ChannelUnavailable),
        (ALIYUN, aliyun_says("isv.OUT_OF_SERVICE"), ChannelUnavailable),
        (ALIYUN, aliyun_says("InvalidAccessKeyId.NotFound", 404), ChannelUnavailable),
        (ALIYUN, aliyun_says("isp.SYSTEM_ERROR"), OutcomeUnknown),
        (ALIYUN, aliyun_says("isv.NEW_TODAY"), OutcomeUnknown),
        (ALIYUN, aliyun_says("ok"), OutcomeUnknown),
        (TENCENT, tencent_says("FailedOperation.PhoneNumberInBlacklist"), RecipientRefused),
        (TENCENT, tencent_says("LimitExceeded.PhoneNumberThirtySecondLimit"), ChannelUnavailable),
        (TENCENT, tencent_fails("RequestLimitExceeded.IPLimitExceeded"), ChannelUnavailable),
        (TENCENT, tencent_fails("AuthFailure.SignatureExpire"), ChannelUnavailable),
        (TENCENT, tencent_fails("InternalError.Timeout"), OutcomeUnknown),
        (TENCENT, lambda _: httpx.Response(200, json={"Response": {"SendStatusSet": []}}), OutcomeUnknown),
    ],
)
async def test_every_code_has_its_verdict(vendor: TemplateVendor, answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error):
        await sent(answer, vendor)


@pytest.mark.parametrize(
    ("vendor", "answer"),
    [
        (ALIYUN, aliyun_says("isv.MOBILE_NUMBER_ILLEGAL")),
        (ALIYUN, aliyun_says("isv.BLACK_KEY_CONTROL_LIMIT")),
        (TENCENT, tencent_says("FailedOperation.ContainSensitiveWord")),
        (TENCENT, tencent_says("InvalidParameterValue.IncorrectPhoneNumber")),
    ],
)
async def test_a_refusal_that_is_no_wish_of_the_person_closes_nothing(vendor: TemplateVendor, answer: Answer) -> None:
    with pytest.raises(ReplyRefused) as refused:
        await sent(answer, vendor)

    assert not isinstance(refused.value, RecipientRefused)


@pytest.mark.parametrize("broken", [httpx.ReadTimeout, httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError])
async def test_a_lost_answer_is_unknown_and_never_tried_again(broken: type[httpx.TransportError]) -> None:
    with pytest.raises(OutcomeUnknown):
        await sent(breaks(broken))


@pytest.mark.parametrize("away", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
async def test_a_vendor_that_was_not_reached_is_tried_again(away: type[httpx.TransportError]) -> None:
    with pytest.raises(ChannelUnavailable):
        await sent(breaks(away))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff", b"[" * 100_000, b'{"Code": 7}'])
@pytest.mark.parametrize(("status", "error"), [(200, OutcomeUnknown), (502, OutcomeUnknown), (403, ChannelUnavailable)])
async def test_an_answer_that_is_not_the_vendors(body: bytes, status: int, error: type[Exception]) -> None:
    for vendor in (ALIYUN, TENCENT):
        with pytest.raises(error):
            await sent(lambda _: httpx.Response(status, content=body), vendor)


@pytest.mark.parametrize(
    "message",
    [
        outgoing(TEXT, address="+85251234567"),
        outgoing(TEXT, address="12315"),
        outgoing(TEXT, address="+8657188887777"),
        outgoing(TEXT, address="li@mail.example"),
        outgoing("没有编号"),
    ],
)
async def test_what_no_template_can_send_is_refused_before_anything_irrevocable(message: Outgoing) -> None:
    async def never() -> None:
        raise AssertionError("nothing may be sent")

    with pytest.raises(ReplyRefused) as refused:
        await reply(aliyun_says("OK")).send(message, never)

    assert message.address not in str(refused.value)


async def test_another_message_goes_out_in_its_own_template_or_not_at_all() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(parse_qs(request.content.decode() or request.url.query.decode())["TemplateCode"][0])
        return aliyun_says("OK")(request)

    async def ready() -> None:
        return None

    others = {
        "notice": {"zh-Hans": SmsTemplate("SMS_3", "惠民超市")},
        "answered": {"en": SmsTemplate("SMS_4", "Huimin")},
    }
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    of = SmsReply(ALIYUN, TEMPLATES, client, lambda: MOMENT, others=others)

    for kind, occasion in (("notice", "closed"), ("notice", "answered"), ("acknowledgement", None)):
        await of.send(replace(outgoing(TEXT), kind=kind, occasion=occasion), ready)
    with pytest.raises(ReplyRefused, match="no SMS template is approved for reply"):
        await of.send(replace(outgoing(TEXT), kind="reply", occasion="reply"), ready)

    assert asked == ["SMS_3", "SMS_4", "SMS_1"]


async def test_a_lost_lease_sends_nothing() -> None:
    async def lost() -> None:
        raise ChannelUnavailable("lease lost")

    def never(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may be sent")

    with pytest.raises(ChannelUnavailable, match="lease lost"):
        await reply(never).send(outgoing(TEXT), lost)


async def test_neither_number_nor_secret_is_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await sent(aliyun_says("OK"))
    with pytest.raises(ChannelUnavailable):
        await sent(aliyun_says("isv.AMOUNT_NOT_ENOUGH"))

    printed = caplog.text + "".join(capfd.readouterr())
    assert "13800001234" not in printed
    assert "key-secret-of-aliyun" not in printed


@pytest.mark.parametrize(
    ("language", "template"), [("en", "SMS_2"), ("EN", "SMS_2"), ("zh-hans", "SMS_1"), ("fr", "SMS_1")]
)
async def test_the_template_is_that_of_the_language_however_it_is_written(language: str, template: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.extend(parse_qs(request.url.query.decode())["TemplateCode"])
        return aliyun_says("OK")(request)

    await sent(answer, message=outgoing(TEXT, language=language))

    assert asked == [template]


def test_without_a_template_nothing_starts() -> None:
    with pytest.raises(SettingsInvalid):
        SmsReply(ALIYUN, {}, httpx.AsyncClient(), lambda: MOMENT)


def test_a_template_without_variables_needs_no_number() -> None:
    template = SmsTemplate("SMS_3", "惠民超市", ())

    assert ALIYUN.call("+8613800001234", template, {}, OUTBOX, MOMENT).url.endswith("TemplateParam=%7B%7D")


def test_every_code_names_its_source() -> None:
    rows = [*ALIYUN_CODES.items(), *TENCENT_CODES.items()]

    assert all(row.source for _, row in rows)
    assert {row.verdict for _, row in rows} == set(Verdict)
    assert Variable.NUMBER.value == "number"
