"""Heartbeats: what processes say of their parts, what is known of silent and of ended ones."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from infra.service import Health
from operations.heartbeats import Beat, Heart, beats
from schemas.settings import DatabaseSettings, Settings
from schemas.settings.watch import WatchSettings
from tests.waiting import until

pytestmark = pytest.mark.services


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    watch = WatchSettings(beat_every=timedelta(milliseconds=20))
    return Settings(home=tmp_path, database=DatabaseSettings(url=SecretStr(database_url)), watch=watch)


@pytest.fixture
async def engine(settings: Settings, database_url: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database_url)
    made = create_engine(settings.database)
    yield made
    await made.dispose()


async def told(engine: AsyncEngine) -> dict[str, Beat]:
    async with engine.connect() as connection:
        _, found = await beats(connection)
    return {one.part: one for one in found}


async def test_each_part_is_told_of_with_its_cause_and_the_room_on_its_disks(
    settings: Settings, engine: AsyncEngine
) -> None:
    bad = Health("mailbox main", False, "login refused", {"cause": "wrong-password", "account": "main"})
    heart = Heart(settings, "connector imap", lambda: [Health("imap", True, "works"), bad])

    await heart.beat(engine)

    found = await told(engine)
    assert found["imap"].ready
    assert found["mailbox main"].facts["cause"] == "wrong-password"
    assert found["mailbox main"].not_ready_since is not None
    assert found["imap"].disks["home"].free_bytes > 0
    assert set(found["imap"].disks) == {"home", "spool", "objects"}


async def test_since_when_a_part_is_not_ready_stays_until_it_is_ready_again(
    settings: Settings, engine: AsyncEngine
) -> None:
    now = [Health("sender", False, "waits for the database")]
    heart = Heart(settings, "worker sender", lambda: now)
    await heart.beat(engine)
    first = (await told(engine))["sender"].not_ready_since
    await heart.beat(engine)
    assert (await told(engine))["sender"].not_ready_since == first

    now[0] = Health("sender", True, "working")
    await heart.beat(engine)

    assert (await told(engine))["sender"].not_ready_since is None


async def test_a_clock_that_is_wrong_is_told_by_how_much(settings: Settings, engine: AsyncEngine) -> None:
    ahead = Heart(
        settings, "gateway", lambda: [Health("gateway", True, "works")], lambda: datetime.now(UTC) + timedelta(hours=1)
    )

    await ahead.beat(engine)

    skew = (await told(engine))["gateway"].skew
    assert abs(skew - timedelta(hours=1)) < timedelta(seconds=20)


async def test_a_part_that_is_being_built_anew_is_not_ready_rather_than_gone(
    settings: Settings, engine: AsyncEngine
) -> None:
    parts = [Health("imap", True, "works"), Health("mailbox main", True, "works")]
    heart = Heart(settings, "run", lambda: parts)
    await heart.beat(engine)
    parts.pop()

    await heart.beat(engine)

    gone = (await told(engine))["mailbox main"]
    assert not gone.ready
    assert gone.ended_at is None


async def test_a_clean_stop_is_told_from_silence(settings: Settings, engine: AsyncEngine) -> None:
    stop = asyncio.Event()
    heart = Heart(settings, "run", lambda: [Health("clock", True, "works")])
    running = asyncio.create_task(heart.run(stop))
    await until(lambda: told(engine))
    assert (await told(engine))["clock"].ended_at is None

    stop.set()
    await running

    assert (await told(engine))["clock"].ended_at is not None


async def test_without_tables_the_heart_goes_on_and_beats_once_they_are_there(
    settings: Settings, database_url: str
) -> None:
    stop = asyncio.Event()
    heart = Heart(settings, "run", lambda: [Health("clock", True, "works")])
    running = asyncio.create_task(heart.run(stop))
    await migrate(database_url)
    own = create_engine(settings.database)

    try:
        assert await until(lambda: told(own))
    finally:
        stop.set()
        await running
        await own.dispose()


async def test_no_database_is_no_reason_to_fail(tmp_path: Path) -> None:
    nowhere = DatabaseSettings(url=SecretStr("postgresql://nobody@127.0.0.1:1/none"))
    watch = WatchSettings(beat_every=timedelta(milliseconds=1))
    heart = Heart(Settings(home=tmp_path, database=nowhere, watch=watch), "gateway", lambda: [Health("x", True, "y")])
    stop = asyncio.Event()
    stop.set()

    await heart.run(stop)
