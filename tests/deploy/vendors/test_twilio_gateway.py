"""Twilio's server calls a whole gateway: what it hears, and which records are left of a call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx

from connectors.phone import Phone
from deploy.vendors.server import Push
from deploy.vendors.twilio_calls import Call, Keys, Says
from schemas.additions import Addition
from schemas.records import RawDelivery
from schemas.topics import ADDITIONS, DELIVERIES_RAW, SIGNALS
from tests.connectors.phone.twilio.callbacks import CALLER
from tests.connectors.phone.twilio.vendor import World
from tests.gateway.http import Gateway, gateway


@asynccontextmanager
async def called(tmp_path: Path) -> AsyncIterator[tuple[Gateway, World]]:
    """A gateway with a Twilio account, and the vendor that calls it."""
    world = World()
    async with gateway(tmp_path) as of:
        of.parts.hooks = {"phone": Phone([world.twilio])}
        yield of, world


async def send(of: Gateway, push: Push) -> httpx.Response:
    """Make one call of the vendor."""
    return await of.client.request(push.method, push.path, content=push.body, headers=push.headers)


async def test_a_call_from_its_first_word_to_its_end_is_one_complaint_with_what_was_said(tmp_path: Path) -> None:
    async with called(tmp_path) as (of, world):
        call = Call(world.vendor, CALLER, [Keys("2"), Keys("1"), Keys("1"), Says("The milk was off")])
        following: Push | None = call.begin()
        while following is not None:
            heard = await send(of, following)
            assert (heard.status_code, heard.headers["content-type"]) == (200, "text/xml")
            following = call.follow(heard.content)
        for push in call.later:
            await send(of, push)
        added = [Addition.model_validate_json(one.value) for one in of.log.on(ADDITIONS.name)]
        raw = [RawDelivery.model_validate_json(one.value) for one in of.log.on(DELIVERIES_RAW.name)]

    [complaint] = {one.complaint_id for one in of.complaints()}
    assert {one.complaint_id for one in added} == {complaint}
    assert [one.text for one in added if one.text] == ["The milk was off"]
    assert len({one.delivery_id for one in raw}) == len(raw), "two callbacks became one delivery"


async def test_a_message_twice_is_one_complaint_and_an_opt_out_is_none(tmp_path: Path) -> None:
    async with called(tmp_path) as (of, world):
        push = world.vendor.sms(CALLER, "off")
        answers = [await send(of, one) for one in (push, push, world.vendor.sms(CALLER, "STOP"))]
        signals = of.log.on(SIGNALS.name)

    assert all(one.status_code == 200 and one.content.endswith(b"<Response />") for one in answers)
    assert len({one.complaint_id for one in of.complaints()}) == 1
    assert len(signals) == 1
    assert CALLER.encode() not in signals[0].value


async def test_another_body_under_a_signature_is_refused_also_where_both_would_verify(tmp_path: Path) -> None:
    async with called(tmp_path) as (of, world):
        push = world.vendor.sms(CALLER, "off")
        first = await send(of, push)
        regrouped = await send(of, replace(push, body=push.body.replace(b"Body=", b"Bod=y")))
        unsigned = await send(of, replace(push, headers=push.headers | {"X-Twilio-Signature": "no"}))

    assert (first.status_code, regrouped.status_code, unsigned.status_code) == (200, 401, 401)
    assert len(of.complaints()) == 1


async def test_an_account_that_is_off_is_answered_like_none_at_all(tmp_path: Path) -> None:
    async with called(tmp_path) as (of, world):
        off = World(changes={"export_path": None})
        of.parts.hooks = {"phone": Phone([off.twilio])}
        answer = await send(of, world.vendor.sms(CALLER, "off"))

    assert answer.status_code == 404
    assert of.log.messages == []
