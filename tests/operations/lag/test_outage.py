"""Kafka dies under the sampler and comes back."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.local import EmbeddedPlatform, Part
from infra.kafka import create_topics
from operations.lag.exposition import COLLECTOR
from operations.lag.sampler import LagSampler
from schemas.settings import KafkaSettings, LagSettings, Settings
from schemas.topics import CLASSIFIED
from tests.waiting import until

pytestmark = pytest.mark.services


async def test_while_kafka_is_away_the_last_board_stays_says_so_and_heals(
    own_platform: EmbeddedPlatform, topic_prefix: str, tmp_path: Path
) -> None:
    status = own_platform.status()
    assert status.kafka
    kafka = KafkaSettings(bootstrap_servers=status.kafka.bootstrap_servers, prefix=topic_prefix, partitions=1)
    await create_topics(kafka, (CLASSIFIED,))
    sampler = LagSampler(Settings(home=tmp_path, kafka=kafka, lag=LagSettings(every=timedelta(seconds=0.2))), None)
    stop = asyncio.Event()
    running = asyncio.create_task(sampler.run(stop))

    before = await until(lambda: sampler.board)
    await asyncio.to_thread(own_platform.kill, Part.KAFKA)
    away = await until(lambda: sampler.board if sampler.board and sampler.board.unknown else None)
    shown = [
        sample
        for family in COLLECTOR.collect()
        if family.name == "kafka_consumergroup_lag"
        for sample in family.samples
    ]
    unready = sampler.health()
    await asyncio.to_thread(own_platform.start, Part.KAFKA)
    back = await until(lambda: sampler.board if sampler.board and not sampler.board.unknown else None)
    stop.set()
    await running

    assert [row.key for row in away.rows] == [row.key for row in before.rows]
    assert "Kafka" in away.unknown[0].zh
    assert (shown, unready.ready, sampler.health().ready) == ([], False, True)
    assert away.at < back.at
