"""Crashes, zombies, rebalances: the same decision again, no output twice, nothing left out."""

import asyncio
from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.ext.asyncio import AsyncConnection

from infra import failpoints
from infra.failpoints import armed
from infra.kafka import client_options
from schemas.records import Command
from tests.waiting import until
from tests.workers.runtime.harness import QUICK, Installation, names, numbered
from tests.workers.runtime.probe import SOURCE, TARGET, Copy, Count, Turn, command
from workers.runtime.abandon import settled
from workers.runtime.outcome import Outgoing
from workers.runtime.stage import Incoming
from workers.runtime.transaction import PartitionProducer, ProducerLost

pytestmark = pytest.mark.services

PLACES = [place for place in failpoints.PLACES if place.startswith("stage.")]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("stage", [Copy(), Count()], ids=["pure", "deciding"])
async def test_a_crash_around_the_commit_loses_nothing_and_doubles_nothing(
    installation: Installation, stage: Copy | Count, place: str
) -> None:
    await installation.send(*numbered(60))

    with armed(f"{place}=fail"):
        async with installation.worker(stage) as running:
            found = await installation.read(TARGET, 60)
            await until(lambda: running.worker.health().facts["rebuilds"] == 1)

    assert names(found) == [f"{n:05}" for n in range(60)]


async def test_a_decision_made_before_a_crash_is_emitted_after_it_unchanged(installation: Installation) -> None:
    await installation.send(command("a"))

    with armed("stage.decided=fail"):
        async with installation.worker(Count()):
            [found] = await installation.read(TARGET, 1)

    assert found.command.arguments["times"] == "1"


async def test_two_workers_share_the_partitions_and_every_record_passes_once(installation: Installation) -> None:
    async def keep_sending() -> None:
        for start in range(0, 2000, 50):
            await installation.send(*numbered(50, start=start))

    async with installation.worker(Count()) as first:
        await first.has(3)
        sending = asyncio.create_task(keep_sending())
        async with installation.worker(Count()) as second:
            await until(lambda: _owned(first) and _owned(second) and _owned(first) + _owned(second) == 3)
            await first.end()
            await second.has(3)
            await sending
            found = await installation.read(TARGET, 2000)

    assert names(found) == [f"{n:05}" for n in range(2000)]


def _owned(running: object) -> int:
    text = str(running.worker.health().facts.get("partitions", ""))  # type: ignore[attr-defined]
    return len([name for name in text.split(", ") if name])


async def test_a_fenced_producer_commits_neither_records_nor_offset(installation: Installation) -> None:
    place = TopicPartition(installation.name(SOURCE), 0)
    options = client_options(installation.kafka)
    old, new = (PartitionProducer(options, "zombies", place, QUICK) for _ in range(2))
    outgoing = [Outgoing(installation.name(TARGET), b"k", command("zombie").to_json(), [])]
    try:
        await old.start([])
        await new.start([])
        with pytest.raises(ProducerLost, match="fenced"):
            await old.commit(outgoing, 41)
        await new.commit([Outgoing(installation.name(TARGET), b"k", command("owner").to_json(), [])], 1)
    finally:
        old.drop()
        new.drop()

    assert names(await installation.read(TARGET, 1)) == ["owner"]
    async with installation.consumer("zombies") as consumer:
        consumer.assign([place])
        assert await consumer.committed(place) == 1


@pytest.mark.parametrize("connected", [False, True], ids=["connecting", "connected"])
async def test_a_producer_given_up_while_it_starts_does_not_fence_the_next_owner(
    installation: Installation, connected: bool
) -> None:
    place = TopicPartition(installation.name(SOURCE), 0)
    options = client_options(installation.kafka)
    old, new = (PartitionProducer(options, "leavers", place, QUICK) for _ in range(2))
    connect, held, released = old._client.client.bootstrap, asyncio.Event(), asyncio.Event()

    async def connect_slowly() -> None:
        if connected:
            await connect()
        held.set()
        await released.wait()
        if not connected:
            await connect()

    old._client.client.bootstrap = connect_slowly
    starting = asyncio.create_task(old.start([]))
    await held.wait()
    starting.cancel()
    old.drop()
    try:
        await new.start([])
        released.set()
        await settled()
        await new.commit([Outgoing(installation.name(TARGET), b"k", command("owner").to_json(), [])], 1)
    finally:
        new.drop()
        await settled()

    assert names(await installation.read(TARGET, 1)) == ["owner"]


