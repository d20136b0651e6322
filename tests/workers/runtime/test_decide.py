"""Decide once: replays emit the same, redeliveries nothing, the guilty record of a batch is found."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.records import Command
from schemas.wire import REPLAY_STAGE
from tests.workers.runtime.probe import Copy, Count, command
from workers.runtime.driver import incoming, run_batch, settle_batch
from workers.runtime.failures import Contended
from workers.runtime.outcome import Fate, Outcome
from workers.runtime.stage import Incoming


def fates(outcomes: Sequence[Outcome]) -> list[Fate]:
    return [outcome.fate for outcome in outcomes]


class TestPureStage:
    async def test_every_record_is_emitted_in_order(self) -> None:
        emits = await run_batch(Copy(), None, [incoming(command("a"), 0), incoming(command("b"), 1)])

        assert [emit.record.by for emit in emits] == ["a", "b"]  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        ("kind", "error_class"),
        [("poison", "PoisonRecord"), ("bug", "ZeroDivisionError"), ("huge", "TooLargeToProduce")],
    )
    async def test_a_record_that_cannot_be_processed_dies_alone(self, kind: str, error_class: str) -> None:
        items = [incoming(command("a"), 0), incoming(command("b", kind=kind), 1), incoming(command("c"), 2)]

        before, guilty, after = await settle_batch(Copy(), None, items)

        assert fates([before, guilty, after]) == [Fate.DECIDED, Fate.DEAD_LETTER, Fate.DECIDED]
        assert guilty.failure is not None
        assert guilty.failure.error_class == error_class
        assert guilty.outgoing == ()

    async def test_a_failure_is_described_by_place_and_never_quotes_the_content(self) -> None:
        [outcome] = await settle_batch(Copy(), None, [incoming(command("a", kind="bug", reason="13800138000"))])

        assert outcome.failure is not None
        assert "probe.py" in outcome.failure.place
        assert "13800138000" not in outcome.failure.place


@pytest.mark.services
class TestDecidingStage:
    async def test_later_records_of_a_batch_see_earlier_ones(self, engine: AsyncEngine) -> None:
        other = command("a").model_copy(update={"command_id": uuid4()})

        first, second = await run_batch(Count(), engine, [incoming(command("a"), 0), incoming(other, 1)])

        assert [first.record.arguments, second.record.arguments] == [  # type: ignore[attr-defined]
            {"times": "1", "padding": ""},
            {"times": "2", "padding": ""},
        ]

    async def test_the_same_origin_again_is_a_replay_and_emits_the_same_bytes(self, engine: AsyncEngine) -> None:
        items = [incoming(command("a"), 0), incoming(command("b"), 1)]

        first = await settle_batch(Count(), engine, items)
        again = await settle_batch(Count(), engine, items)

        assert fates(again) == [Fate.REPLAYED, Fate.REPLAYED]
        assert [outcome.outgoing for outcome in again] == [outcome.outgoing for outcome in first]

    async def test_another_origin_is_a_redelivery_and_emits_nothing(self, engine: AsyncEngine) -> None:
        await settle_batch(Count(), engine, [incoming(command("a"), 0)])

        [again] = await settle_batch(Count(), engine, [incoming(command("a"), 7)])

        assert (again.fate, again.outgoing) == (Fate.REDELIVERY, ())

    async def test_twice_in_one_batch_the_first_decides_and_the_second_is_a_redelivery(
        self, engine: AsyncEngine
    ) -> None:
        items = [incoming(command("a"), 0), incoming(command("a"), 1)]

        assert fates(await settle_batch(Count(), engine, items)) == [Fate.DECIDED, Fate.REDELIVERY]
        assert fates(await settle_batch(Count(), engine, items)) == [Fate.REPLAYED, Fate.REDELIVERY]

    @pytest.mark.parametrize(
        ("kind", "error_class"),
        [
            ("poison", "PoisonRecord"),
            ("bug", "ZeroDivisionError"),
            ("sql-nul", "DataError"),
            ("sql-surrogate", "UnicodeEncodeError"),
            ("sql-data", "DataError"),
            ("emit-bug", "ZeroDivisionError"),
            ("huge", "TooLargeToProduce"),
        ],
    )
    async def test_the_guilty_record_dies_alone_and_leaves_no_decision(
        self, engine: AsyncEngine, kind: str, error_class: str
    ) -> None:
        items = [incoming(command(str(n), kind=kind if n == 3 else "copy"), n) for n in range(7)]

        outcomes = await settle_batch(Count(), engine, items)

        assert fates(outcomes) == [Fate.DECIDED] * 3 + [Fate.DEAD_LETTER] + [Fate.DECIDED] * 3
        failure = outcomes[3].failure
        assert failure is not None
        assert failure.error_class == error_class
        async with engine.connect() as connection:
            kept = await connection.scalar(text('SELECT count(*) FROM probe_decisions WHERE "offset" = 3'))
            others = await connection.scalar(text("SELECT count(*) FROM probe_decisions"))
        assert (kept, others) == (0, 6)

    async def test_a_lost_connection_is_raised_and_never_a_dead_letter(self, engine: AsyncEngine) -> None:
        def cut(items: Sequence[Incoming[Command]]) -> None:
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        with pytest.raises(psycopg.OperationalError):
            await settle_batch(Count(cut), engine, [incoming(command("a"))])

    async def test_contention_halves_the_batch_and_every_record_is_decided(self, engine: AsyncEngine) -> None:
        def refuse_large_ones(items: Sequence[Incoming[Command]]) -> None:
            if len(items) > 2:
                raise psycopg.errors.DeadlockDetected

        stage = Count(refuse_large_ones)

        outcomes = await settle_batch(stage, engine, [incoming(command(str(n)), n) for n in range(8)])

        assert fates(outcomes) == [Fate.DECIDED] * 8
        assert stage.calls == [8, 4, 2, 2, 4, 2, 2]

    async def test_contention_with_one_record_left_is_raised_and_never_a_dead_letter(self, engine: AsyncEngine) -> None:
        def refuse(items: Sequence[Incoming[Command]]) -> None:
            raise psycopg.errors.SerializationFailure

        with pytest.raises(psycopg.errors.SerializationFailure):
            await settle_batch(Count(refuse), engine, [incoming(command("a"))])

    @pytest.mark.parametrize("with_locks", [True, False])
    async def test_two_workers_with_the_same_records_decide_each_once(
        self, engine: AsyncEngine, with_locks: bool
    ) -> None:
        stage = Count()
        if not with_locks:
            stage.locks = None
        one = [incoming(command(str(n)), n, partition=0) for n in range(40)]
        other = [incoming(command(str(n)), n, partition=1) for n in reversed(range(40))]

        async def patiently(items: Sequence[Incoming[Command]]) -> list[Fate]:
            while True:
                try:
                    return fates(await settle_batch(stage, engine, items))
                except Contended:
                    continue

        first, second = await asyncio.gather(patiently(one), patiently(other))

        emitted = [fate for fate in first + second if fate in {Fate.DECIDED, Fate.REPLAYED}]
        assert len(emitted) == 40
        assert (first + second).count(Fate.REDELIVERY) == 40

    async def test_a_replayed_dead_letter_emits_once_although_it_was_decided(self, engine: AsyncEngine) -> None:
        await settle_batch(Count(), engine, [incoming(command("a"), 4)])
        headers = {
            REPLAY_STAGE: "count",
            "x-original-topic": "input.v1",
            "x-original-partition": "0",
            "x-original-offset": "4",
        }

        [replay] = await settle_batch(Count(), engine, [incoming(command("a"), 9, headers=headers)])
        [same] = await settle_batch(Count(), engine, [incoming(command("a"), 9, headers=headers)])
        [second] = await settle_batch(Count(), engine, [incoming(command("a"), 11, headers=headers)])

        assert fates([replay, same, second]) == [Fate.REPLAYED, Fate.REPLAYED, Fate.REDELIVERY]

    async def test_a_dead_letter_replayed_twice_in_one_batch_emits_once(self, engine: AsyncEngine) -> None:
        await settle_batch(Count(), engine, [incoming(command("a"), 4)])
        headers = {
            REPLAY_STAGE: "count",
            "x-original-topic": "input.v1",
            "x-original-partition": "0",
            "x-original-offset": "4",
        }
        twice = [incoming(command("a"), offset, headers=headers) for offset in (9, 10)]

        first = await settle_batch(Count(), engine, twice)
        again = await settle_batch(Count(), engine, twice)

        assert [fates(first), fates(again)] == [[Fate.REPLAYED, Fate.REDELIVERY]] * 2
