"""Our figures beside those of Kafka's own tool: they differ only by transaction markers and what was rolled back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import RecordsToDelete

from deploy.local import EmbeddedPlatform, Part
from infra.kafka import admin, client_options, create_topics
from operations.lag.measuring import LagEngine
from operations.lag.watched import Measured, Readers, Watched
from operations.reading import reader
from schemas.settings import KafkaSettings
from schemas.topics import CLASSIFIED
from tests.services import Services

pytestmark = pytest.mark.services

TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
PARTITIONS = 3


@dataclass(frozen=True)
class Told:
    """One partition as the tool tells it; None where it prints a dash."""

    committed: int | None
    end: int
    lag: int | None


@dataclass(frozen=True)
class Beside:
    """One topic and one group that both look at."""

    settings: KafkaSettings
    topic: str
    group: str
    home: Path

    async def tool(self, *arguments: str) -> dict[int, Told]:
        """What the tool prints, by partition."""
        platform = EmbeddedPlatform(self.home, parts=frozenset({Part.KAFKA}))
        where = ("--bootstrap-server", self.settings.bootstrap_servers or "", "--group", self.group)
        command = platform.kafka_tool(TOOL, *where, *(arguments or ("--describe",)))
        running = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        printed, _ = await running.communicate()
        rows = [line.split() for line in printed.decode().splitlines()]
        told = [row for row in rows if len(row) > 5 and row[:2] == [self.group, self.topic]]
        return {int(row[2]): Told(_number(row[3]), int(row[4]), _number(row[5])) for row in told}

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[LagEngine]:
        """Our own look at it."""
        watched = Watched("stage", "route", self.group, self.topic)
        engine = LagEngine(self.settings, Readers([watched]))
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[AIOKafkaProducer]:
        """A transactional producer."""
        client = AIOKafkaProducer(**client_options(self.settings), transactional_id=self.topic, retry_backoff_ms=5)
        await client.start()
        try:
            yield client
        finally:
            await client.stop()

    async def write(self, client: AIOKafkaProducer, count: int, *, abort: bool = False, age_s: float = 0) -> None:
        """Write some records to each partition in one transaction."""
        at = int((time.time() - age_s) * 1000)
        await client.begin_transaction()
        for number in range(count * PARTITIONS):
            await client.send(self.topic, b"{}", partition=number % PARTITIONS, timestamp_ms=at)
        await (client.abort_transaction() if abort else client.commit_transaction())

    async def commit(self, *offsets: int) -> None:
        """Commit one offset a partition without being a member."""
        client = AIOKafkaConsumer(**client_options(self.settings), group_id=self.group, enable_auto_commit=False)
        await client.start()
        try:
            places = [TopicPartition(self.topic, number) for number in range(len(offsets))]
            client.assign(places)
            await client.commit(dict(zip(places, offsets, strict=True)))
        finally:
            await client.stop()

    async def records(self, told: dict[int, Told]) -> dict[int, int]:
        """How many records lie in the gaps the tool tells of, read one by one by a department's consumer."""
        counts = dict.fromkeys(told, 0)
        async with reader(self.settings) as consumer:
            consumer.assign([TopicPartition(self.topic, number) for number in told])
            for number, one in told.items():
                consumer.seek(TopicPartition(self.topic, number), one.committed or 0)
            left = {TopicPartition(self.topic, number) for number, one in told.items() if one.lag}
            while left:
                for part, records in (await consumer.getmany(*left, timeout_ms=200)).items():
                    counts[part.partition] += sum(record.offset < told[part.partition].end for record in records)
                left = {part for part in left if await consumer.position(part) < told[part.partition].end}
        return counts


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)


def waiting(found: Measured) -> dict[int, int]:
    """Our figures by partition."""
    return {part.partition: part.waiting for part in found.partitions}


@pytest.fixture
async def beside(services: Services, topic_prefix: str, tmp_path: Path) -> Beside:
    """Give an empty topic."""
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=PARTITIONS)
    await create_topics(settings, (CLASSIFIED,))
    return Beside(settings, settings.naming.topic(CLASSIFIED), settings.naming.group("route"), tmp_path)


