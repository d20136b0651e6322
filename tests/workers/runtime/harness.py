"""One installation on the real broker: topics, records in, workers running, records out."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import client_options, create_topics, producer
from schemas.records import Command
from schemas.settings import KafkaSettings, WorkerSettings
from schemas.topics import DEAD_LETTER, Topic
from schemas.wire import headers, read_headers, value
from tests.waiting import until
from tests.workers.runtime.probe import SOURCE, TARGET, command
from workers.runtime.stage import AnyStage
from workers.runtime.worker import StageWorker

QUICK = WorkerSettings(
    session_timeout=timedelta(seconds=6),
    rebalance_timeout=timedelta(seconds=10),
    revoke_deadline=timedelta(seconds=3),
    drain_deadline=timedelta(seconds=5),
    commit_deadline=timedelta(seconds=4),
    stuck_after=timedelta(seconds=20),
)
"""Limits short enough for tests; the order between them is that of the defaults."""


@dataclass(frozen=True, slots=True)
class Read:
    """One record as a consumer that is not ours reads it."""

    partition: int
    offset: int
    key: str
    value: bytes
    headers: dict[str, str]

    @property
    def command(self) -> Command:
        """The record as a probe wrote it."""
        return Command.model_validate_json(self.value)

    @property
    def name(self) -> str:
        """The name the record was sent under."""
        return self.command.by


@dataclass
class Installation:
    """Topics under a prefix of their own."""

    kafka: KafkaSettings
    engine: AsyncEngine | None = None
    running: list["Running"] = field(default_factory=list)

    async def create(self) -> None:
        """Create the topics of the probes."""
        await create_topics(self.kafka, [SOURCE, TARGET, DEAD_LETTER])

    def name(self, topic: Topic) -> str:
        """Name on the broker."""
        return self.kafka.naming.topic(topic)

    async def send(self, *records: Command, extra: dict[str, str] | None = None, partition: int | None = None) -> None:
        """Write records to the source as a stage before us would."""
        await self.send_raw([value(record) for record in records], records=records, extra=extra, partition=partition)

    async def send_raw(
        self,
        values: Sequence[bytes | None],
        *,
        records: Sequence[Command] = (),
        extra: dict[str, str] | None = None,
        partition: int | None = None,
    ) -> None:
        """Write values as they are."""
        async with producer(self.kafka) as client:
            sent = []
            for number, one in enumerate(values):
                of = records[number] if records else command(f"raw-{number}")
                fields = headers(
                    SOURCE,
                    self.kafka.naming,
                    event_id=str(of.command_id),
                    time=of.at,
                    subject=of.command_id,
                    extra=extra,
                )
                key = str(of.command_id).encode()
                sent.append(await client.send(self.name(SOURCE), one, key=key, headers=fields, partition=partition))
            await asyncio.gather(*sent)

    async def read(self, topic: Topic, count: int, timeout_s: float = 60) -> list[Read]:
        """Return the committed records of the topic once there are `count`, and whatever there is beyond."""
        found: list[Read] = []
        async with self.consumer() as consumer:
            places = [TopicPartition(self.name(topic), n) for n in range(self.kafka.partitions)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)

            async def enough() -> bool:
                found.extend(_records(await consumer.getmany(timeout_ms=200)))
                return len(found) >= count

            await until(enough, timeout_s)
            ends = await consumer.end_offsets(places)

            async def at_end() -> bool:
                found.extend(_records(await consumer.getmany(timeout_ms=50)))
                return all([await consumer.position(one) >= ends[one] for one in places])

            await until(at_end, timeout_s)
        return found

    @asynccontextmanager
    async def consumer(self, group: str | None = None) -> AsyncIterator[AIOKafkaConsumer]:
        """Give a read_committed consumer that is not a worker."""
        consumer = AIOKafkaConsumer(
            **client_options(self.kafka), isolation_level="read_committed", group_id=group, enable_auto_commit=False,
            auto_offset_reset="earliest",
        )  # fmt: skip
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def committed(self, stage: str) -> dict[int, int | None]:
        """The stage's committed offsets of the source by partition."""
        async with self.consumer(self.kafka.naming.group(stage)) as consumer:
            places = [TopicPartition(self.name(SOURCE), n) for n in range(self.kafka.partitions)]
            consumer.assign(places)
            return {one.partition: await consumer.committed(one) for one in places}

    async def ends(self) -> dict[int, int]:
        """The end offsets of the source by partition."""
        async with self.consumer() as consumer:
            places = [TopicPartition(self.name(SOURCE), n) for n in range(self.kafka.partitions)]
            found = await consumer.end_offsets(places)
            return {one.partition: offset for one, offset in found.items()}

    @asynccontextmanager
    async def worker(
        self,
        stage: AnyStage,
        settings: WorkerSettings = QUICK,
        kafka: KafkaSettings | None = None,
    ) -> AsyncIterator["Running"]:
        """Run a worker; at the end it is told to stop and awaited."""
        worker = StageWorker(stage, kafka=kafka or self.kafka, engine=self.engine, settings=settings)
        running = Running(worker, asyncio.Event())
        running.begin()
        try:
            yield running
        finally:
            await running.end()


@dataclass
class Running:
    """A worker at work."""

    worker: StageWorker
    stop: asyncio.Event
    task: "asyncio.Task[None] | None" = None

    def begin(self) -> None:
        """Start it."""
        self.task = asyncio.create_task(self.worker.run(self.stop))

    async def end(self) -> None:
        """Tell it to stop and wait until it has."""
        self.stop.set()
        assert self.task is not None
        await asyncio.wait_for(self.task, 60)

    async def is_(self, state: str, timeout_s: float = 60) -> None:
        """Wait until the worker says it is in the state."""
        await until(lambda: self.worker.health().facts["state"] == state, timeout_s)

    async def has(self, partitions: int, timeout_s: float = 60) -> None:
        """Wait until so many partitions are assigned."""

        def owned() -> bool:
            names = str(self.worker.health().facts.get("partitions", ""))
            return len([name for name in names.split(", ") if name]) == partitions

        await until(owned, timeout_s)


def names(records: Iterable[Read]) -> list[str]:
    """The names in sorted order."""
    return sorted(record.name for record in records)


def numbered(count: int, start: int = 0, **kinds: Any) -> list[Command]:
    """Commands named by number with leading zeros."""
    return [command(f"{n:05}", **kinds) for n in range(start, start + count)]


def _records(got: dict[TopicPartition, list[Any]]) -> list[Read]:
    return [
        Read(one.partition, one.offset, one.key.decode(), one.value, read_headers(one.headers))
        for batch in got.values()
        for one in batch
    ]
