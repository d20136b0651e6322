"""Two deduplicate workers at the same instant: opposite orders, two copies, partitions that move. Always one case."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from itertools import count

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.complaint import Complaint, Sender, Stated
from schemas.tables.deduplicate import DEDUPLICATE_LOCKS
from schemas.topics import DEDUPLICATED
from tests import scale
from tests.faults.witness import Witness
from tests.waiting import until
from tests.workers.faults.stages import classify, deduplicate, findings, offer, passed, route
from tests.workers.pieces import complaint, incoming, mail, rows
from tests.workers.runtime.harness import Installation
from tests.workers.runtime.moving import owned, while_moving
from workers.deduplicate import Deduplicate
from workers.deduplicate.stage import Placed
from workers.runtime.decisions import lock
from workers.runtime.stage import Incoming

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

BATCH = 500
OPPOSITE_ROUNDS = scale.of(1, 10)
PAIRS = scale.of(10, 200)
MOVING_SECONDS = scale.of(3, 60)

_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Noting(Deduplicate):
    """Notes how many records it decides at once."""

    batches: list[int]

    @classmethod
    def new(cls) -> "Noting":
        """One with the settings of the tests."""
        plain = deduplicate()
        made = cls(plain.printer, plain.windows)
        made.batches = []
        return made

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Complaint]]) -> Sequence[Placed]:
        self.batches.append(len(items))
        return await Deduplicate.decide(self, connection, items)


@asynccontextmanager
async def two_workers(installation: Installation) -> AsyncIterator[tuple[Noting, Noting]]:
    """Two workers on deduplicate, partitions 0 and 1 at different ones, and the stages after it."""
    stages = Noting.new(), Noting.new()
    async with (
        installation.worker(classify()),
        installation.worker(route()),
        installation.worker(stages[0]) as first,
        installation.worker(stages[1]) as second,
    ):
        await until(lambda: sorted((owned(first), owned(second))) == [1, 2], 60)
        yield stages


async def nobody_waits(engine: AsyncEngine) -> None:
    """No statement waits for a lock, no transaction was left open, and no deadlock had to be broken."""

    async def none() -> bool:
        return await rows(engine, f"{_OTHERS} AND (wait_event_type = 'Lock' OR state LIKE 'idle in%')") == [(0,)]

    await until(none)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert await rows(engine, deadlocks) == [(0,)]


@asynccontextmanager
async def both_held(engine: AsyncEngine, key: str) -> AsyncIterator[None]:
    """Hold the lock of a key until two workers wait for one: they go on at the same instant."""

    async def both() -> bool:
        return await rows(engine, f"{_OTHERS} AND wait_event_type = 'Lock'") == [(2,)]

    async with engine.connect() as holder:
        await lock(holder, DEDUPLICATE_LOCKS, [key])
        yield
        await until(both, 60)


async def decided(witness: Witness, complaints: Collection[Complaint]) -> None:
    """Wait until all have left the stage."""
    await until(lambda: len(witness.of(DEDUPLICATED.name)) >= len(complaints), 60)


def about_orders(orders: Sequence[int]) -> list[Complaint]:
    """One complaint about each order, each of a sender of its own."""
    senders = {order: Sender(emails=(f"{order}@customers.example",)) for order in orders}
    return [complaint(sender=senders[order], stated=Stated(order_no=f"A{order:08}")) for order in orders]


async def test_batches_with_the_same_keys_in_opposite_order_both_finish(
    installation: Installation, witness: Witness, engine: AsyncEngine
) -> None:
    offered: list[Complaint] = []
    async with two_workers(installation) as stages:
        for number in range(OPPOSITE_ROUNDS):
            orders = range(number * BATCH, (number + 1) * BATCH)
            forward, backward = about_orders(orders), about_orders(orders[::-1])
            offered += forward + backward
            shared = set(stages[0].keys(incoming(forward[BATCH // 2]))) & set(
                stages[0].keys(incoming(backward[BATCH // 2 - 1]))
            )
            async with both_held(engine, max(shared)):
                await offer(installation, [*((0, one) for one in forward), *((1, one) for one in backward)])
            await decided(witness, offered)
        await until(lambda: passed(witness, offered), 120)
        await nobody_waits(engine)

    assert findings(witness, offered) == []
    assert [sum(stage.batches) for stage in stages] == [OPPOSITE_ROUNDS * BATCH] * 2
    assert [max(stage.batches) for stage in stages] == [BATCH] * 2


async def test_two_copies_of_one_complaint_at_the_same_instant_are_one_case(
    installation: Installation, witness: Witness, engine: AsyncEngine
) -> None:
    offered: list[Complaint] = []
    async with two_workers(installation):
        for number in range(PAIRS):
            sender = f"{number}@customers.example"
            copies = [mail(f"{number}@x", sender, account=account) for account in ("support", "complaints")]
            await offer(installation, enumerate(copies))
            offered += copies
            await decided(witness, offered)
        await until(lambda: passed(witness, offered), 120)
        await nobody_waits(engine)

    assert findings(witness, offered) == []
    assert await rows(engine, "SELECT count(*), min(last_seq), max(last_seq) FROM cases") == [(PAIRS, 2, 2)]


async def test_one_complaint_twice_at_the_same_instant_passes_once(
    installation: Installation, witness: Witness, engine: AsyncEngine
) -> None:
    offered = [mail(f"{number}@x", f"{number}@customers.example") for number in range(PAIRS)]
    async with two_workers(installation) as stages:
        for number, one in enumerate(offered, 1):
            await offer(installation, [(0, one), (1, one)])
            await decided(witness, offered[:number])
        await until(lambda: passed(witness, offered), 120)
        await nobody_waits(engine)

    assert findings(witness, offered) == []
    assert sum(sum(stage.batches) for stage in stages) == PAIRS


async def test_partitions_that_move_every_second_leave_no_case_opened_twice(
    installation: Installation, witness: Witness
) -> None:
    offered: list[Complaint] = []
    ending = asyncio.Event()
    order = random.Random(4)

    async def keep_offering() -> None:
        for number in count():
            if ending.is_set():
                return
            pairs = [
                mail(f"{number}-{n}@x", f"{number}-{n}@customers.example", account=account)
                for n in range(10)
                for account in ("support", "complaints")
            ]
            order.shuffle(pairs)
            await asyncio.gather(offer(installation, [(order.randrange(3), one) for one in pairs]), asyncio.sleep(0.2))
            offered.extend(pairs)

    async def all_passed() -> None:
        ending.set()
        await offering
        await until(lambda: passed(witness, offered), 120, every_s=0.2)

    async with installation.worker(classify()), installation.worker(route()):
        offering = asyncio.create_task(keep_offering())
        workers = await while_moving(installation, deduplicate, MOVING_SECONDS, all_passed)

    assert findings(witness, offered) == []
    assert [one.worker.health().facts["rebuilds"] for one in workers] == [0] * len(workers)
