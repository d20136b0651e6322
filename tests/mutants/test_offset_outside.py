"""Mutant: the input offset is committed after the transaction with the outputs, not in it."""

from collections.abc import Sequence

import pytest
from aiokafka.structs import OffsetAndMetadata

from tests.mutants.crash import FIRST, LAST, written_after_a_crash
from tests.workers.runtime.harness import Installation
from tests.workers.runtime.probe import Copy
from workers.runtime.publisher import Publisher, Settled
from workers.runtime.transaction import PartitionProducer

pytestmark = pytest.mark.services


async def crash_after_the_commit(installation: Installation) -> None:
    """A worker that crashes once its transaction is committed goes on behind it."""
    found = await written_after_a_crash(installation, Copy())

    assert found == {FIRST: 1, LAST: 1}, f"written twice: {[name for name in found if found[name] > 1]}"


def commit_offsets_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction carries the records only; the consumer commits its position afterwards, as most clients do."""
    commit = Publisher._commit

    async def no_offset(self: PartitionProducer, next_offset: int, stage: str | None) -> None:
        """Leave the offset out of the transaction."""

    async def offset_later(self: Publisher, settled: Sequence[Settled], position: int) -> None:
        await commit(self, settled, position)
        await self._consumer.commit({self._partition: OffsetAndMetadata(position, "")})

    monkeypatch.setattr(PartitionProducer, "_send_offset", no_offset)
    monkeypatch.setattr(Publisher, "_commit", offset_later)


async def test_a_crash_after_the_commit_writes_nothing_twice(installation: Installation) -> None:
    await crash_after_the_commit(installation)


async def test_an_offset_committed_outside_the_transaction_is_caught(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_offsets_outside(monkeypatch)

    with pytest.raises(AssertionError, match=r"written twice: \['complaint'\]"):
        await crash_after_the_commit(installation)
