"""The first looks go through all promises part by part, so that no look has to wait for all of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import create_engine, migrate
from operations.promises import owed as module
from operations.promises.owed import OwedNow
from schemas.settings import DatabaseSettings
from schemas.tables.clock import PROMISES

pytestmark = pytest.mark.services
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
async def connection(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncConnection]:
    monkeypatch.setattr(module, "_A_SLICE", 2)
    monkeypatch.setattr(module, "_AT_ONCE_S", 0.0)
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    async with engine.connect() as opened:
        yield opened
    await engine.dispose()


async def promised(connection: AsyncConnection, *ages: timedelta) -> list[UUID]:
    ids = [uuid4() for _ in ages]
    rows = [
        {
            "subject_id": subject, "kind": "complaint", "state": "open", "tracking_number": "AAAA", "channel": "email",
            "account": "care", "received_at": NOW - age, "due_at": NOW - age + timedelta(hours=24),
            "is_automatic": False, "page_shown": False, "by_authority": False, "reply_channel": "email",
            "addresses": [], "references": [], "noted_at": NOW - age,
        }
        for subject, age in zip(ids, ages, strict=True)
    ]  # fmt: skip
    await connection.execute(insert(PROMISES), rows)
    return ids


async def test_a_look_goes_through_a_part_the_last_received_first_and_all_are_known_in_the_end(
    connection: AsyncConnection,
) -> None:
    same = timedelta(hours=30)
    ids = await promised(connection, timedelta(hours=1), timedelta(hours=2), same, same, same)
    owed, seen = OwedNow(), []

    for second in range(4):
        await owed.refresh(connection, NOW + timedelta(seconds=second))
        seen.append((len(owed.all), owed.is_whole))

    assert seen == [(2, False), (4, False), (5, True), (5, True)]
    assert {one.subject_id for one in owed.all} == set(ids)


async def test_what_is_found_on_the_way_does_not_count_as_settled_or_not(connection: AsyncConnection) -> None:
    await promised(connection, *(timedelta(hours=hour) for hour in range(1, 6)))
    owed = OwedNow()

    for minute in range(6):
        await owed.refresh(connection, NOW + timedelta(minutes=minute))

    assert owed.is_whole
    assert owed.settled_per_s(NOW + timedelta(minutes=6)) == 0
