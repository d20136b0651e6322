"""The sampler on a real broker: what everybody who watches is shown, look by look."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from infra.kafka import client_options, create_topics, producer
from operations.lag.rows import BoardRow, RowKind, RowState
from operations.lag.sampler import LagSampler
from operations.saying import Said
from schemas.settings import DepartmentSettings, KafkaSettings, LagSettings, Settings
from schemas.topics import CLASSIFIED, Topic, department_topic
from tests.services import Services
from tests.waiting import until

pytestmark = pytest.mark.services

QUALITY = department_topic("quality")
ROUTE = f"stage:route:{CLASSIFIED.name}"


@pytest.fixture
async def settings(services: Services, topic_prefix: str, tmp_path: Path) -> Settings:
    """Give an installation whose stages do not run, with the topics of two of its readers."""
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    await create_topics(kafka, (CLASSIFIED, QUALITY))
    return Settings(
        home=tmp_path,
        kafka=kafka,
        lag=LagSettings(every=timedelta(seconds=0.5)),
        departments={"quality": DepartmentSettings(owner="Quality desk", contact="8021", groups=("quality-mes",))},
        keys={"pseudonym": SecretStr("p" * 32)},
    )


@asynccontextmanager
async def watching(sampler: LagSampler) -> AsyncIterator[None]:
    """Run a sampler."""
    stop = asyncio.Event()
    running = asyncio.create_task(sampler.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 30)


@asynccontextmanager
async def reading(settings: Settings, topic: Topic, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A member of a group."""
    member = AIOKafkaConsumer(
        settings.kafka.naming.topic(topic),
        **client_options(settings.kafka),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await member.start()
    try:
        yield member
    finally:
        await member.stop()


def row(sampler: LagSampler, key: str) -> BoardRow:
    """The present row."""
    board = sampler.board
    assert board is not None
    prefix = sampler._settings.kafka.prefix
    return next(one for one in board.rows if one.key.replace(f"{prefix}.", "") == key)


async def looked(sampler: LagSampler) -> None:
    """Wait for the first board."""
    await until(lambda: sampler.board is not None)


async def send(client: AIOKafkaProducer, topic: str, count: int) -> None:
    """Write records."""
    for _ in range(count):
        await client.send_and_wait(topic, b"{}", partition=0)


async def test_a_stage_that_stands_still_is_stalled_and_ok_again_when_it_moves(settings: Settings) -> None:
    topic, group = settings.kafka.naming.topic(CLASSIFIED), settings.kafka.naming.group("route")
    sampler = LagSampler(settings, None)
    async with producer(settings.kafka) as client, reading(settings, CLASSIFIED, group) as member, watching(sampler):
        await send(client, topic, 1)
        await member.getone()
        await member.commit()
        await until(lambda: sampler.board and row(sampler, ROUTE).members)
        await send(client, topic, 3)
        await until(lambda: row(sampler, ROUTE).state is RowState.STALLED, timeout_s=20)
        stalled = row(sampler, ROUTE)
        for _ in range(3):
            await member.getone()
        await member.commit()
        await until(lambda: row(sampler, ROUTE).state is RowState.OK)

    assert (stalled.waiting, stalled.members) == (3, 1)
    assert "intake worker route" in stalled.why.en
    assert row(sampler, ROUTE).waiting == 0


async def test_a_stage_whose_worker_has_gone_has_no_consumer(settings: Settings) -> None:
    group = settings.kafka.naming.group("route")
    sampler = LagSampler(settings, None)
    async with watching(sampler):
        async with reading(settings, CLASSIFIED, group):
            await until(lambda: sampler.board and row(sampler, ROUTE).members == 1)
            there = row(sampler, ROUTE).state
        await until(lambda: row(sampler, ROUTE).state is RowState.NO_CONSUMER)

    assert there is RowState.OK


async def test_departments_are_shown_with_owner_whether_they_read_or_not(settings: Settings) -> None:
    sampler = LagSampler(settings, None)
    async with watching(sampler), reading(settings, QUALITY, "quality-bi"):
        await until(lambda: sampler.board and any(one.group == "quality-bi" for one in sampler.board.rows))
        assert sampler.board is not None
        rows = [one for one in sampler.board.rows if one.name == "quality"]
        others = {one.state for one in sampler.board.rows if one.kind is RowKind.DEPARTMENT and one.name != "quality"}

    assert [(one.group, one.owner, one.state) for one in rows] == [
        ("quality-bi", "Quality desk · 8021", RowState.OK),
        ("quality-mes", "Quality desk · 8021", RowState.NO_CONSUMER),
    ]
    assert others == {RowState.NO_CONSUMER}


async def test_rates_are_of_records_not_of_markers(settings: Settings) -> None:
    topic = settings.kafka.naming.topic(CLASSIFIED)
    sampler = LagSampler(settings, None)
    client = AIOKafkaProducer(
        **client_options(settings.kafka), transactional_id=settings.kafka.prefix, retry_backoff_ms=5
    )
    await client.start()
    try:
        async with watching(sampler):
            await looked(sampler)
            for _ in range(20):
                async with client.transaction():
                    await client.send(topic, b"{}", partition=0)
            await until(lambda: row(sampler, ROUTE).in_per_s, timeout_s=30)
            seen = row(sampler, ROUTE)
            assert sampler.measured is not None
    finally:
        await client.stop()

    assert seen.waiting == 20
    assert seen.in_per_s is not None
    assert seen.in_per_s <= 20 / 5


async def test_everybody_who_watches_sees_the_same_board(settings: Settings) -> None:
    sampler = LagSampler(settings, None)
    async with watching(sampler):
        await looked(sampler)
        viewers = [anext(sampler.subscribe()) for _ in range(5)]
        boards = await asyncio.gather(*viewers)

    assert len({id(board) for board in boards}) == 1


async def test_fifty_who_watch_cost_the_broker_no_more_than_nobody(settings: Settings) -> None:
    sampler = LagSampler(settings, None)
    async with watching(sampler):
        await looked(sampler)
        alone = await _requests(sampler)
        viewers = [asyncio.create_task(_watch(sampler)) for _ in range(50)]
        watched = await _requests(sampler)

    await asyncio.gather(*viewers)
    assert watched <= 1.5 * alone


async def _requests(sampler: LagSampler) -> float:
    """Requests a look, over five looks."""
    asked = []
    async for _ in sampler.subscribe():
        assert sampler.measured is not None
        asked.append(sampler.measured.requests)
        if len(asked) == 5:
            break
    return sum(asked) / len(asked)


async def _watch(sampler: LagSampler) -> None:
    async for _ in sampler.subscribe():
        pass


async def test_who_watches_is_let_go_when_the_sampler_stops(settings: Settings) -> None:
    sampler = LagSampler(settings, None)
    seen = 0

    async def watch() -> None:
        nonlocal seen
        async for _ in sampler.subscribe():
            seen += 1

    async with watching(sampler):
        await looked(sampler)
        viewer = asyncio.create_task(watch())
        await until(lambda: seen)

    await asyncio.wait_for(viewer, 5)


async def test_further_rows_are_shown_and_one_source_that_fails_takes_nothing_else_away(settings: Settings) -> None:
    said = Said("一", "one")
    channel = BoardRow("channel:mail", RowKind.CHANNEL, "mail", said, RowState.OK, said, waiting=3)

    async def channels() -> Sequence[BoardRow]:
        return [channel]

    async def failing() -> Sequence[BoardRow]:
        raise ConnectionRefusedError

    sampler = LagSampler(settings, None, (failing, channels))
    async with watching(sampler):
        await looked(sampler)

    assert sampler.board is not None
    assert row(sampler, "channel:mail").waiting == 3
    assert row(sampler, ROUTE).state is RowState.NO_CONSUMER
    assert [one.en[:10] for one in sampler.board.unknown] == ["PostgreSQL"]
    assert sampler.history("channel:mail")[0].waiting == 3
