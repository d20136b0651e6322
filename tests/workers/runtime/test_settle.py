"""Bisecting: the guilty record is found, in order, with few tries; what heals is not bisected."""

import asyncio
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.runtime.probe import command
from workers.runtime.driver import incoming
from workers.runtime.outcome import Fate, Outcome
from workers.runtime.settle import settle
from workers.runtime.stage import Incoming

ITEMS = [incoming(command(str(offset)), offset) for offset in range(64)]


class Attempt:
    """Fails whenever a guilty offset is among the items."""

    def __init__(self, guilty: set[int], error: Exception | None = None) -> None:
        self.guilty = guilty
        self.error = error or ValueError("guilty")
        self.tries = 0

    async def __call__(self, items: Sequence[Incoming[Any]]) -> list[Outcome]:
        self.tries += 1
        if any(item.origin.offset in self.guilty for item in items):
            raise self.error
        return [Outcome(Fate.DECIDED) for _ in items]


@given(st.sets(st.integers(0, 63), max_size=64))
def test_exactly_the_guilty_records_die_and_the_order_is_kept(guilty: set[int]) -> None:
    outcomes = asyncio.run(settle(Attempt(guilty), ITEMS))

    assert {place for place, outcome in enumerate(outcomes) if outcome.fate is Fate.DEAD_LETTER} == guilty
    assert len(outcomes) == len(ITEMS)


async def test_one_guilty_record_costs_a_handful_of_tries() -> None:
    attempt = Attempt({40})

    await settle(attempt, ITEMS)

    assert attempt.tries == 1 + 2 * 6


async def test_an_outage_is_raised_at_once() -> None:
    attempt = Attempt({3}, psycopg.OperationalError("gone"))

    with pytest.raises(psycopg.OperationalError):
        await settle(attempt, ITEMS)

    assert attempt.tries == 1
