"""A partition that waits says so for as long as it waits, whatever ends that."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra import metrics
from tests.waiting import until
from workers.runtime.patience import Patience


def waiting() -> float:
    return float(metrics.STAGE_WAITING.labels("patient", "object store")._value.get())


async def test_each_partition_that_waits_is_counted_until_it_goes_on_or_leaves() -> None:
    consumer = AIOKafkaConsumer()
    here, there = (Patience("patient", consumer, TopicPartition("topic", number)) for number in range(2))
    healed = asyncio.Event()

    async def act() -> None:
        if not healed.is_set():
            raise OSError("away")

    goes_on, leaves = asyncio.create_task(here.repeat(act)), asyncio.create_task(there.repeat(act))
    await until(lambda: waiting() == 2)
    leaves.cancel()
    await asyncio.wait({leaves})
    there.end()
    left = waiting()
    healed.set()
    await goes_on
    here.end()
    await consumer.stop()

    assert (left, waiting()) == (1, 0)
