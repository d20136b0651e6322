"""A consumer that belongs to no group: services look records up by their place, and commit nothing.

Source: aiokafka 0.14.0.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer

from infra.kafka import client_options
from schemas.settings import KafkaSettings
from workers.runtime.abandon import stop_consumer


@asynccontextmanager
async def looker(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a started consumer that sees committed records only."""
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="none",
    )
    try:
        await consumer.start()
        await asyncio.sleep(0)  # a task it starts last has to run once before it can be stopped in order
        yield consumer
    finally:
        await stop_consumer(consumer)
