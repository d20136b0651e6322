"""The sender and the sweeper as services: woken at once, healing by themselves, gone quickly when told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Outgoing, Sent
from infra.clock import present
from infra.kafka import client_options, create_topics
from infra.service import Service
from schemas.outcomes import OutboxResult
from schemas.settings import ClockSettings, KafkaSettings, SenderSettings
from schemas.topics import OUTBOX_RESULTS
from tests.services import Services
from tests.waiting import until
from tests.workers.acknowledge.pieces import DESK, HOUR, Objects, acknowledge, classified
from tests.workers.pieces import NOON, complaint, decide, mail, rows
from tests.workers.sender.pieces import Begin, Channel, accept
from workers.acknowledge import Sweeper
from workers.acknowledge.sweeper import SweeperParts
from workers.clock import Clock
from workers.sender import Sender, SenderParts

pytestmark = pytest.mark.services
NO_KAFKA = KafkaSettings(bootstrap_servers="127.0.0.1:1")


@pytest.fixture
async def kafka(services: Services, topic_prefix: str) -> KafkaSettings:
    """The broker with a results topic of its own."""
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1)
    await create_topics(settings, [OUTBOX_RESULTS])
    return settings


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[asyncio.Event]:
    """Run a service for the length of the block; it must end when told to."""
    stop = asyncio.Event()
    task = asyncio.create_task(service.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await task


async def results(settings: KafkaSettings, count: int) -> list[OutboxResult]:
    """The first results on the topic."""
    topic = settings.naming.topic(OUTBOX_RESULTS)
    consumer = AIOKafkaConsumer(topic, **client_options(settings), auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            return [OutboxResult.model_validate_json((await consumer.getone()).value) for _ in range(count)]
    finally:
        await consumer.stop()


def parts(engine: AsyncEngine, channel: Channel, kafka: KafkaSettings, settings: SenderSettings) -> SenderParts:
    return SenderParts(engine, {"email": channel}, settings, kafka, present, timedelta(seconds=5))


async def test_a_new_message_wakes_the_sender_and_its_result_reaches_kafka(
    engine: AsyncEngine, kafka: KafkaSettings
) -> None:
    channel = Channel()
    service = Sender(parts(engine, channel, kafka, SenderSettings()))

    async with running(service):
        await acknowledge(engine, classified(mail("a@x")), at=present())
        [result] = await results(kafka, 1)
        await until(lambda: service.health().ready)

    assert (result.outcome, channel.asked.total()) == ("sent", 1)
    assert await rows(engine, "SELECT count(*) FROM outbox_attempts WHERE published_at IS NOT NULL") == [(1,)]


async def test_messages_go_out_while_kafka_is_away_and_results_follow_when_it_is_back(
    engine: AsyncEngine, kafka: KafkaSettings
) -> None:
    channel = Channel()
    await acknowledge(engine, classified(mail("a@x")), at=present())

    service = Sender(parts(engine, channel, NO_KAFKA, SenderSettings()))
    async with running(service):
        await until(lambda: channel.asked.total() == 1)
        await until(lambda: not service.health().ready)
    async with running(Sender(parts(engine, channel, kafka, SenderSettings()))):
        [result] = await results(kafka, 1)

    assert (result.outcome, channel.asked.total()) == ("sent", 1)


async def test_a_message_on_its_way_is_finished_before_the_sender_ends(
    engine: AsyncEngine, kafka: KafkaSettings
) -> None:
    reached, release = asyncio.Event(), asyncio.Event()

    async def slow(message: Outgoing, before_irrevocable: Begin) -> Sent:
        reached.set()
        await release.wait()
        return await accept(message, before_irrevocable)

    await acknowledge(engine, classified(mail("a@x")), at=present())
    async with running(Sender(parts(engine, Channel(slow), kafka, SenderSettings()))) as stop:
        await reached.wait()
        stop.set()
        release.set()

    assert await rows(engine, "SELECT state, published_at IS NOT NULL FROM outbox_attempts") == [("sent", True)]


async def test_lost_database_connections_are_replaced_and_the_work_goes_on(
    engine: AsyncEngine, kafka: KafkaSettings
) -> None:
    channel = Channel()

    async with running(Sender(parts(engine, channel, kafka, SenderSettings()))):
        await acknowledge(engine, classified(mail("a@x")), at=present())
        await until(lambda: channel.asked.total() == 1)
        async with engine.connect() as connection:
            await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await acknowledge(engine, classified(mail("b@x", "wu@customers.example")), at=present())
        await until(lambda: channel.asked.total() == 2)


async def test_the_sweeper_publishes_outcomes_without_a_message_itself(
    engine: AsyncEngine, kafka: KafkaSettings
) -> None:
    shown = complaint()
    await decide(engine, Clock(24 * HOUR), shown)
    swept = SweeperParts(engine, DESK, Objects(), ClockSettings(), kafka, lambda: NOON + 20 * HOUR, HOUR)

    async with running(Sweeper(swept)):
        [result] = await results(kafka, 1)

    assert (result.complaint_id, result.outcome, result.at) == (shown.complaint_id, "sent", NOON)
    again = Sweeper(replace(swept, kafka=NO_KAFKA))
    assert await again.sweep(NOON + 21 * HOUR) == 0


async def test_the_sweeper_answers_while_kafka_is_away(engine: AsyncEngine) -> None:
    await decide(engine, Clock(24 * HOUR), mail("a@x"))
    swept = SweeperParts(
        engine, DESK, Objects(), ClockSettings(), NO_KAFKA, lambda: NOON + 20 * HOUR, timedelta(seconds=1)
    )

    async with running(Sweeper(swept)):
        await until(lambda: _written(engine))


async def _written(engine: AsyncEngine) -> bool:
    return await rows(engine, "SELECT count(*) FROM outbox") == [(1,)]
