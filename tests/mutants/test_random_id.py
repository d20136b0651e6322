"""Mutant: every producer has a transactional.id of its own, so that none fences the owner before it."""

import asyncio
from collections import Counter
from uuid import uuid4

import pytest
from aiokafka import TopicPartition

from infra.kafka import client_options
from tests.workers.runtime.harness import QUICK, Installation, names
from tests.workers.runtime.probe import SOURCE, TARGET, command
from workers.runtime import transaction
from workers.runtime.abandon import settled
from workers.runtime.opening import committed_offset
from workers.runtime.outcome import Outgoing
from workers.runtime.transaction import PartitionProducer, ProducerLost

pytestmark = pytest.mark.services
GROUP = "owners"


class Pause:
    """Holds a producer just before it asks for the end of its transaction, as a frozen process would be held."""

    def __init__(self, producer: PartitionProducer) -> None:
        self.holds, self.released = asyncio.Event(), asyncio.Event()
        self._commit = producer._client.commit_transaction
        producer._client.commit_transaction = self._held

    async def _held(self) -> None:
        self.holds.set()
        await self.released.wait()
        await self._commit()


async def owner_wakes_up_late(installation: Installation) -> None:
    """An owner frozen with everything in its open transaction wakes up after its successor has done the work."""
    place = TopicPartition(installation.name(SOURCE), 0)
    frozen, successor = (PartitionProducer(client_options(installation.kafka), GROUP, place, QUICK) for _ in range(2))
    outgoing = [Outgoing(installation.name(TARGET), b"k", command("once").to_json(), [])]
    try:
        await frozen.start([installation.name(TARGET)])
        pause = Pause(frozen)
        waking = asyncio.create_task(frozen.commit(outgoing, 1))
        await pause.holds.wait()
        await successor.start([installation.name(TARGET)])
        if await _committed(installation, place) is None:
            await successor.commit(outgoing, 1)
        pause.released.set()
        [late] = await asyncio.gather(waking, return_exceptions=True)
    finally:
        frozen.drop()
        successor.drop()
        await settled()
    found = Counter(names(await installation.read(TARGET, 1)))

    assert found == {"once": 1}, f"written twice, the frozen owner was answered {late!r}"
    assert isinstance(late, ProducerLost)
    assert late.cause == "fenced"


async def _committed(installation: Installation, place: TopicPartition) -> int | None:
    async with installation.consumer(GROUP) as consumer:
        consumer.assign([place])
        return await committed_offset(consumer, place)


def a_new_id_each_time(group: str, partition: TopicPartition) -> str:
    """What a client does that takes no care of its transactional.id."""
    return f"{group}-{partition.topic}-{partition.partition}-{uuid4()}"


async def test_an_owner_that_wakes_up_late_is_fenced_and_writes_nothing(installation: Installation) -> None:
    await owner_wakes_up_late(installation)


async def test_a_random_transactional_id_is_caught(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction, "transactional_id", a_new_id_each_time)

    with pytest.raises(AssertionError, match="written twice, the frozen owner was answered None"):
        await owner_wakes_up_late(installation)
