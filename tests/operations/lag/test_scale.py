"""A large installation: 200 department topics of 12 partitions and 50 groups, on one broker."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.kafka import admin, client_options, producer
from operations.lag.measuring import LagEngine
from operations.lag.watched import Look, Readers
from schemas.settings import KafkaSettings
from tests.services import Services
from tests.waiting import until

pytestmark = pytest.mark.services

TOPICS, PARTITIONS, GROUPS, TOPICS_A_GROUP = 200, 12, 50, 4
OTHERS = 20


@dataclass(frozen=True)
class Large:
    """The installation."""

    settings: KafkaSettings
    departments: dict[str, str]
    groups: Sequence[str]


@pytest.fixture
async def large(services: Services, topic_prefix: str) -> AsyncIterator[Large]:
    """Give all topics with a few records each, and groups that are behind on some of them; take them away again."""
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers)
    topics = [f"{topic_prefix}.departments.d{number}.v1" for number in range(TOPICS)]
    groups = [f"{topic_prefix}.g{number}" for number in range(GROUPS)]
    async with admin(settings) as client:
        await client.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics], timeout_ms=120_000)
        await until(lambda: _led(client, topics), timeout_s=120, every_s=0.5)
        async with producer(settings) as writer:
            sends = [await writer.send(topic, b"{}", partition=at) for topic in topics for at in range(PARTITIONS)]
            await asyncio.gather(*sends)
        for number, group in enumerate(groups):
            await _commit(settings, group, topics[number * TOPICS_A_GROUP : (number + 1) * TOPICS_A_GROUP])
        yield Large(settings, dict(zip([f"d{number}" for number in range(TOPICS)], topics, strict=True)), groups)
        await client.delete_topics(topics, timeout_ms=120_000)


async def _led(client: AIOKafkaAdminClient, topics: Sequence[str]) -> bool:
    found = await client.describe_topics(topics)
    return all(part["leader"] >= 0 for topic in found for part in topic["partitions"]) and len(found) == len(topics)


async def _commit(settings: KafkaSettings, group: str, topics: Sequence[str]) -> None:
    member = AIOKafkaConsumer(**client_options(settings), group_id=group, enable_auto_commit=False)
    await member.start()
    try:
        places = [TopicPartition(topic, at) for topic in topics for at in range(PARTITIONS)]
        member.assign(places)
        await member.commit({place: place.partition % 2 for place in places})
    finally:
        await member.stop()


async def test_a_look_costs_a_bounded_number_of_requests(large: Large) -> None:
    engine = LagEngine(large.settings, Readers(departments=large.departments))
    looks: list[tuple[Look, float]] = []
    try:
        await engine.start()
        for _ in range(6):
            began = time.perf_counter()
            looks.append((await engine.look(), time.perf_counter() - began))
    finally:
        await engine.close()

    print([(look.requests, round(seconds * 1000)) for look, seconds in looks])
    rows = looks[-1][0].found
    ours = [row for row in rows if row.watched.group in large.groups]
    assert len(ours) == TOPICS
    assert all(row.waiting == PARTITIONS // 2 for row in ours)
    # List, describe and twice the offsets of the one broker, and what each group committed; all else is asked rarely.
    # Groups that other tests make meanwhile are asked once each.
    assert all(look.requests <= 4 + GROUPS + OTHERS for look, _ in looks[1:])
