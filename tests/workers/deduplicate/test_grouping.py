"""Whatever dies, comes again or comes in another order: moves are repeated to the letter, groups stay the same."""

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Sender, Stated
from tests.workers.deduplicate.pieces import STAGE
from tests.workers.deduplicate.test_relinking import about, relinked
from tests.workers.pieces import NOON, complaint, rows
from workers.runtime.driver import incoming, run_batch
from workers.runtime.failures import Contended

pytestmark = pytest.mark.services
CHANNELS = ("web", "phone", "wechat")
_TRIES = 20


def related(people: int) -> list[Complaint]:
    """Per person: one incident told over three channels with its order number, minutes apart."""
    return [
        complaint(
            channel=channel,
            text=f"订单A00000{person:03}的货坏了，{channel}再说一遍",
            sender=Sender(phones=(f"1390000{person:04}",)),
            stated=Stated(order_no=f"A00000{person:03}"),
            received_at=NOON + timedelta(minutes=10 * person + number),
        )
        for person in range(people)
        for number, channel in enumerate(CHANNELS)
    ]


async def settled(engine: AsyncEngine, items: list[Any]) -> list[Any]:
    """Decide a batch as the loop does: again after it was in somebody's way."""
    for _ in range(_TRIES):
        try:
            return await run_batch(STAGE, engine, items)
        except Contended:
            continue
    raise AssertionError("in each other's way for ever")


async def groups(engine: AsyncEngine) -> set[frozenset[Any]]:
    """The complaints of each case."""
    found: dict[Any, set[Any]] = {}
    for case, member in await rows(engine, "SELECT case_id, complaint_id FROM case_members"):
        found.setdefault(case, set()).add(member)
    return {frozenset(members) for members in found.values()}


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_dense_stream_is_grouped_alike_whatever_the_order_and_however_many_work(
    engine: AsyncEngine, seed: int
) -> None:
    told = related(12)
    expected = {
        frozenset(one.complaint_id for one in told[start : start + len(CHANNELS)])
        for start in range(0, len(told), len(CHANNELS))
    }
    random.Random(seed).shuffle(told)
    items = [incoming(one, number, partition=number % 4) for number, one in enumerate(told)]

    await asyncio.gather(*(settled(engine, items[part::4]) for part in range(4)))

    assert await groups(engine) == expected


async def test_a_batch_with_moves_is_replayed_to_the_letter_and_comes_again_as_nothing(engine: AsyncEngine) -> None:
    one, two, three = about(1), about(2), about(3)
    there = relinked(three, one.complaint_id)
    stream = [one, two, three, there, relinked(there, two.complaint_id, after=timedelta(minutes=2))]
    items = [incoming(record, number) for number, record in enumerate(stream)]

    first = await settled(engine, items)
    places = await rows(engine, "SELECT * FROM case_members ORDER BY complaint_id")
    again = [incoming(record, 100 + number) for number, record in enumerate(stream)]

    assert await settled(engine, items) == first
    assert await settled(engine, again) == []
    assert await rows(engine, "SELECT * FROM case_members ORDER BY complaint_id") == places


async def test_a_batch_that_dies_before_its_moves_are_committed_leaves_everything_where_it_was(
    engine: AsyncEngine,
) -> None:
    one, two = about(1), about(2)
    await settled(engine, [incoming(one, 0), incoming(two, 1)])
    before = await groups(engine)
    moved = incoming(relinked(two, one.complaint_id), 2)

    async with engine.connect() as connection:
        await connection.begin()
        await STAGE.decide(connection, [moved])
        await connection.rollback()
    died = await groups(engine)
    await settled(engine, [moved])

    assert died == before
    assert await groups(engine) == {frozenset((one.complaint_id, two.complaint_id))}
