"""One look of the auditor over all topics: where each partition goes on, what came, what of it becomes rows.

Source: aiokafka 0.14.0. A consumer without a group: the position lives in the database, beside the rows.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from infra.kafka import admin, client_options
from schemas.settings import KafkaSettings
from workers.auditor.entries import DEPARTMENTS, Entry, Read, moment, reader_of
from workers.auditor.store import Batch
from workers.runtime.abandon import stop_consumer

_HOLD_MS = 250
_ENOUGH_BYTES = 64 * 1024
"""The broker holds an answer back until there is so much or so long: at a trickle one answer carries many records."""
_PARTITION_BYTES = 512 * 1024
_ANSWER_BYTES = 8 * 1024 * 1024


@asynccontextmanager
async def consumer_of_all(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a started read_committed consumer that belongs to no group."""
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="none",  # what retention removed is noted, not stepped over
        fetch_min_bytes=_ENOUGH_BYTES,
        fetch_max_wait_ms=_HOLD_MS,
        fetch_max_bytes=_ANSWER_BYTES,
        max_partition_fetch_bytes=_PARTITION_BYTES,
    )
    try:
        await consumer.start()
        await asyncio.sleep(0)  # a task it starts last has to run once before it can be stopped in order
        yield consumer
    finally:
        await stop_consumer(consumer)


async def partitions_there(settings: KafkaSettings, declared: Collection[str]) -> list[TopicPartition]:
    """The partitions that exist now of all declared topics and of every department's, known to us or not."""
    async with admin(settings) as client:
        return await _partitions(client, settings.prefix, declared)


async def _partitions(client: AIOKafkaAdminClient, prefix: str, declared: Collection[str]) -> list[TopicPartition]:
    names = [name for name in await client.list_topics() if name in declared or _is_department(name, prefix)]
    found = await client.describe_topics(sorted(names)) if names else []
    return sorted(TopicPartition(one["topic"], part["partition"]) for one in found for part in one["partitions"])


def _is_department(name: str, prefix: str) -> bool:
    own = f"{prefix}." if prefix else ""
    return name.startswith(own) and DEPARTMENTS.fullmatch(name.removeprefix(own)) is not None


def without_prefix(name: str, prefix: str) -> str:
    """A broker's topic name as it is declared."""
    return name.removeprefix(f"{prefix}.") if prefix else name


class Collector:
    """Turns what a consumer hands over into a batch; knows how each topic is read."""

    def __init__(self, prefix: str, ids: Mapping[str, int]) -> None:
        self._topics: dict[str, tuple[int, Read]] = {
            name: (number, reader_of(without_prefix(name, prefix))) for name, number in ids.items()
        }

    def add(self, batch: Batch, records: Iterable[Any]) -> None:
        """Add the rows of one partition's records."""
        for record in records:
            number, read = self._topics[record.topic]
            entry = read(dict(record.headers), record.value or b"")
            at = moment(record.timestamp)
            batch.lines.append(_line(number, record.partition, record.offset, entry, at))
            if entry.letter is not None:
                batch.letters.append((entry.letter, at))


def _line(topic: int, partition: int, offset: int, entry: Entry, at: str) -> str:
    subject = entry.subject or "\\N"
    items = f"{{{','.join(entry.items)}}}" if entry.items else "\\N"
    return f"{topic}\t{partition}\t{offset}\t{subject}\t{entry.revision}\t{entry.kind:d}\t{at}\t{items}\n"
