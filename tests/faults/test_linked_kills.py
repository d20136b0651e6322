"""Linking while parts die: related complaints find each other as if nothing had died, however close they come."""

import asyncio
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import httpx
import psycopg
import pytest

from tests import scale
from tests.faults import deaths
from tests.faults.conftest import PARTNER_TOKEN, World
from tests.faults.linked import grouped_differently, judged_differently, linked, together, undisturbed
from tests.faults.offering import customers, hand_in
from tests.faults.stories import ALL, BY_IDENTIFIERS, Letter, Story, stories
from tests.faults.verdict import reconciled, settle
from tests.waiting import until

pytestmark = [pytest.mark.services, pytest.mark.timeout(scale.of(600, 3600))]

DENSE_STORIES = scale.of(24, 600)
BURST = scale.of(4, 12)
"""Stories of which all letters are posted in the same instant."""
BURST_EVERY_S = 4.0
LANES = scale.of(3, 8)
"""Spaced stories that are told side by side."""
RANDOM_DEATHS = scale.of(2, 30)
WITHIN_S = scale.of(120.0, 600.0)
SECOND = "second deduplicate"
DIE_AT: deaths.Deaths = {
    "gateway": ["gateway.kafka-acked"],
    "deduplicate": ["stage.decided/deduplicate", "stage.before-end-txn/deduplicate"],
    SECOND: ["stage.produced/deduplicate", "stage.after-end-txn/deduplicate"],
    "route": ["stage.produced/route"],
    "additions": ["stage.offsets-sent/additions"],
}
EVERYWHERE: deaths.Deaths = {
    name: [f"{place}/{name.split()[-1]}" for place in deaths.OF_A_STAGE]
    for name in ("deduplicate", SECOND, "route", "additions")
}
_HAS_ITS_CASE = "SELECT 1 FROM case_members WHERE complaint_id = %s"


@dataclass
class Told:
    """The complaint ids of each story, as they were accepted."""

    dense: list[list[str]] = field(default_factory=list)
    spaced: list[list[str]] = field(default_factory=list)

    def ids(self) -> set[str]:
        """All of them."""
        return {one for story in (*self.dense, *self.spaced) for one in story}


@contextmanager
def two_that_link(world: World) -> Iterator[None]:
    """Let a second process link beside the first: only then can two decide about one incident at once."""
    world.system.worker(SECOND, "deduplicate").start()
    world.system.wait_ready()
    yield
    world.system.remove(SECOND)


async def send(world: World, client: httpx.AsyncClient, letter: Letter) -> str:
    """Post a letter as the partner, until it is accepted; return its complaint_id."""
    headers = {"Idempotency-Key": letter.token, "Authorization": f"Bearer {PARTNER_TOKEN}"}
    return await hand_in(client, world.system.url, headers, {"json": letter.body()}, letter.address, world.offered)


async def tell_at_once(world: World, told: Told, chance: Random, go_on: Callable[[int], bool]) -> None:
    """Post bursts of whole stories, their letters in any order at the same instant."""
    source, number = stories(f"d{chance.randrange(10_000)}n", BY_IDENTIFIERS), 0
    async with customers() as client, asyncio.TaskGroup() as bursts:
        while go_on(number):
            for _ in range(BURST):
                bursts.create_task(_at_once(world, client, next(source), told, chance))
                number += 1
            await asyncio.sleep(BURST_EVERY_S)


async def _at_once(world: World, client: httpx.AsyncClient, story: Story, told: Told, chance: Random) -> None:
    letters = chance.sample(story, len(story))
    told.dense.append(list(await asyncio.gather(*(send(world, client, one) for one in letters))))


async def tell_apart(world: World, told: Told, chance: Random, go_on: Callable[[], bool]) -> None:
    """Post stories letter by letter: the next only when the one before has its case."""
    source = stories(f"s{chance.randrange(10_000)}n", ALL)
    async with (
        customers() as client,
        await psycopg.AsyncConnection.connect(world.database_url, autocommit=True) as connection,
        asyncio.TaskGroup() as lanes,
    ):

        async def has_its_case(complaint_id: str) -> bool:
            return await (await connection.execute(_HAS_ITS_CASE, [complaint_id])).fetchone() is not None

        async def lane() -> None:
            while go_on():
                ids: list[str] = []
                for letter in next(source):
                    ids.append(one := await send(world, client, letter))
                    await until(lambda one=one: has_its_case(one), WITHIN_S, 0.1)  # type: ignore[misc]
                told.spaced.append(ids)

        for _ in range(LANES):
            lanes.create_task(lane())


async def while_dying(world: World, told: Told, chance: Random) -> None:
    """Both ways of telling while one death follows the other."""
    over = asyncio.Event()

    async def faults() -> None:
        plan = DIE_AT | EVERYWHERE if scale.LARGE else DIE_AT
        await deaths.told("at named places", deaths.at_their_places(world, plan, broker_next=False))
        await deaths.told(f"{RANDOM_DEATHS} at random", deaths.at_random(world, RANDOM_DEATHS, chance, [*DIE_AT]))
        over.set()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tell_at_once(world, told, chance, lambda number: number < DENSE_STORIES or not over.is_set()))
        tasks.create_task(tell_apart(world, told, chance, lambda: not over.is_set()))
        tasks.create_task(faults())


def test_related_complaints_are_linked_while_parts_die_as_if_nothing_had_died(world: World) -> None:
    seed = int(os.environ.get("INTAKE_TEST_SEED", secrets.randbelow(1_000_000)))
    told, began = Told(), time.monotonic()
    print(f"INTAKE_TEST_SEED={seed}")
    with two_that_link(world):
        before = {name: process.kills for name, process in world.system.processes.items()}
        asyncio.run(while_dying(world, told, Random(seed)))
        wrong = settle(world, scale.of(90, 600))
        died = {name: process.kills - before[name] for name, process in world.system.processes.items()}
    decided = linked(world.witness, told.ids())
    alone = undisturbed(world.database_url, decided)

    spaced = [one for story in told.spaced for one in story]
    verdicts = Counter(alone[one].link.verdict.value for one in spaced)
    in_one_case = together(told.dense, alone)
    print(
        f"{len(alone)} complaints, deaths {died}; dense: {in_one_case.total()} pairs in {len(told.dense)} stories, "
        f"{in_one_case[True]} together; spaced: {len(spaced)} in {len(told.spaced)} stories, {dict(verdicts)}; "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    assert not wrong, wrong[:20]
    assert alone.keys() == told.ids()
    assert in_one_case[True] > 0 < in_one_case[False]
    assert {"new", "duplicate", "follow_up", "repeat"} <= verdicts.keys()
    regrouped = grouped_differently(told.dense, decided, alone)
    assert not regrouped, regrouped[:20]
    changed = judged_differently(spaced, decided, alone)
    assert not changed, changed[:20]
    assert not reconciled(world)
