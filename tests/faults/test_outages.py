"""Kafka, PostgreSQL, the mailbox and the SMTP server go away under load and come back."""

import asyncio
import os
from collections.abc import Callable

import pytest

from deploy.local import Part
from tests.faults.conftest import IN_FLIGHT, World
from tests.faults.offering import offer_mails, offer_posts
from tests.faults.verdict import settle

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]

OUTAGE_S = float(os.environ.get("INTAKE_TEST_OUTAGE_S", "8"))
LEAD_S = 2.0


def switches(world: World, part: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """How this part is taken away and brought back."""
    if part in tuple(Part):
        return lambda: world.platform.stop(Part(part)), lambda: world.platform.start(Part(part))
    if part == "imap":
        return world.relay.cut, world.relay.restore
    return world.sink.stop, world.sink.start


async def under_load(world: World, part: str) -> None:
    """Ten posts and two mails a second; the part is away in the middle."""
    away, back = switches(world, part)
    seconds = LEAD_S * 2 + OUTAGE_S
    posts = [f"{part}w{number:04d}" for number in range(int(seconds * 10))]
    mails = [f"{part}m{number:04d}" for number in range(int(seconds * 2))]

    async def outage() -> None:
        await asyncio.sleep(LEAD_S)
        await asyncio.to_thread(away)
        await asyncio.sleep(OUTAGE_S)
        await asyncio.to_thread(back)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(offer_posts(world.system.url, posts, 10, world.offered))
        tasks.create_task(offer_mails(world.smtp_in, world.mailbox, mails, 2, world.offered))
        tasks.create_task(outage())


@pytest.mark.parametrize("part", ["kafka", "database", "imap", "smtp"])
def test_an_outage_under_load_heals_with_nothing_missing_and_nothing_twice(world: World, part: str) -> None:
    asyncio.run(under_load(world, part))

    wrong = settle(world, 180, IN_FLIGHT if part == "smtp" else 0)

    assert not wrong, wrong[:20]
