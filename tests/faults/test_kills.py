"""Every process is killed once in the middle of 500 complaints."""

import asyncio

import pytest

from tests.faults.conftest import IN_FLIGHT, World
from tests.faults.offering import offer_mails, offer_posts
from tests.faults.verdict import settle

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]


async def while_killing(world: World) -> None:
    """400 posts and 100 mails while one process after the other dies."""
    posts = [f"kw{number:04d}" for number in range(400)]
    mails = [f"km{number:04d}" for number in range(100)]

    async def kill_each() -> None:
        for name in world.system.processes:
            await asyncio.sleep(1.5)
            await asyncio.to_thread(world.system.kill, name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(offer_posts(world.system.url, posts, 20, world.offered))
        tasks.create_task(offer_mails(world.smtp_in, world.mailbox, mails, 5, world.offered))
        tasks.create_task(kill_each())


def test_each_process_killed_once_loses_nothing_and_doubles_nothing(world: World) -> None:
    asyncio.run(while_killing(world))

    world.system.wait_ready()
    wrong = settle(world, 240, IN_FLIGHT)

    assert not wrong, wrong[:20]
