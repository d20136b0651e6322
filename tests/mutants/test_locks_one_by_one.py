"""Mutant: keys are locked record by record, not all of a batch in one sorted statement."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.records import Command
from schemas.wire import Naming
from tests.waiting import until
from tests.workers.pieces import incoming, rows
from tests.workers.runtime.probe import Count, Turn, command
from workers.runtime import decide as module
from workers.runtime import decisions
from workers.runtime.decide import decide_batch
from workers.runtime.encoding import Encoder
from workers.runtime.outcome import Fate, Outcome
from workers.runtime.stage import Incoming

pytestmark = pytest.mark.services

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Meeting(Count):
    """Decides its first records only when another batch has done so too, or cannot because it waits for our locks."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._engine = engine
        self._arrived = 0

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Command]]) -> Sequence[Turn]:
        self._arrived += 1
        await until(self._met)
        return await super().decide(connection, items)

    async def _met(self) -> bool:
        return self._arrived > 1 or await rows(self._engine, _WAITING) == [(1,)]


async def opposite_batches(engine: AsyncEngine) -> None:
    """Two batches with the same two keys, in opposite order, are decided at the same time."""
    deadlocks = []

    def note(failed: ExceptionContext) -> None:
        if getattr(failed.original_exception, "sqlstate", None) == "40P01":
            deadlocks.append(failed.original_exception)

    stage, encoder = Meeting(engine), Encoder(Naming())
    forward = [incoming(command(name)) for name in ("a", "b")]
    backward = [incoming(command(name)) for name in ("b", "a")]
    event.listen(engine.sync_engine, "handle_error", note)

    outcomes = await asyncio.gather(*(decide_batch(stage, engine, batch, encoder) for batch in (forward, backward)))

    assert not deadlocks, f"{len(deadlocks)} deadlock"
    fates = sorted(outcome.fate for batch in outcomes for outcome in batch)
    assert fates == [Fate.DECIDED, Fate.DECIDED, Fate.REDELIVERY, Fate.REDELIVERY]
    assert await rows(engine, "SELECT name, times FROM probe_seen ORDER BY name") == [("a", 1), ("b", 1)]


async def record_by_record(self: Any, plans: Sequence[Any]) -> list[Outcome]:
    """One transaction a batch as before, but each record's keys are locked when its turn comes."""
    async with self.engine.begin() as connection:
        for plan in plans:
            await decisions.lock(connection, self.stage.locks, module._blocking([plan]))
            known = await decisions.read(connection, self.stage.decisions, {plan.identity[0]})
            fresh = self._sort([plan], known)
            if fresh:
                await self._decide(connection, fresh)
    return [plan.outcome or self._emitted(plan, Fate.DECIDED) for plan in plans]


async def test_batches_that_share_keys_in_opposite_order_do_not_deadlock(engine: AsyncEngine) -> None:
    await opposite_batches(engine)


async def test_keys_locked_record_by_record_are_caught(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module._Transaction, "run", record_by_record)

    with pytest.raises(AssertionError, match="1 deadlock"):
        await opposite_batches(engine)
