"""Partitions move between two workers every second under load: every record passes once, no rebalance hangs."""

import asyncio
from itertools import count

import pytest

from tests import scale
from tests.workers.runtime.harness import Installation, names, numbered
from tests.workers.runtime.moving import while_moving
from tests.workers.runtime.probe import TARGET, Copy, Count

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

SECONDS = scale.of(3, 60)
PROBES: tuple[type[Copy | Count], ...] = scale.of((Count,), (Copy, Count))
PER_SECOND = 200


@pytest.mark.parametrize("probe", PROBES)
async def test_partitions_that_move_every_second_lose_nothing_and_double_nothing(
    installation: Installation, probe: type[Copy | Count]
) -> None:
    sent: list[str] = []
    ending = asyncio.Event()

    async def keep_sending() -> None:
        for start in count(step=PER_SECOND // 5):
            if ending.is_set():
                return
            records = numbered(PER_SECOND // 5, start=start)
            await asyncio.gather(installation.send(*records), asyncio.sleep(1 / 5))
            sent.extend(record.by for record in records)

    async def read_all() -> None:
        ending.set()
        await sending
        found.extend(names(await installation.read(TARGET, len(sent))))

    found: list[str] = []
    sending = asyncio.create_task(keep_sending())
    workers = await while_moving(installation, probe, SECONDS, read_all)

    assert found == sent
    assert [one.worker.health().facts["rebuilds"] for one in workers] == [0] * len(workers)
