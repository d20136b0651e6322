"""Lock rows are removed when nobody holds them, and only then."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.settings import KafkaSettings, WorkerSettings
from tests.workers.runtime.probe import LOCKS, Copy, Count
from workers.runtime import decisions, housekeeping
from workers.runtime.context import StageContext
from workers.runtime.housekeeping import Housekeeping


@pytest.mark.services
async def test_locks_that_are_held_stay_and_the_others_go(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await decisions.lock(connection, LOCKS, [f"free-{n}" for n in range(50)])
    keeping = Housekeeping(StageContext(Count(), KafkaSettings(), engine, WorkerSettings()))

    async with engine.begin() as holder:
        await decisions.lock(holder, LOCKS, ["free-7", "new"])
        gone = await keeping.forget_locks()

    async with engine.connect() as connection:
        left = set(await connection.scalars(text("SELECT key FROM probe_locks")))
    assert (gone, left) == (49, {"free-7", "new"})


@pytest.mark.services
async def test_a_key_can_be_locked_again_while_its_row_is_being_removed(engine: AsyncEngine) -> None:
    keeping = Housekeeping(StageContext(Count(), KafkaSettings(), engine, WorkerSettings()))

    for _ in range(20):
        async with engine.begin() as connection:
            await decisions.lock(connection, LOCKS, ["a", "b"])
        await keeping.forget_locks()

    assert await keeping.forget_locks() == 0


@pytest.mark.services
async def test_one_round_removes_all_that_nobody_holds(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "_AT_ONCE", 10)
    monkeypatch.setattr(housekeeping, "_EVERY_S", 0.0)
    async with engine.begin() as connection:
        await decisions.lock(connection, LOCKS, [f"free-{n:02}" for n in range(45)])

    await Housekeeping(StageContext(Count(), KafkaSettings(), engine, WorkerSettings())).when_due()

    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM probe_locks")) == 0


async def test_a_stage_without_locks_has_nothing_to_forget() -> None:
    assert await Housekeeping(StageContext(Copy(), KafkaSettings(), None, WorkerSettings())).forget_locks() == 0
