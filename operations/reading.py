"""Reading topics as a department would: committed records only, no group, nothing committed."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, MutableMapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import ValidationError

from infra.kafka import admin, client_options
from schemas.base import Record
from schemas.errors import InvalidRequest, Unreachable
from schemas.settings import KafkaSettings
from schemas.topics import Topic

R = TypeVar("R", bound=Record)

_POLL_MS = 500
_MAX_RECORDS = 2_000
_LOOK_MS = 50


def require_kafka(settings: KafkaSettings) -> None:
    """Raise Unreachable when there is no broker to ask."""
    if not settings.bootstrap_servers:
        raise Unreachable(
            "Kafka does not run: start everything with `intake run`, only the platform with `intake platform up`,"
            " or set INTAKE_KAFKA__BOOTSTRAP_SERVERS"
        )


@asynccontextmanager
async def reader(settings: KafkaSettings, hold_ms: int = 500, **limits: int) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a started consumer without a group that sees committed records only.

    `hold_ms` is how long the broker may hold an answer back while it has nothing; the next question waits for it.
    `limits` are further options of the consumer, such as `fetch_max_bytes`.
    """
    require_kafka(settings)
    consumer = AIOKafkaConsumer(
        **client_options(settings),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=hold_ms,
        **limits,
    )
    try:
        await consumer.start()
        # aiokafka 0.14 starts a task last; stopped before it ran once, the consumer raises CancelledError.
        await asyncio.sleep(0)
        yield consumer
    finally:
        await consumer.stop()


async def existing_topics(settings: KafkaSettings) -> frozenset[str]:
    """Return the names of all topics on the broker."""
    require_kafka(settings)
    async with admin(settings) as client:
        return frozenset(await client.list_topics())


async def partitions_of(settings: KafkaSettings, topics: Collection[str]) -> list[TopicPartition]:
    """Return the partitions of those topics that exist, sorted.

    Asks the admin client: a consumer only knows topics it was given, and asking it for another might create that.
    """
    require_kafka(settings)
    async with admin(settings) as client:
        names = sorted(set(topics) & set(await client.list_topics()))
        found = await client.describe_topics(names) if names else []
    return sorted(TopicPartition(one["topic"], part["partition"]) for one in found for part in one["partitions"])


async def read_all(
    settings: KafkaSettings, topics: Collection[str], since: datetime | None = None
) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    """Yield every committed record of the topics that was there when the call began, from `since` on if given."""
    partitions = await partitions_of(settings, topics)
    if not partitions:
        return
    async with reader(settings) as consumer:
        async for record in _read(consumer, partitions, since):
            yield record


async def _read(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], since: datetime | None
) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    ends = await consumer.end_offsets(partitions)
    consumer.assign(partitions)
    await _seek(consumer, partitions, since)
    async for record in _until(consumer, partitions, ends):
        yield record


async def read_after(
    settings: KafkaSettings, topics: Collection[str], after: MutableMapping[TopicPartition, int]
) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    """Yield every committed record from the offsets of `after` on, which then names where the next call goes on.

    A partition that `after` does not know, or that was made anew, is read from its beginning. What is yielded counts
    as read only when the iteration has come to its end.
    """
    partitions = await partitions_of(settings, topics)
    if not partitions:
        return
    async with reader(settings, hold_ms=_LOOK_MS) as consumer:
        ends, begins = await consumer.end_offsets(partitions), await consumer.beginning_offsets(partitions)
        starts = {part: _start(after.get(part), begins[part], ends[part]) for part in partitions}
        behind = [part for part in partitions if starts[part] < ends[part]]
        consumer.assign(behind)
        for part in behind:
            consumer.seek(part, starts[part])
        async for record in _until(consumer, behind, ends):
            yield record
        after.update(ends)


def _start(after: int | None, begin: int, end: int) -> int:
    return begin if after is None or after > end else max(after, begin)


async def _until(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], ends: Mapping[TopicPartition, int]
) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    unfinished = set(partitions)
    while unfinished:
        unfinished = {part for part in unfinished if await consumer.position(part) < ends[part]}
        if not unfinished:
            return
        consumer.pause(*(set(partitions) - unfinished))
        batches = await consumer.getmany(*unfinished, timeout_ms=_POLL_MS, max_records=_MAX_RECORDS)
        for part, records in batches.items():
            for record in records:
                if record.offset < ends[part]:
                    yield record


async def _seek(consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], since: datetime | None) -> None:
    if since is None:
        await consumer.seek_to_beginning(*partitions)
        return
    found = await consumer.offsets_for_times({part: int(since.timestamp() * 1000) for part in partitions})
    for part in partitions:
        at = found[part]
        if at is None:
            await consumer.seek_to_end(part)
        else:
            consumer.seek(part, at.offset)


def resolve(asked: str, settings: KafkaSettings, declared: Iterable[Topic], existing: Collection[str]) -> str:
    """Return the broker's name of a topic named with or without prefix; InvalidRequest with the nearest names."""
    prefixed = f"{settings.prefix}.{asked}" if settings.prefix else asked
    for name in (prefixed, asked):
        if name in existing:
            return name
    known = {settings.naming.topic(topic): topic.name for topic in declared}
    if prefixed in known or asked in known:
        raise InvalidRequest(f"the topic {asked} does not exist yet: `intake run` or any worker makes it")
    short = {name.removeprefix(f"{settings.prefix}.") if settings.prefix else name for name in existing}
    near = get_close_matches(asked, sorted(short | set(known.values())), n=3, cutoff=0.5)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise InvalidRequest(f"there is no topic {asked}{hint}. `intake topics` lists all")


def timestamp_of(record: ConsumerRecord[Any, Any]) -> datetime:
    """The record's own time."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def parse(model: type[R], record: ConsumerRecord[bytes, bytes]) -> R | None:
    """Read a value as its declared record; None when it is not one (a foreign producer wrote it)."""
    try:
        return model.model_validate_json(record.value or b"")
    except ValidationError:
        return None
