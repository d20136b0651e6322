"""Sending through the Messages API: each way a call can end has its verdict, and a lost answer is looked up."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from connectors.contract import Fate, LooksUp, Outgoing
from connectors.phone.twilio.codes import CODES
from connectors.phone.twilio.reply import TwilioReply
from deploy.vendors.server import Faults
from schemas.errors import ChannelUnavailable, OutcomeUnknown, RecipientRefused, ReplyRefused
from tests.connectors.conformance.said import everything_said
from tests.connectors.phone.twilio.callbacks import CALLER, MOMENT
from tests.connectors.phone.twilio.vendor import ACCOUNT, World

MESSAGE = Outgoing(
    outbox_id=UUID(int=7),
    channel="phone",
    account=ACCOUNT,
    address=CALLER,
    subject=None,
    text="We have your complaint 7X2K-9M4Q-3V8T-D.",
    language="en",
    created_at=MOMENT,
)


def reply(world: World) -> TwilioReply:
    return TwilioReply(world.accounts, world.client, world.now)


def answering(world: World, handler: Callable[[httpx.Request], httpx.Response]) -> TwilioReply:
    return TwilioReply(world.accounts, httpx.AsyncClient(transport=httpx.MockTransport(handler)), world.now)


async def send(sender: TwilioReply, message: Outgoing = MESSAGE) -> str | None:
    """Send; returns the vendor's id. What cannot be taken back must be announced first."""
    announced = []

    async def announce() -> None:
        announced.append(True)

    sent = await sender.send(message, announce)
    assert announced == [True]
    return sent.vendor_id


async def test_a_message_arrives_and_its_report_names_it() -> None:
    world = World()
    sid = await send(reply(world))

    [delivered] = world.vendor.delivered
    assert (delivered.to, delivered.text, delivered.vendor_id) == (CALLER, MESSAGE.text, sid)
    [report] = world.read(world.vendor.report(sid or "", "delivered"))
    assert getattr(report, "vendor_id", None) == sid


async def test_who_wrote_by_another_messenger_is_answered_from_our_number_there() -> None:
    asked: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(201, json={"sid": "SM1", "error_code": None})

    world = World(changes={"numbers": ("+85230001234", "whatsapp:+85230009999")})
    await send(answering(world, take), replace(MESSAGE, address=f"whatsapp:{CALLER}"))

    form = httpx.QueryParams(asked[0].content.decode())
    assert form["From"] == "whatsapp:+85230009999"
    assert form["StatusCallback"] == f"{world.customer.base}/webhooks/phone/{ACCOUNT}/status"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"export_path": None}, MESSAGE),
        ({"enabled": False}, MESSAGE),
        ({"numbers": ()}, MESSAGE),
        ({}, replace(MESSAGE, account="another")),
        ({}, replace(MESSAGE, address="anonymous")),
        ({}, replace(MESSAGE, address=f"whatsapp:{CALLER}")),
    ],
)
async def test_what_can_never_be_sent_is_refused_before_anything_happens(
    changes: dict[str, object], message: Outgoing
) -> None:
    world = World(changes=changes)

    with pytest.raises(ReplyRefused):
        await send(reply(world), message)
    assert world.vendor.delivered == []


async def test_an_account_without_export_path_says_what_to_do() -> None:
    with pytest.raises(ReplyRefused, match="EXPORT_PATH"):
        await send(reply(World(changes={"export_path": " "})))


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (429, {"code": 20429}, ChannelUnavailable),
        (429, None, ChannelUnavailable),
        (400, {"code": 21211}, ReplyRefused),
        (400, {"code": 21408}, ReplyRefused),
        (400, {"code": 21610}, ReplyRefused),
        (400, {"code": 21614}, ReplyRefused),
        (400, {"code": 30005}, ReplyRefused),
        (201, {"sid": "SM1", "error_code": 30006}, ReplyRefused),
        (400, {"code": 99999}, ReplyRefused),
        (400, None, ReplyRefused),
        (400, {"code": 21606}, ChannelUnavailable),
        (401, {"code": 20003}, ChannelUnavailable),
        (403, None, ChannelUnavailable),
        (500, {"code": 20500}, OutcomeUnknown),
        (503, None, OutcomeUnknown),
        (201, None, OutcomeUnknown),
        (201, {"sid": 7}, OutcomeUnknown),
        (302, None, OutcomeUnknown),
    ],
)
async def test_every_answer_has_its_verdict(status: int, body: object, verdict: type[Exception]) -> None:
    content = b"<html>" if body is None else json.dumps(body).encode()
    sender = answering(World(), lambda _: httpx.Response(status, content=content))

    with everything_said() as said, pytest.raises(verdict) as failed:
        await send(sender)

    assert CALLER not in f"{failed.value}{said}"


