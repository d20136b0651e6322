"""Lag on a real broker: true under transactions, never negative, and 'never committed' is not 0."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from infra.kafka import admin, client_options, create_topics
from operations.lag.once import measure
from operations.lag.watched import Readers, Watched
from operations.saying import Said
from schemas.commands import LagRow
from schemas.settings import KafkaSettings
from schemas.topics import CLASSIFIED, department_topic
from tests.services import Services

pytestmark = pytest.mark.services

QUALITY = department_topic("quality")


@dataclass(frozen=True)
class Log:
    """A topic with one partition and a group that reads it."""

    settings: KafkaSettings
    topic: str
    group: str

    async def lag(self) -> LagRow:
        """The row of the group, as a stage."""
        watched = Watched("stage", "route", self.group, self.topic)
        [seen] = await measure(self.settings, Readers([watched]))
        return seen.row

    async def write(self, count: int, *, per_transaction: int = 1, abort: bool = False, age_s: float = 0) -> None:
        """Write records, some to a transaction, with timestamps of some age."""
        at = int((datetime.now(UTC) - timedelta(seconds=age_s)).timestamp() * 1000)
        client = AIOKafkaProducer(**client_options(self.settings), transactional_id=self.group, retry_backoff_ms=5)
        await client.start()
        try:
            for begin in range(0, count, per_transaction):
                await client.begin_transaction()
                for _ in range(min(per_transaction, count - begin)):
                    await client.send(self.topic, b"{}", timestamp_ms=at)
                await (client.abort_transaction() if abort else client.commit_transaction())
        finally:
            await client.stop()

    async def commit(self, offset: int) -> None:
        """Commit an offset without being a member."""
        client = AIOKafkaConsumer(**client_options(self.settings), group_id=self.group, enable_auto_commit=False)
        await client.start()
        try:
            client.assign([TopicPartition(self.topic, 0)])
            await client.commit({TopicPartition(self.topic, 0): offset})
        finally:
            await client.stop()


@pytest.fixture
async def log(services: Services, topic_prefix: str) -> Log:
    """Give the two topics, empty."""
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1)
    await create_topics(settings, (CLASSIFIED, QUALITY))
    return Log(settings, settings.naming.topic(CLASSIFIED), settings.naming.group("route"))


async def test_markers_between_the_committed_offset_and_the_end_are_no_lag(log: Log) -> None:
    await log.write(5)
    await log.commit(9)

    row = await log.lag()

    assert (row.waiting, row.exact, row.oldest_waiting_s) == (0, True, None)


async def test_only_records_count_not_the_markers_among_them(log: Log) -> None:
    await log.write(5, age_s=300)
    await log.commit(2)

    row = await log.lag()

    assert row.waiting == 4
    assert row.oldest_waiting_s is not None
    assert 300 <= row.oldest_waiting_s < 400


async def test_what_came_within_the_last_minute_is_counted_in_records(log: Log) -> None:
    await log.write(3, age_s=300)
    await log.write(4)

    assert (await log.lag()).came_last_minute == 4


async def test_what_was_rolled_back_is_no_lag(log: Log) -> None:
    await log.write(3)
    await log.commit(6)
    await log.write(10, per_transaction=10, abort=True)

    assert (await log.lag()).waiting == 0


async def test_never_committed_is_not_zero(log: Log) -> None:
    await log.write(4, per_transaction=4)

    row = await log.lag()

    assert (row.state, row.waiting) == ("NEVER COMMITTED", 4)


async def test_an_empty_topic_nobody_reads_has_no_consumer(log: Log) -> None:
    row = await log.lag()

    assert (row.state, row.waiting) == ("NO CONSUMER", 0)


async def test_what_retention_removed_unread_stands_apart(log: Log) -> None:
    await log.write(10, per_transaction=10)
    await log.commit(2)
    async with admin(log.settings) as client:
        await client.delete_records({TopicPartition(log.topic, 0): RecordsToDelete(before_offset=7)})

    row = await log.lag()

    assert (row.deleted, row.waiting) == (5, 3)


async def test_a_member_that_commits_nothing_while_records_grow_old_is_stalled(log: Log) -> None:
    await log.write(3, per_transaction=3, age_s=3600)
    await log.commit(1)
    member = AIOKafkaConsumer(log.topic, **client_options(log.settings), group_id=log.group, enable_auto_commit=False)
    await member.start()
    try:
        await asyncio.wait_for(member.getone(), 30)
        row = await log.lag()
    finally:
        await member.stop()

    assert (row.state, row.waiting, row.members) == ("STALLED", 2, 1)


async def test_the_consumers_of_departments_are_found_by_what_they_read(log: Log) -> None:
    topic = log.settings.naming.topic(QUALITY)
    nobody = await measure(log.settings, Readers(departments={"quality": topic}))
    group = f"{log.group}-quality-system"
    member = AIOKafkaConsumer(
        topic, **client_options(log.settings), group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await member.start()
    try:
        read = await measure(log.settings, Readers(departments={"quality": topic}))
    finally:
        await member.stop()

    assert [(seen.row.group, seen.row.state) for seen in nobody] == [(None, "NO CONSUMER")]
    assert [(seen.row.group, seen.row.members, seen.row.state) for seen in read] == [(group, 1, "OK")]


async def test_a_stage_that_stopped_says_so_although_nothing_waits(log: Log) -> None:
    await log.write(1)
    await log.commit(2)

    watched = Watched("stage", "route", log.group, log.topic)
    [seen] = await measure(log.settings, Readers([watched]), {log.group: Said("连续 20 条失败", "20 in a row")})

    assert (seen.row.state, seen.row.why) == ("STOPPED", seen.why.en)
    assert "连续 20 条失败" in seen.why.zh
