"""Kafka, PostgreSQL, the mailbox and the SMTP server go away under load and come back."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from deploy.local import Part
from tests import scale
from tests.faults.broker import Group, open_transactions
from tests.faults.conftest import IN_FLIGHT, World
from tests.faults.offering import offer_in_turn, offer_while
from tests.faults.verdict import out_of_turn, reconciled, settle
from tests.waiting import until
from workers.pipeline import PIPELINE

pytestmark = [pytest.mark.services, pytest.mark.timeout(scale.of(600, 3600))]

LEAD_S = scale.of(1.0, 5.0)
ANSWERED_WITHIN_S = 4.0
WITHIN_S = 240.0
TRANSACTION_S = 5
"""Longer than any transaction that does not wait for something."""


async def meanwhile(
    offering: Callable[[Callable[[], bool]], Coroutine[Any, Any, None]], fault: Coroutine[Any, Any, None]
) -> None:
    """Offer before, during and after the fault."""
    over = asyncio.Event()

    async def lead_and_fault() -> None:
        await asyncio.sleep(LEAD_S)
        await fault
        await asyncio.sleep(LEAD_S)
        over.set()

    async with asyncio.TaskGroup() as both:
        both.create_task(offering(lambda: not over.is_set()))
        both.create_task(lead_and_fault())


def anything(world: World, name: str, per_second: float) -> Callable[[Callable[[], bool]], Coroutine[Any, Any, None]]:
    """Posts and mails at a steady rate."""

    def offering(go_on: Callable[[], bool]) -> Coroutine[Any, Any, None]:
        own = (world.system.url, world.smtp_in, world.mailbox, name, per_second, world.offered)
        return offer_while(*own, lambda number: go_on())

    return offering


async def kafka_away(world: World, seconds: float) -> None:
    """Stop the broker for a while; a gateway dies in the middle of it, and again while it drains its spool."""
    gateway, draining = world.system.of("gateway"), "gateway.draining"
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:+.1f} s: {what}", flush=True)

    tell("Kafka is stopped")
    await asyncio.to_thread(world.platform.stop, Part.KAFKA)
    await asyncio.sleep(seconds / 2)
    tell("the gateway is killed")
    await asyncio.to_thread(world.system.kill, gateway.name, f"{draining}=kill")
    await asyncio.sleep(seconds / 2)
    tell("Kafka is started")
    await asyncio.to_thread(world.platform.start, Part.KAFKA)
    await until(lambda: gateway.died_at(draining), WITHIN_S, 0.05)
    tell("the gateway has died while draining")
    gateway.start()
    await asyncio.to_thread(world.system.wait_ready, WITHIN_S)
    tell("everybody is ready")
    world.outage_began = began


@pytest.mark.parametrize("gateways", scale.of((2,), (1, 2)))
def test_while_kafka_is_away_every_post_is_answered_and_kept_in_its_order(world: World, gateways: int) -> None:
    others = [world.system.gateway(f"gateway {number}") for number in range(2, gateways + 1)]
    for one in others:
        one.start()
    world.system.wait_ready()
    urls = [world.system.url, *(one.health for one in others)]
    name, rate = f"kafka{gateways}", scale.of(12, 50)
    world.offered.waits.clear()
    asyncio.run(
        meanwhile(
            lambda go_on: offer_in_turn(urls, name, rate, world.offered, go_on),
            kafka_away(world, scale.of(6.0, 60.0)),
        )
    )
    for one in others:
        world.system.remove(one.name)

    wrong = settle(world, scale.of(120, 600))

    slowest = sorted((wait, at - world.outage_began) for at, wait in world.offered.waits)[-15:]
    print("slowest posts:", ", ".join(f"{wait:.2f} s at {at:+.1f} s" for wait, at in reversed(slowest)), flush=True)
    assert not wrong, wrong[:20]
    assert not out_of_turn(world.offered, world.witness)
    assert not reconciled(world)
    assert slowest[-1][0] < scale.of(30.0, ANSWERED_WITHIN_S)


def groups(world: World) -> dict[str, Group]:
    """Who is in the group of each stage; empty while one of them changes."""
    world.broker.connect()
    found = {stage.name: world.broker.group(stage.name) for stage in PIPELINE}
    return found if all(group.stable and group.held for group in found.values()) else {}


async def database_away(world: World, seconds: float) -> None:
    """Stop PostgreSQL for a while; nobody holds a transaction of Kafka open for it."""
    await asyncio.to_thread(world.platform.stop, Part.DATABASE)
    for _ in range(looks := max(1, int(seconds // 30))):
        await asyncio.sleep(seconds / looks)
        waiting = await asyncio.to_thread(open_transactions, world.platform, world.bootstrap, TRANSACTION_S * 1000)
        assert not waiting, waiting
    await asyncio.to_thread(world.platform.start, Part.DATABASE)


def test_while_postgresql_is_away_every_worker_keeps_its_place(world: World) -> None:
    world.system.wait_ready()
    before = asyncio.run(until(lambda: groups(world), WITHIN_S, 0.1))
    asyncio.run(meanwhile(anything(world, "db", scale.of(8, 12)), database_away(world, scale.of(6.0, 300.0))))

    wrong = settle(world, scale.of(120, 900))

    assert not wrong, wrong[:20]
    assert groups(world) == before


@pytest.mark.parametrize("part", ["imap", "smtp"])
def test_a_mail_server_that_was_away_is_caught_up_with(world: World, part: str) -> None:
    away, back = (world.relay.cut, world.relay.restore) if part == "imap" else (world.sink.stop, world.sink.start)

    async def fault() -> None:
        await asyncio.to_thread(away)
        await asyncio.sleep(scale.of(3.0, 30.0))
        await asyncio.to_thread(back)

    asyncio.run(meanwhile(anything(world, part, scale.of(10, 12)), fault()))

    wrong = settle(world, scale.of(120, 600), IN_FLIGHT if part == "smtp" else 0)

    assert not wrong, wrong[:20]