@pytest.mark.parametrize("code", sorted(CODES))
async def test_only_who_opted_out_is_refused_for_good(code: int) -> None:
    sender = answering(World(), lambda _: httpx.Response(400, json={"code": code}))

    with pytest.raises((ReplyRefused, ChannelUnavailable)) as refused:
        await send(sender)

    assert isinstance(refused.value, RecipientRefused) is (code == 21610)


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (httpx.ConnectError("no"), ChannelUnavailable),
        (httpx.ConnectTimeout("no"), ChannelUnavailable),
        (httpx.ReadTimeout("no"), OutcomeUnknown),
        (httpx.RemoteProtocolError("no"), OutcomeUnknown),
    ],
)
async def test_only_what_never_reached_the_vendor_is_tried_again(error: Exception, verdict: type[Exception]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(verdict):
        await send(answering(World(), fail))


async def test_a_vendor_that_never_answers_is_given_up() -> None:
    world = World(faults=Faults(slow_s=60), changes={"timeout": 0.05})

    with pytest.raises(OutcomeUnknown):
        await send(reply(world))


async def test_a_lost_answer_is_found_in_the_vendors_list() -> None:
    world = World(faults=Faults(lost=1))
    with pytest.raises(OutcomeUnknown):
        await send(reply(world))
    world.vendor.faults = Faults()

    sender = reply(world)
    assert isinstance(sender, LooksUp)
    assert await sender.look_up(MESSAGE, MOMENT) is Fate.SENT


async def test_what_the_vendor_does_not_list_was_never_sent_once_that_is_settled() -> None:
    world = World(faults=Faults(failed=1))
    with pytest.raises(OutcomeUnknown):
        await send(reply(world))
    world.vendor.faults = Faults()

    at_once = await reply(world).look_up(MESSAGE, MOMENT)
    world.clock.append(MOMENT + timedelta(minutes=3))

    assert at_once is Fate.NOT_KNOWN
    assert await reply(world).look_up(MESSAGE, MOMENT) is Fate.NEVER_SENT


async def test_an_older_message_with_the_same_words_is_not_taken_for_this_one() -> None:
    world = World()
    await send(reply(world))
    world.clock.append(MOMENT + timedelta(hours=2))

    assert await reply(world).look_up(MESSAGE, MOMENT + timedelta(hours=1)) is Fate.NEVER_SENT
    assert await reply(world).look_up(replace(MESSAGE, text="other words"), MOMENT) is Fate.NEVER_SENT


async def test_a_message_that_waits_in_the_queue_is_found() -> None:
    world = World()
    await send(reply(world))
    world.vendor.messages[0]["date_sent"] = None
    world.clock.append(MOMENT + timedelta(hours=3))

    assert await reply(world).look_up(MESSAGE, MOMENT) is Fate.SENT


async def test_a_message_is_found_behind_many_others() -> None:
    world = World()
    await send(reply(world))
    for number in range(450):
        await send(reply(world), replace(MESSAGE, text=f"other {number}"))

    assert await reply(world).look_up(MESSAGE, MOMENT) is Fate.SENT


@pytest.mark.parametrize("faults", [Faults(failed=1), Faults(throttled=1), Faults(lost=1)])
async def test_a_question_nobody_answers_is_asked_again_later(faults: Faults) -> None:
    with pytest.raises(ChannelUnavailable):
        await reply(World(faults=faults)).look_up(MESSAGE, MOMENT)
