"""Two workers on one stage whose partitions move every second: members leave and join while records come in."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from tests.waiting import until
from tests.workers.runtime.harness import QUICK, Installation, Running
from workers.runtime.stage import AnyStage

MOVE_EVERY_S = 1.0
SMALL_BATCHES = QUICK.model_copy(update={"max_batch": 50})
"""So that a batch is done within the deadline of a revoke, however busy the machine is."""


def owned(running: Running) -> int:
    """How many partitions the worker has now."""
    text = str(running.worker.health().facts.get("partitions", ""))
    return len([name for name in text.split(", ") if name])


async def while_moving(
    installation: Installation,
    stage: Callable[[], AnyStage],
    seconds: float,
    settled: Callable[[], Awaitable[None]],
) -> list[Running]:
    """Replace one of two workers every second, then let both work until `settled` returns; return all there were.

    Raises TimeoutError when the last two do not come to share all partitions: a rebalance was left hanging.
    """
    async with AsyncExitStack() as stack:
        everyone = [await stack.enter_async_context(installation.worker(stage(), SMALL_BATCHES)) for _ in range(2)]
        present = list(everyone)
        await until(lambda: _shared(installation, present), 60)
        for turn in range(int(seconds / MOVE_EVERY_S)):
            leaver = present.pop(turn % 2)
            newcomer = await stack.enter_async_context(installation.worker(stage(), SMALL_BATCHES))
            present.insert(turn % 2, newcomer)
            everyone.append(newcomer)
            await asyncio.gather(leaver.end(), asyncio.sleep(MOVE_EVERY_S))
        await until(lambda: _shared(installation, present), 60)
        await settled()
    return everyone


def _shared(installation: Installation, present: list[Running]) -> bool:
    shares = [owned(one) for one in present]
    return all(shares) and sum(shares) == installation.kafka.partitions
