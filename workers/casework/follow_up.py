"""The follow-up service: brings overdue cases to the stage, and hands what the stage ordered to the pipeline.

It decides nothing. Whatever it sends is named by what it is about, so that any number of them may run, be killed and
start again: the stages make it one.

Source: aiokafka 0.14.0.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import client_options, producer
from infra.logs import log
from infra.service import Health
from schemas.base import Record
from schemas.complaint import Complaint
from schemas.settings import KafkaSettings
from schemas.topics import COMMANDS, Topic
from schemas.wire import headers, value
from workers.casework.orders import Order, done, open_orders, places
from workers.casework.overdue import ask_about
from workers.persistent import State, persist
from workers.runtime.abandon import stop_consumer
from workers.runtime.backoff import rest

_LOOK_EVERY_S = 1.0
_AT_ONCE = 50
_MOST_OVERDUE = 1_000
_ASK_AGAIN = timedelta(minutes=10)
_FETCH_MS = 10_000
_OVERDUE = text(
    "SELECT case_id, department, accept_by FROM case_states WHERE accepted_at IS NULL AND accept_by IS NOT NULL "
    "AND accept_by <= :now AND escalated_at IS NULL ORDER BY accept_by LIMIT :most"
)
_log = log(__name__)


@dataclass(frozen=True, slots=True)
class FollowUpParts:
    """What it needs; `now` says what is overdue."""

    engine: AsyncEngine
    kafka: KafkaSettings
    now: Callable[[], datetime]


class FollowUp:
    """Looks after cases that wait for a department, and carries out orders."""

    def __init__(self, parts: FollowUpParts) -> None:
        self.name = "follow-up"
        self._parts = parts
        self._state = State(self.name)
        self._asked: dict[UUID, datetime] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`."""
        await persist(stop, self._state, lambda: self._until(stop))

    def health(self) -> Health:
        """Not ready while it waits for Kafka or the database."""
        return self._state.health()

    async def ask(self, client: AIOKafkaProducer) -> int:
        """Bring the cases that nobody accepted in time to the stage; return how many."""
        now = self._parts.now()
        async with self._parts.engine.connect() as connection:
            rows = list(await connection.execute(_OVERDUE, {"now": now, "most": _MOST_OVERDUE}))
        self._asked = {one: at for one, at in self._asked.items() if now - at < _ASK_AGAIN}
        asked = [one for one in (ask_about(row, now) for row in rows) if one.command_id not in self._asked]
        for command in asked:
            await self._send(client, COMMANDS, command, str(command.case_id), command.command_id)
            self._asked[command.command_id] = now
        return len(asked)

    async def carry_out(self, client: AIOKafkaProducer) -> int:
        """Carry out what is ordered and not done; return how many orders."""
        async with self._parts.engine.connect() as connection:
            orders = await open_orders(connection, _AT_ONCE)
        for order in orders:
            await self._carry_out(client, order)
        return len(orders)

    async def _carry_out(self, client: AIOKafkaProducer, order: Order) -> None:
        async with self._parts.engine.connect() as connection:
            found = await places(connection, order)
        complaints = await self._complaints(found) if found else []
        for complaint in complaints:
            for topic, record, key, event in order.records(complaint):
                await self._send(client, topic, record, key, event, complaint.complaint_id)
        async with self._parts.engine.begin() as connection:
            await done(connection, order, len(complaints), self._parts.now())
        _log.info("carried out an order", case_id=str(order.case_id), detail=order.kind, count=len(complaints))

    async def _send(
        self, client: AIOKafkaProducer, topic: Topic, record: Record, key: str, event: UUID, subject: UUID | None = None
    ) -> None:
        naming = self._parts.kafka.naming
        pairs = headers(topic, naming, event_id=str(event), time=self._parts.now(), subject=subject)
        await client.send_and_wait(naming.topic(topic), value(record), key.encode(), headers=pairs)

    async def _complaints(self, found: Sequence[tuple[str, int, int]]) -> list[Complaint]:
        """The records at these places; without those that retention has removed."""
        complaints = []
        async with _reader(self._parts.kafka) as consumer:
            for topic, partition, offset in found:
                complaint = await _at(consumer, TopicPartition(topic, partition), offset)
                if complaint is not None:
                    complaints.append(complaint)
        return complaints

    async def _until(self, stop: asyncio.Event) -> None:
        async with producer(self._parts.kafka) as client:
            while not stop.is_set():
                worked = await self.ask(client) + await self.carry_out(client)
                self._state.waits_for = None
                if not worked:
                    await rest(stop, _LOOK_EVERY_S)


@asynccontextmanager
async def _reader(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
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


async def _at(consumer: AIOKafkaConsumer, place: TopicPartition, offset: int) -> Complaint | None:
    consumer.assign([place])
    if offset < (await consumer.beginning_offsets([place]))[place]:
        return None
    consumer.seek(place, offset)
    found = (await consumer.getmany(place, timeout_ms=_FETCH_MS, max_records=1)).get(place, [])
    if not found or found[0].offset != offset:
        return None
    try:
        return Complaint.model_validate_json(found[0].value or b"")
    except ValidationError:
        return None