async def test_idle_with_a_backlog_idle_without_and_after_a_reset(beside: Beside) -> None:
    seen: list[tuple[dict[int, int], dict[int, int], dict[int, int | None]]] = []
    async with beside.writer() as client, beside.engine() as engine:
        for count in (1, 1, 4, 10):
            await beside.write(client, count)
        await beside.write(client, 6, abort=True)
        reset = ("--reset-offsets", "--to-earliest", "--execute", "--topic", beside.topic)
        for step in ((2, 9, 20), (20, 20, 27), (27, 27, 27), reset):
            if step is reset:
                await beside.tool(*reset)
            else:
                await beside.commit(*map(int, step))
            told = await beside.tool()
            [found] = (await engine.look()).found
            lags = {number: one.lag for number, one in told.items()}
            seen.append((waiting(found), await beside.records(told), lags))

    # The transaction that was rolled back and five markers: 27 offsets a partition, 16 of them records.
    assert [lags for _, _, lags in seen] == [
        {0: 25, 1: 18, 2: 7},
        {0: 7, 1: 7, 2: 0},
        {0: 0, 1: 0, 2: 0},
        dict.fromkeys(range(3), 27),
    ]
    assert [ours for ours, _, _ in seen] == [truth for _, truth, _ in seen]
    assert seen[-1][0] == dict.fromkeys(range(3), 16)


async def test_after_retention_what_is_gone_stands_apart_and_both_agree_on_the_rest(beside: Beside) -> None:
    async with beside.writer() as client, beside.engine() as engine:
        await beside.write(client, 10)
        await beside.write(client, 10)
        await beside.commit(2, 2, 2)
        async with admin(beside.settings) as owner:
            gone = {TopicPartition(beside.topic, 0): RecordsToDelete(before_offset=7)}
            await owner.delete_records(gone)
        told = await beside.tool()
        [found] = (await engine.look()).found

    assert [(part.deleted, part.waiting) for part in found.partitions] == [(5, 13), (0, 18), (0, 18)]
    # The tool counts what retention removed as waiting (5), and the two markers.
    assert {number: one.lag for number, one in told.items()} == {0: 20, 1: 20, 2: 20}


async def test_under_load_the_tool_lies_between_two_of_our_looks(beside: Beside) -> None:
    stop = asyncio.Event()

    async def load(client: AIOKafkaProducer) -> None:
        written = 0
        while not stop.is_set():
            await beside.write(client, 5)
            written += 6
            if written % 60 == 0:
                await beside.commit(*[written - 30] * PARTITIONS)

    async with beside.writer() as client, beside.engine() as engine:
        await beside.write(client, 5)
        await beside.commit(0, 0, 0)
        loading = asyncio.create_task(load(client))
        [before] = (await engine.look()).found
        told = await beside.tool()
        [after] = (await engine.look()).found
        stop.set()
        await loading
        truth = await beside.records(told)

    for was, now in zip(before.partitions, after.partitions, strict=True):
        one = told[was.partition]
        assert was.committed is not None
        assert now.committed is not None
        assert one.committed is not None
        assert was.committed <= one.committed <= now.committed
        assert was.end <= one.end
        # Five records and a marker each: what the tool tells too much is one offset a transaction.
        assert one.lag == one.end - one.committed
        assert truth[was.partition] == -(-one.lag * 5 // 6)
        assert was.waiting == -(-(was.end - was.start) * 5 // 6)


@pytest.mark.parametrize("delay_s", [7, 300, 5400])
async def test_the_oldest_is_as_old_as_it_was_made(beside: Beside, delay_s: int) -> None:
    async with beside.writer() as client, beside.engine() as engine:
        await beside.write(client, 2, age_s=90_000)
        await beside.write(client, 3, age_s=delay_s)
        await beside.write(client, 3)
        await beside.commit(3, 3, 3)
        look = await engine.look()

    oldest_s = look.found[0].oldest_s(look.at)
    assert oldest_s is not None
    assert abs(oldest_s - delay_s) <= 2


async def test_a_gap_too_large_to_count_is_an_upper_bound_that_says_so(beside: Beside) -> None:
    async with beside.writer() as client, beside.engine() as engine:
        await beside.write(client, 6_000, age_s=100)
        await beside.write(client, 50)
        await beside.commit(0, 6_001, 6_051)
        look = await engine.look()
        again = await engine.look()

    parts = look.found[0].partitions
    assert [(part.waiting, part.exact) for part in parts] == [(6_052, False), (50, True), (0, True)]
    assert parts == again.found[0].partitions
    assert parts[0].oldest_ms is not None
    assert 98 < look.at.timestamp() - parts[0].oldest_ms / 1000 < 160
    assert again.requests < look.requests
