"""Each way a call can end has its verdict; nothing is sent twice, and no retry storm follows a refused token."""

import asyncio
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client import REGISTRY

from connectors.contract import Outgoing, Sent
from connectors.wechat.errors import CODES, UNKNOWN, Verdict, code
from connectors.wechat.reply import CUSTOMER_SERVICE, TEMPLATE
from schemas.errors import ChannelUnavailable, OutcomeUnknown, RecipientRefused, ReplyRefused
from tests.connectors.wechat.deliveries import NOW, OPENID
from tests.connectors.wechat.vendor import SECRET, Answer, Vendor

OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
NUMBER = "MSEY-7R0P-KQGB-E"


def outgoing(text: str = f"您的投诉已收到，编号{NUMBER}。", account: str = "main") -> Outgoing:
    return Outgoing(UUID(int=1), "wechat", account, OPENID, None, text, "zh-Hans", NOW)


def alarms() -> float:
    return REGISTRY.get_sample_value("intake_wechat_refused_total", {"account": "main"}) or 0


class Mark:
    """Counts how often the point of no return was passed, and how many calls had been made by then."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor
        self.passed: list[int] = []

    async def __call__(self) -> None:
        self.passed.append(len(self._vendor.paths()))


async def send(vendor: Vendor, message: Outgoing | None = None, template: bool = True) -> Sent:
    """Send, and check that the point of no return was passed at most once, before any call."""
    mark = Mark(vendor)
    try:
        return await vendor.reply(template).send(message or outgoing(), mark)
    finally:
        assert mark.passed == [0] or (mark.passed == [] and vendor.paths() == [])


async def test_a_message_goes_out_as_a_customer_service_text() -> None:
    vendor = Vendor([OK])

    sent = await send(vendor)

    assert sent == Sent(None, "customer-service message")
    assert vendor.paths() == [CUSTOMER_SERVICE]
    assert vendor.bodies() == [{"touser": OPENID, "msgtype": "text", "text": {"content": outgoing().text}}]
    assert vendor.used() == ["access-token-1"]
    assert "编号".encode() in vendor.asked[-1].content


@pytest.mark.parametrize("number", [45015, 45047, 45009])
async def test_outside_the_window_a_template_message_goes_out(number: int) -> None:
    vendor = Vendor([{"errcode": number}, OK | {"msgid": 200163836}])

    sent = await send(vendor)

    assert sent == Sent("200163836", "template message")
    assert vendor.paths() == [CUSTOMER_SERVICE, TEMPLATE]
    body = vendor.bodies()[1]
    assert (body["touser"], body["template_id"]) == (OPENID, "T1")
    assert body["data"]["character_string1"] == {"value": NUMBER}


async def test_a_template_field_has_twenty_characters_on_one_line() -> None:
    vendor = Vendor([{"errcode": 45015}, OK])

    await send(vendor)

    value = vendor.bodies()[1]["data"]["phrase2"]["value"]
    assert len(value) == 20
    assert "\n" not in value


@pytest.mark.parametrize(
    ("template", "text"), [(False, outgoing().text), (True, "no number"), (True, "MSEY-7R0P-KQGB-0")]
)
async def test_without_a_template_to_fill_a_closed_window_is_a_refusal(template: bool, text: str) -> None:
    vendor = Vendor([{"errcode": 45015}])

    with pytest.raises(ReplyRefused):
        await send(vendor, outgoing(text), template)
    assert vendor.paths() == [CUSTOMER_SERVICE]


@pytest.mark.parametrize("number", [*sorted(CODES), 99999])
async def test_every_code_has_a_definite_verdict(number: int) -> None:
    verdict = code(number).verdict
    final = {Verdict.PERMANENT, Verdict.BLOCKED, Verdict.WINDOW_CLOSED}

    with pytest.raises(ReplyRefused if verdict in final else ChannelUnavailable):
        await send(Vendor([{"errcode": number}]))


@pytest.mark.parametrize("before", [[], [{"errcode": 45015}]], ids=["customer-service", "template"])
@pytest.mark.parametrize("number", [*sorted(CODES), 99999])
async def test_only_who_blocked_us_or_left_is_refused_for_good(number: int, before: list[Answer]) -> None:
    with pytest.raises((ReplyRefused, ChannelUnavailable)) as refused:
        await send(Vendor([*before, {"errcode": number}]), template=bool(before))

    assert isinstance(refused.value, RecipientRefused) is (code(number).verdict is Verdict.BLOCKED)


def test_every_code_says_where_it_is_written() -> None:
    assert all(one.source and one.meaning for one in (*CODES.values(), UNKNOWN))


@pytest.mark.parametrize("number", [40001, 40014, 42001])
async def test_a_refused_token_is_renewed_once(number: int) -> None:
    vendor = Vendor([{"errcode": number}, OK])

    await send(vendor)

    assert vendor.used() == ["access-token-1", "access-token-2"]


async def test_a_token_refused_for_ever_makes_two_calls_and_an_alarm() -> None:
    vendor = Vendor([{"errcode": 40001}])
    reply, mark = vendor.reply(), Mark(vendor)
    before = alarms()

    for _ in range(10):
        with pytest.raises(ChannelUnavailable):
            await reply.send(outgoing(), mark)

    assert len(vendor.paths()) == 2
    assert vendor.token_calls() == 2
    assert alarms() == before + 1


async def test_a_token_refused_for_ever_makes_two_calls_however_many_messages_wait_at_once() -> None:
    vendor = Vendor([{"errcode": 40001}])
    reply, mark = vendor.reply(), Mark(vendor)
    before = alarms()

    found = await asyncio.gather(*(reply.send(outgoing(), mark) for _ in range(50)), return_exceptions=True)

    assert {type(one) for one in found} == {ChannelUnavailable}
    assert (len(vendor.paths()), vendor.token_calls(), alarms()) == (2, 2, before + 1)


async def test_after_the_pause_one_call_finds_out_whether_the_account_was_mended() -> None:
    vendor = Vendor([{"errcode": 40001}])
    reply, mark = vendor.reply(), Mark(vendor)
    for _ in range(2):
        for _ in range(10):
            with pytest.raises(ChannelUnavailable):
                await reply.send(outgoing(), mark)
        vendor.pass_time(timedelta(minutes=5))
    assert len(vendor.paths()) == 3

    vendor.answers = [OK]
    assert [await reply.send(outgoing(), mark) for _ in range(2)] == [Sent(None, "customer-service message")] * 2


async def test_messages_in_flight_under_a_token_that_dies_renew_it_together() -> None:
    vendor = Vendor([OK])
    reply, mark = vendor.reply(), Mark(vendor)
    await reply.send(outgoing(), mark)

    vendor.answers = [OK, *[{"errcode": 42001}] * 10, OK]
    await asyncio.gather(*(reply.send(outgoing(), mark) for _ in range(10)))

    assert vendor.token_calls() == 2
    assert sorted(vendor.used()[1:]) == ["access-token-1"] * 10 + ["access-token-2"] * 10


async def test_the_template_message_uses_the_renewed_token() -> None:
    vendor = Vendor([{"errcode": 40001}, {"errcode": 45015}, OK])

    await send(vendor)

    assert vendor.used() == ["access-token-1", "access-token-2", "access-token-2"]


@pytest.mark.parametrize("failure", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")])
async def test_what_never_reached_the_vendor_may_be_tried_again(failure: Exception) -> None:
    with pytest.raises(ChannelUnavailable):
        await send(Vendor([failure]))


@pytest.mark.parametrize("answer", [
    httpx.ReadTimeout("x"), httpx.WriteTimeout("x"), httpx.ReadError("x"), httpx.RemoteProtocolError("x"),
    httpx.Response(502), httpx.Response(500, json=OK), httpx.Response(200, content=b""),
    httpx.Response(200, content=b"<html>"), httpx.Response(200, json=[]), httpx.Response(200, json={"errcode": "0"}),
    httpx.Response(302), httpx.Response(200, content=b"[" * 100_000),
])  # fmt: skip
async def test_without_a_clear_answer_nobody_knows_and_nothing_is_repeated(answer: Answer) -> None:
    vendor = Vendor([answer])

    with pytest.raises(OutcomeUnknown):
        await send(vendor)
    assert len(vendor.paths()) == 1


async def test_a_lost_answer_to_the_template_message_is_unknown() -> None:
    with pytest.raises(OutcomeUnknown):
        await send(Vendor([{"errcode": 45015}, httpx.ReadTimeout("x")]))


async def test_without_a_token_nothing_irrevocable_happens() -> None:
    vendor = Vendor(token=lambda _: httpx.ConnectError("x"))

    with pytest.raises(ChannelUnavailable):
        await send(vendor)
    assert vendor.paths() == []


async def test_a_lost_lease_stops_the_message() -> None:
    vendor = Vendor()

    async def lost() -> None:
        raise ChannelUnavailable("somebody else has it")

    with pytest.raises(ChannelUnavailable):
        await vendor.reply().send(outgoing(), lost)
    assert vendor.paths() == []


async def test_an_account_that_is_not_set_up_waits() -> None:
    with pytest.raises(ChannelUnavailable):
        await send(Vendor(), outgoing(account="other"))


async def test_past_its_time_before_it_had_begun_a_message_may_be_tried_again() -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    vendor = Vendor()
    with pytest.raises(ChannelUnavailable):
        await vendor.reply(timeout=timedelta(0)).send(outgoing(), never)
    assert vendor.paths() == []


async def test_past_its_time_after_it_had_begun_nobody_knows() -> None:
    with pytest.raises(OutcomeUnknown):
        await send(Vendor([TimeoutError()]))


async def test_no_secret_and_no_person_reaches_a_log_or_a_refusal(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    refusals = []
    for answer in ({"errcode": 40001}, {"errcode": 50002, "errmsg": OPENID}, httpx.ReadTimeout(OPENID), OK):
        try:
            await send(Vendor([answer]))
        except (ChannelUnavailable, ReplyRefused, OutcomeUnknown) as error:
            refusals.append(str(error))

    out, err = capfd.readouterr()
    told = caplog.text + out + err + "".join(refusals)
    assert len(refusals) == 3
    assert not any(hidden in told for hidden in (SECRET, "access-token", OPENID, NUMBER))
