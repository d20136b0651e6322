"""The cut on the real broker: who has not come so far is told, and what can be judged nevertheless."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from infra.kafka import client_options
from operations.ledger.cut import AUDITOR, Cut, reach
from schemas.settings import DatabaseSettings, KafkaSettings
from schemas.topics import RECEIVED
from tests.services import Services
from tests.workers.auditor.pieces import TOPICS, Audited, at_work, installed

pytestmark = pytest.mark.services

STAGE = "deduplicate"


@pytest.fixture
async def audited(services: Services, database_url: str, topic_prefix: str) -> AsyncIterator[Audited]:
    """An installation whose topics exist and are empty."""
    await migrate(database_url)
    engine: AsyncEngine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    yield await installed(engine, KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix))
    await engine.dispose()


async def cut_of(audited: Audited, wait_s: float) -> Cut:
    """A cut of an installation with one stage."""
    return await reach(audited.kafka, audited.engine, {STAGE: (RECEIVED,)}, TOPICS, wait_s)


async def commit(audited: Audited, partition: int, offset: int) -> None:
    """Let the stage have come so far."""
    group = audited.kafka.naming.group(STAGE)
    consumer = AIOKafkaConsumer(**client_options(audited.kafka), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        await asyncio.sleep(0)
        part = TopicPartition(audited.kafka.naming.topic(RECEIVED), partition)
        consumer.assign([part])
        await consumer.commit({part: offset})
    finally:
        await consumer.stop()


async def test_a_late_stage_is_told_and_what_the_ledger_holds_can_be_judged(audited: Audited) -> None:
    [(partition, offset)] = await audited.write(RECEIVED, str(uuid4()))

    nobody = await cut_of(audited, 0)
    async with at_work(audited.auditor()):
        stage_late = await cut_of(audited, 1)
        await commit(audited, partition, offset + 1)
        reached = await cut_of(audited, 30)

    assert not nobody.audited
    assert (stage_late.audited, stage_late.caught_up) == (True, False)
    assert [(one.who, one.partition, one.passed) for one in stage_late.lines if not one.done] == [
        (STAGE, partition, None)
    ]
    assert (reached.audited, reached.caught_up) == (True, True)
    assert reached.passed[STAGE] == {TopicPartition(audited.kafka.naming.topic(RECEIVED), partition): offset + 1}


async def test_committed_records_behind_an_open_transaction_are_waited_for(audited: Audited) -> None:
    """They are not visible yet, but the stage that wrote them has passed its input."""
    async with at_work(audited.auditor()):
        producer = AIOKafkaProducer(**client_options(audited.kafka), transactional_id=f"{audited.kafka.prefix}-open")
        await producer.start()
        try:
            await producer.begin_transaction()
            await producer.send_and_wait(audited.kafka.naming.topic(TOPICS[3]), b"{}", partition=0)
            await audited.write(TOPICS[3], str(uuid4()), partition=0)
            hidden = await cut_of(audited, 2)
            await producer.abort_transaction()
        finally:
            await producer.stop()
        visible = await cut_of(audited, 30)

    late = [(one.who, one.topic, one.partition) for one in hidden.lines if not one.done]
    assert late == [(AUDITOR, audited.kafka.naming.topic(TOPICS[3]), 0)]
    assert visible.audited
