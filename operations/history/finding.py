"""Where a complaint left traces: its id by number, the rows that speak of it, the records those rows came from."""

from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy import Row, Table, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from operations.reading import parse, read_all, reader
from schemas.base import Record
from schemas.complaint import Complaint
from schemas.errors import InvalidRequest
from schemas.identity import read_tracking_number
from schemas.records import DeadLetter, Suspended
from schemas.settings import Settings
from schemas.tables import METADATA
from schemas.tables.clock import PROMISES
from schemas.topics import DEAD_LETTER, PIPELINE_TOPICS, RECEIVED, SUSPENDED

DECISIONS: Mapping[str, Table] = {
    name.removesuffix("_decisions"): table for name, table in METADATA.tables.items() if name.endswith("_decisions")
}
"""Stage → the table of its decisions."""

Place = tuple[str, int, int]
"""Broker topic, partition, offset."""

_FETCH_MS = 5_000


async def subject_of(settings: Settings, engine: AsyncEngine, asked: str) -> UUID:
    """Return the id behind a tracking number, or the id itself. Raises InvalidRequest when it is unknown."""
    try:
        return UUID(asked)
    except ValueError:
        number = read_tracking_number(asked)
    if number is None:
        raise InvalidRequest(f"{asked} is no tracking number (check character) and no complaint id")
    async with engine.connect() as connection:
        found = await connection.execute(select(PROMISES.c.subject_id).where(PROMISES.c.tracking_number == number))
        known: UUID | None = found.scalar()
    found_id = known or await _search(settings, number)
    if found_id is None:
        raise InvalidRequest(f"nothing with the number {number} has arrived here")
    return found_id


async def _search(settings: Settings, number: str) -> UUID | None:
    """Look for a number in the topics themselves: the clock may not have come to it yet.

    A record that only mentions the number (a text that quotes it, poison of any kind) is not the one.
    """
    received, suspended = (settings.kafka.naming.topic(topic) for topic in (RECEIVED, SUSPENDED))
    async for record in read_all(settings.kafka, {received, suspended}):
        if number.encode() not in (record.value or b""):
            continue
        value = parse(Complaint, record) if record.topic == received else parse(Suspended, record)
        if value is not None and value.tracking_number == number:
            return value.complaint_id if isinstance(value, Complaint) else value.suspended_id
    return None


async def decisions_of(connection: AsyncConnection, subject: UUID) -> dict[str, list[Row[Any]]]:
    """Return stage → its decision rows of a complaint, by revision."""
    found = {}
    for stage, table in DECISIONS.items():
        statement = select(table).where(table.c.complaint_id == subject).order_by(table.c.revision)
        found[stage] = list(await connection.execute(statement))
    return found


async def rows_of(connection: AsyncConnection, table: Table, column: str, value: UUID) -> list[Row[Any]]:
    """Return the rows of a table whose column has this id."""
    return list(await connection.execute(select(table).where(table.c[column] == value)))


async def rows_among(
    connection: AsyncConnection, table: Table, column: str, values: Collection[UUID]
) -> list[Row[Any]]:
    """Return the rows of a table whose column has one of these ids."""
    return list(await connection.execute(select(table).where(table.c[column].in_(values))))


async def records_at(
    settings: Settings, places: Collection[Place]
) -> AsyncGenerator[tuple[ConsumerRecord[bytes, bytes], Record], None]:
    """Yield the records that still lie at these places, as their declared type; places on other topics are left out.

    The client would ask for the offsets of a topic that there is not until it gives up.
    """
    naming = settings.kafka.naming
    models = {naming.topic(topic): topic.record for topic in PIPELINE_TOPICS}
    wanted = sorted(place for place in places if place[0] in models)
    if not wanted:
        return
    async with reader(settings.kafka) as consumer:
        partitions = sorted({TopicPartition(topic, partition) for topic, partition, _ in wanted})
        consumer.assign(partitions)
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        for topic, partition, offset in wanted:
            place = TopicPartition(topic, partition)
            record = await _record(consumer, place, offset) if begins[place] <= offset < ends[place] else None
            value = parse(models[topic], record) if record is not None else None
            if record is not None and value is not None:
                yield record, value


async def _record(
    consumer: AIOKafkaConsumer, place: TopicPartition, offset: int
) -> ConsumerRecord[bytes, bytes] | None:
    consumer.assign([place])
    consumer.seek(place, offset)
    found = (await consumer.getmany(place, timeout_ms=_FETCH_MS, max_records=1)).get(place, [])
    return found[0] if found and found[0].offset == offset else None


async def mishaps_of(settings: Settings, subject: UUID) -> list[Suspended | DeadLetter]:
    """Return what the suspended and dead-letter topics say of a complaint, in their order."""
    naming, found = settings.kafka.naming, list[Suspended | DeadLetter]()
    async for record in read_all(settings.kafka, {naming.topic(SUSPENDED), naming.topic(DEAD_LETTER)}):
        suspended = record.topic == naming.topic(SUSPENDED)
        value = parse(Suspended, record) if suspended else parse(DeadLetter, record)
        if value is not None and _about(value) == subject:
            found.append(value)
    return found


def _about(value: Suspended | DeadLetter) -> UUID | None:
    return value.suspended_id if isinstance(value, Suspended) else value.complaint_id
