"""Mutant: the decision row is written after the Kafka transaction, not before."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.mutants.crash import FIRST, LAST, written_after_a_crash
from tests.workers.runtime.harness import Installation
from tests.workers.runtime.probe import Count
from workers.runtime import decisions
from workers.runtime.decisions import Row
from workers.runtime.partition import PartitionLoop

pytestmark = pytest.mark.services


async def crash_after_the_commit_and_redelivery(installation: Installation) -> None:
    """A complaint whose stage crashed right after its commit comes once more; it has been decided."""
    found = await written_after_a_crash(installation, Count(), FIRST)

    assert found == {FIRST: 1, LAST: 1}, f"decided twice: {[name for name in found if found[name] > 1]}"


def write_decisions_after_publishing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember the rows of a batch, publish it, then write them. A crash in between loses what was remembered."""
    insert, process = decisions.insert, PartitionLoop._process
    remembered: list[tuple[Table, Sequence[Row]]] = []

    async def remember(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> int:
        remembered.append((table, rows))
        return len(rows)

    async def publish_then_write(self: PartitionLoop, records: Sequence[Any], position: int) -> None:
        try:
            await process(self, records, position)
            assert self._context.engine is not None
            async with self._context.engine.begin() as connection:
                for table, rows in remembered:
                    await insert(connection, table, rows)
        finally:
            remembered.clear()

    monkeypatch.setattr(decisions, "insert", remember)
    monkeypatch.setattr(PartitionLoop, "_process", publish_then_write)


async def test_a_complaint_that_comes_again_after_a_crash_is_not_decided_again(installation: Installation) -> None:
    await crash_after_the_commit_and_redelivery(installation)


async def test_a_decision_written_after_the_kafka_commit_is_caught(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_decisions_after_publishing(monkeypatch)

    with pytest.raises(AssertionError, match=r"decided twice: \['complaint'\]"):
        await crash_after_the_commit_and_redelivery(installation)
