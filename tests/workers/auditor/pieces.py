"""The auditor of the tests, and what it wrote down."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.clock import present
from infra.kafka import create_topics, producer
from schemas.settings import KafkaSettings
from schemas.topics import Topic, all_topics
from schemas.wire import headers
from tests.schemas.making import RECEIVED_AT
from tests.waiting import until
from workers.auditor import Auditor, AuditorParts

TOPICS = all_topics(("quality", "finance"))
_ROWS = text(
    'SELECT t.name, r."partition", r."offset", CAST(r.subject AS text), r.revision, r.kind '
    'FROM ledger_records r JOIN ledger_topics t USING (topic) ORDER BY t.name, r."partition", r."offset"'
)


@dataclass(frozen=True)
class Audited:
    """One installation with an auditor's ledger."""

    engine: AsyncEngine
    kafka: KafkaSettings

    def auditor(self, look_every_s: float = 0.5) -> Auditor:
        """An auditor that looks for new topics often."""
        names = [self.kafka.naming.topic(topic) for topic in TOPICS]
        parts = AuditorParts(self.engine, self.kafka, names, timedelta(days=90), present, look_every_s)
        return Auditor(parts)

    async def write(self, topic: Topic, *subjects: str, partition: int | None = None) -> list[tuple[int, int]]:
        """Write a record for each subject; return where they lie."""
        async with producer(self.kafka) as client:
            sent = [
                await client.send_and_wait(
                    self.kafka.naming.topic(topic),
                    b"{}",
                    partition=partition,
                    headers=headers(topic, self.kafka.naming, event_id=f"{one}/1", time=RECEIVED_AT, subject=one),
                )
                for one in subjects
            ]
        return [(one.partition, one.offset) for one in sent]

    async def rows(self) -> list[Any]:
        """Everything that is written down: topic, partition, offset, subject, revision, kind."""
        async with self.engine.connect() as connection:
            return list(await connection.execute(_ROWS))

    async def has(self, subjects: Sequence[str], timeout_s: float = 30) -> None:
        """Wait until all are written down, then insist that each is once."""

        async def found() -> bool:
            return len(await self.rows()) >= len(subjects)

        await until(found, timeout_s, 0.05)
        assert sorted(str(row.subject) for row in await self.rows()) == sorted(subjects)

    async def delete_before(self, topic: Topic, partition: int, offset: int) -> None:
        """Remove records as retention does."""
        from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

        client = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap_servers)
        await client.start()
        try:
            place = TopicPartition(self.kafka.naming.topic(topic), partition)
            await client.delete_records({place: RecordsToDelete(before_offset=offset)})
        finally:
            await client.close()


@asynccontextmanager
async def at_work(auditor: Auditor) -> AsyncIterator[Auditor]:
    """Run it; at the end it is told to stop and awaited."""
    stop = asyncio.Event()
    task = asyncio.create_task(auditor.run(stop))
    try:
        yield auditor
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def installed(engine: AsyncEngine, kafka: KafkaSettings) -> Audited:
    """An installation whose topics exist."""
    await create_topics(kafka, TOPICS)
    return Audited(engine, kafka)
