"""The cut: a moment up to which everything must have gone all the way, and who has not come so far yet.

In this order, which makes the judgement right while traffic flows: the ends of all topics are noted, then stage after
stage, in the order a complaint meets them, the ends of what it reads are noted and its group is waited for; last the
ends of all topics are noted again and the auditor is waited for. So whatever a stage wrote for what it has passed is
in the ledger, and so is whatever came before a record that lay there at the beginning.

Ends count records of open transactions too: one that hides committed records behind it is waited for.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import admin, client_options
from operations.ledger.model import Reached
from schemas.settings import KafkaSettings
from schemas.topics import Topic

AUDITOR = "auditor"
Offsets = dict[TopicPartition, int]

_LOOK_EVERY_S = 0.1
_NO_COORDINATOR = (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError, GroupLoadInProgressError)
"""What a broker answers that just started, or on which no group has ever committed."""
_AUDITOR_AT_LEAST_S = 5.0
"""What is left for the auditor when stages have used up the time: without it nothing can be judged at all."""

_NOW = text("SELECT clock_timestamp()")
_POSITIONS = text(
    'SELECT t.name, p."partition", p.next_offset FROM ledger_positions p JOIN ledger_topics t USING (topic)'
)


@dataclass(frozen=True, slots=True)
class Cut:
    """What was reached. `noted`: ends at the beginning; `passed`: stage → what its group has committed.

    `at` is the database's time of the beginning. Without `audited` nothing can be judged; without `caught_up`
    judging is right, but not everything from before the beginning has gone all the way.
    """

    at: datetime
    noted: Offsets
    passed: Mapping[str, Offsets]
    lines: tuple[Reached, ...]

    @property
    def caught_up(self) -> bool:
        """Whether everybody is past the cut."""
        return all(line.done for line in self.lines)

    @property
    def audited(self) -> bool:
        """Whether the ledger holds everything up to the end of the cut."""
        return all(line.done for line in self.lines if line.who == AUDITOR)


async def reach(
    kafka: KafkaSettings,
    engine: AsyncEngine,
    stages: Mapping[str, Sequence[Topic]],
    topics: Sequence[Topic],
    wait_s: float,
) -> Cut:
    """Note a cut and wait up to `wait_s` seconds for everybody, a few more for the auditor when stages are late.

    `stages` are in the order a complaint meets them. Raises what Kafka and PostgreSQL raise when they are away.
    """
    async with _clients(kafka) as (consumer, client):
        clock = asyncio.get_running_loop().time
        walk = _Walk(kafka, engine, consumer, client, clock() + wait_s)
        async with engine.connect() as connection:
            at = (await connection.execute(_NOW)).scalar_one()
        partitions = await walk.partitions([kafka.naming.topic(topic) for topic in topics])
        noted = await walk.ends(partitions)
        lines: list[Reached] = []
        passed: dict[str, Offsets] = {}
        for stage, reads in stages.items():
            names = {kafka.naming.topic(topic) for topic in reads}
            passed[stage], reached = await walk.stage(stage, [one for one in partitions if one.topic in names])
            lines += reached
        walk = replace(walk, until=max(walk.until, clock() + min(wait_s, _AUDITOR_AT_LEAST_S)))
        return Cut(at, noted, passed, (*lines, *await walk.auditor(partitions)))


@dataclass(frozen=True, slots=True)
class _Walk:
    """Who asks, and until when."""

    kafka: KafkaSettings
    engine: AsyncEngine
    consumer: AIOKafkaConsumer
    client: AIOKafkaAdminClient
    until: float

    async def partitions(self, names: Sequence[str]) -> list[TopicPartition]:
        there = set(await self.client.list_topics())
        found = await self.client.describe_topics(sorted(there & set(names))) if there & set(names) else []
        return sorted(TopicPartition(one["topic"], part["partition"]) for one in found for part in one["partitions"])

    async def ends(self, partitions: Sequence[TopicPartition]) -> Offsets:
        return dict(await self.consumer.end_offsets(list(partitions))) if partitions else {}

    async def stage(self, stage: str, reads: Sequence[TopicPartition]) -> tuple[Offsets, list[Reached]]:
        """Wait for one stage's group to pass the ends of what it reads; return where it is and how that compares."""
        group, noted = self.kafka.naming.group(stage), await self.ends(reads)
        while True:
            committed = await self._committed(group)
            lines = [Reached(stage, part.topic, part.partition, noted[part], committed.get(part)) for part in reads]
            if all(line.done for line in lines) or not await self._time_left():
                return {part: committed[part] for part in reads if part in committed}, lines

    async def auditor(self, partitions: Sequence[TopicPartition]) -> list[Reached]:
        """Wait for the ledger to hold everything that is there now."""
        noted = await self.ends(partitions)
        while True:
            async with self.engine.connect() as connection:
                rows = await connection.execute(_POSITIONS)
                positions = {TopicPartition(row.name, row.partition): row.next_offset for row in rows}
            lines = [
                Reached(AUDITOR, part.topic, part.partition, noted[part], positions.get(part)) for part in partitions
            ]
            if all(line.done for line in lines) or not await self._time_left():
                return lines

    async def _committed(self, group: str) -> Offsets:
        try:
            found = await self.client.list_consumer_group_offsets(group)
        except _NO_COORDINATOR:
            return {}
        return {part: at.offset for part, at in found.items() if at.offset >= 0}

    async def _time_left(self) -> bool:
        left_s = self.until - asyncio.get_running_loop().time()
        if left_s <= 0:
            return False
        await asyncio.sleep(min(_LOOK_EVERY_S, left_s))
        return True


@asynccontextmanager
async def _clients(kafka: KafkaSettings) -> AsyncIterator[tuple[AIOKafkaConsumer, AIOKafkaAdminClient]]:
    consumer = AIOKafkaConsumer(**client_options(kafka), group_id=None, enable_auto_commit=False)
    try:
        await consumer.start()
        await asyncio.sleep(0)  # a task it starts last has to run once before it can be stopped in order
        async with admin(kafka) as client:
            yield consumer, client
    finally:
        await consumer.stop()