class Held(Count):
    """Holds its first batch until it is released, as a paused process would."""

    def __init__(self) -> None:
        super().__init__()
        self.holds = asyncio.Event()
        self.released = asyncio.Event()

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Command]]) -> Sequence[Turn]:
        decided = await super().decide(connection, items)
        self.holds.set()
        await self.released.wait()
        return decided


async def test_a_worker_that_wakes_up_after_another_took_its_partition_writes_nothing_twice(
    installation: Installation,
) -> None:
    await installation.send(*numbered(5), partition=0)
    place = TopicPartition(installation.name(SOURCE), 0)
    stage = Held()

    async with installation.worker(stage) as running:
        await stage.holds.wait()
        group = installation.kafka.naming.group("count")
        other = PartitionProducer(client_options(installation.kafka), group, place, QUICK)
        await other.start([])
        try:
            copies = [Outgoing(installation.name(TARGET), b"k", one.to_json(), []) for one in numbered(5)]
            await other.commit(copies, 5)
        finally:
            other.drop()
        stage.released.set()
        await until(lambda: running.worker.health().facts["rebuilds"] == 1)
        await installation.send(*numbered(5, start=5), partition=0)
        found = await installation.read(TARGET, 10)

    assert names(found) == [f"{n:05}" for n in range(10)]


async def test_a_stuck_consumer_is_rebuilt(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    getmany = AIOKafkaConsumer.getmany
    stuck: list[AIOKafkaConsumer] = []

    async def silent_at_first(self: AIOKafkaConsumer, *partitions: TopicPartition, **options: int) -> object:
        if not stuck:
            stuck.append(self)
        if self is stuck[0]:
            await asyncio.sleep(options["timeout_ms"] / 1000)
            return {}
        return await getmany(self, *partitions, **options)

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", silent_at_first)
    await installation.send(*numbered(10))
    settings = QUICK.model_copy(update={"stuck_after": QUICK.revoke_deadline})

    async with installation.worker(Copy(), settings) as running:
        await until(lambda: running.worker.health().facts["rebuilds"] == 1)
        monkeypatch.undo()
        found = await installation.read(TARGET, 10)

    assert names(found) == [f"{n:05}" for n in range(10)]


async def test_a_worker_told_to_stop_finishes_its_batch_and_leaves_the_group_at_once(
    installation: Installation,
) -> None:
    await installation.send(*numbered(300))
    patient = QUICK.model_copy(update={"session_timeout": QUICK.session_timeout * 5})

    async with installation.worker(Count(), patient) as first:
        await until(lambda: "last_progress" in first.worker.health().facts)
    async with installation.worker(Count(), patient) as second:
        await second.has(3, timeout_s=10)  # a member that had not left would hold it up for 30 s
        found = await installation.read(TARGET, 300)

    assert first.worker.health().facts["state"] == "ended"
    assert names(found) == [f"{n:05}" for n in range(300)]


async def test_a_group_that_lost_its_offsets_stops_instead_of_writing_everything_again(
    installation: Installation,
) -> None:
    await installation.send(*numbered(20))
    async with installation.worker(Count()):
        await installation.read(TARGET, 20)
    forgetful = Count()
    forgetful.name = "count-anew"

    async with installation.worker(forgetful) as running:
        await running.is_("stopped")
        health = running.worker.health()

    assert not health.ready
    assert "no committed offset" in health.detail
    assert "--reset-offsets" in health.detail
    assert len(await installation.read(TARGET, 20)) == 20


async def test_a_topic_made_anew_stops_the_stage_instead_of_skipping_records(
    installation: Installation,
) -> None:
    place = TopicPartition(installation.name(SOURCE), 0)
    ahead = PartitionProducer(client_options(installation.kafka), f"{installation.kafka.prefix}.copy", place, QUICK)
    await ahead.start([])
    await ahead.commit([], 1000)
    ahead.drop()

    async with installation.worker(Copy()) as running:
        await running.is_("stopped")

    assert "ends at 0" in running.worker.health().detail


async def test_a_batch_that_hangs_is_given_up_when_the_partition_must_leave(installation: Installation) -> None:
    await installation.send(*numbered(5), partition=0)
    hanging = Held()

    async with installation.worker(hanging) as first:
        await hanging.holds.wait()
        async with installation.worker(Count()) as second:
            await until(lambda: _owned(second))
            hanging.released.set()
            await first.end()
            found = await installation.read(TARGET, 5)

    assert names(found) == [f"{n:05}" for n in range(5)]
