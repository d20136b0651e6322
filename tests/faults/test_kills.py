"""Every part dies at every named place, some at any moment, one freezes: nothing is missing, nothing is there twice."""

import asyncio
import os
import secrets
from random import Random

import pytest

from tests import scale
from tests.faults import deaths
from tests.faults.conftest import World
from tests.faults.offering import offer_while
from tests.faults.torn import tear_a_round
from tests.faults.verdict import reconciled, settle, unknown

pytestmark = [pytest.mark.services, pytest.mark.timeout(scale.of(600, 3600))]

COMPLAINTS = scale.of(100, 2_000)
PER_SECOND = scale.of(3, 5)
RANDOM_DEATHS = scale.of(2, 30)
FROZEN = scale.of(("route",), ("deduplicate", "classify", "route", "acknowledge"))


async def while_dying(world: World, chance: Random) -> None:
    """Posts and mails while one fault follows the other."""
    over = asyncio.Event()

    async def faults() -> None:
        if scale.LARGE:
            await deaths.told("a torn round", tear_a_round(world))
        plan = deaths.planned(every_place=scale.LARGE)
        await deaths.told("everybody at the named places", deaths.at_their_places(world, plan))
        await deaths.told("the broker", deaths.of_the_broker(world))
        for stage in FROZEN:
            await deaths.told(f"{stage} frozen", deaths.frozen_before_its_commit(world, stage))
        await deaths.told(f"{RANDOM_DEATHS} at random", deaths.at_random(world, RANDOM_DEATHS, chance))
        over.set()

    def go_on(number: int) -> bool:
        return number < COMPLAINTS or not over.is_set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            offer_while(world.system.url, world.smtp_in, world.mailbox, "k", PER_SECOND, world.offered, go_on)
        )
        tasks.create_task(faults())


def test_sudden_deaths_everywhere_lose_nothing_and_double_nothing(world: World) -> None:
    seed = int(os.environ.get("INTAKE_TEST_SEED", secrets.randbelow(1_000_000)))
    print(f"INTAKE_TEST_SEED={seed}")
    asyncio.run(while_dying(world, Random(seed)))

    told_of = f"{len(world.offered.posted)} posts, {len(world.offered.mailed)} mails"
    wrong = settle(world, scale.of(180, 600))

    kills = {name: process.kills for name, process in world.system.processes.items()}
    print(f"{told_of}; unknown {len(unknown(world.witness))} of {world.unknown_at_most} allowed; deaths {kills}")
    assert not wrong, wrong[:20]
    assert not reconciled(world)
