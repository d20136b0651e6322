"""Kafka or the database away and back: the worker waits, says so, heals by itself, and nothing is missing or twice."""

import asyncio

import pytest

from deploy.local import EmbeddedPlatform, Part
from tests.waiting import until
from tests.workers.runtime.harness import Installation, names, numbered
from tests.workers.runtime.probe import TARGET, Count

pytestmark = pytest.mark.services


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_kafka_goes_away_under_load_and_comes_back(
    own: Installation, own_platform: EmbeddedPlatform, how: str
) -> None:
    async with own.worker(Count()) as running:
        await running.has(3)
        await own.send(*numbered(1500))
        await until(lambda: "last_progress" in running.worker.health().facts, every_s=0.001)
        await asyncio.to_thread(getattr(own_platform, how), Part.KAFKA)
        try:
            await running.is_("waiting for kafka")
            assert not running.worker.health().ready
        finally:
            await asyncio.to_thread(own_platform.start, Part.KAFKA)
        await own.send(*numbered(100, start=1500))
        found = await own.read(TARGET, 1600)
        await running.is_("running")

    assert names(found) == [f"{n:05}" for n in range(1600)]


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_the_database_goes_away_under_load_and_the_member_keeps_its_place(
    own: Installation, own_platform: EmbeddedPlatform, how: str
) -> None:
    async with own.worker(Count()) as running:
        await running.has(3)
        await own.send(*numbered(300))
        await own.read(TARGET, 1)
        await asyncio.to_thread(getattr(own_platform, how), Part.DATABASE)
        try:
            await own.send(*numbered(300, start=300))
            await running.is_("waiting for database")
            assert not running.worker.health().ready
        finally:
            await asyncio.to_thread(own_platform.start, Part.DATABASE)
        found = await own.read(TARGET, 600)
        await running.is_("running")
        rebuilds = running.worker.health().facts["rebuilds"]

    assert names(found) == [f"{n:05}" for n in range(600)]
    assert rebuilds == 0


async def test_a_worker_that_starts_before_the_database_waits_for_it(
    own: Installation, own_platform: EmbeddedPlatform
) -> None:
    await own.send(*numbered(5))
    await asyncio.to_thread(own_platform.stop, Part.DATABASE)

    async with own.worker(Count()) as running:
        try:
            await running.is_("waiting for database")
        finally:
            await asyncio.to_thread(own_platform.start, Part.DATABASE)
        found = await own.read(TARGET, 5)

    assert len(found) == 5


async def test_a_worker_that_starts_before_kafka_waits_for_it(
    own: Installation, own_platform: EmbeddedPlatform
) -> None:
    await own.send(*numbered(5))
    await asyncio.to_thread(own_platform.stop, Part.KAFKA)

    async with own.worker(Count()) as running:
        try:
            await running.is_("waiting for kafka")
        finally:
            await asyncio.to_thread(own_platform.start, Part.KAFKA)
        found = await own.read(TARGET, 5)

    assert len(found) == 5
