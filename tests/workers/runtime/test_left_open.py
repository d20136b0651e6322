"""A broker that forgot the markers of a transaction: the next owner ends it everywhere as it was decided."""

import asyncio
import struct
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from deploy.local import EmbeddedPlatform, Part
from infra.kafka import client_options
from infra.kafka_transactions import describe_transaction, open_ends, write_commit_markers
from tests.workers.runtime.harness import QUICK, Installation, names
from tests.workers.runtime.probe import SOURCE, TARGET, command
from workers.runtime import batches
from workers.runtime.abandon import settled
from workers.runtime.opening import committed_offset
from workers.runtime.outcome import Outgoing
from workers.runtime.transaction import PartitionProducer, transactional_id

pytestmark = pytest.mark.services

_LOG = "__transaction_state"
_COMPLETE_COMMIT, _COMPLETE_ABORT = 4, 5


async def _note_as_complete(bootstrap: str, transactional_id: str, state: int) -> None:
    """Write what a broker without a leader for its partitions writes: complete, although markers are missing.

    Record format: Kafka 4.3.1, TransactionLogValue version 1. The transaction log takes records of this client id only.
    """
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await reader.start()
    parts = [TopicPartition(_LOG, number) for number in range(3)]
    reader.assign(parts)
    ends = await reader.end_offsets(parts)
    last = None
    while any([await reader.position(part) < ends[part] for part in parts]):
        for records in (await reader.getmany(timeout_ms=1000)).values():
            last = next((one for one in reversed(records) if transactional_id.encode() in one.key), last)
    await reader.stop()
    assert last is not None
    _, producer_id, epoch, timeout_ms = struct.unpack(">hqhi", last.value[:16])
    now_ms = int(time.time() * 1000)
    head = struct.pack(">hqhib", 1, producer_id, epoch, timeout_ms, state)
    value = head + b"\x01" + struct.pack(">qq", now_ms, now_ms) + b"\x00"
    writer = AIOKafkaProducer(bootstrap_servers=bootstrap, client_id="__admin_client", acks="all")
    await writer.start()
    await writer.send_and_wait(_LOG, value, key=last.key, partition=last.partition)
    await writer.stop()


class Broken:
    """A transaction of one record and its offset, 7, whose owner is gone and whose end the broker forgot."""

    def __init__(self, own: Installation) -> None:
        self.place = TopicPartition(own.name(SOURCE), 0)
        self.target = own.name(TARGET)
        self.group = own.kafka.naming.group("left")
        self._own = own
        self._options = client_options(own.kafka)

    def owner(self) -> PartitionProducer:
        """Give a producer that has not started."""
        return PartitionProducer(self._options, self.group, self.place, QUICK)

    def outgoing(self, name: str) -> Outgoing:
        """Give a record to write."""
        return Outgoing(self.target, b"k", command(name).to_json(), [])

    async def begin(self) -> None:
        """Write the record and the offset, and die."""
        owner = self.owner()
        await owner.start([self.target])
        await owner._client.begin_transaction()
        await asyncio.gather(*await batches.send(owner._client, [self.outgoing("left")]))
        await owner._client.send_offsets_to_transaction({self.place: OffsetAndMetadata(7, "")}, self.group)
        owner.drop()

    async def commit_records_only(self) -> None:
        """Write the marker the broker still wrote before it died."""
        client = AIOKafkaProducer(**self._options)
        await client.start()
        last = await describe_transaction(client.client, transactional_id(self.group, self.place))
        assert last is not None
        await write_commit_markers(client.client, await open_ends(client.client, [self.target], last.producer_id))
        await client.stop()

    async def forget(self, platform: EmbeddedPlatform, state: int) -> None:
        """Let the broker believe that all is done."""
        await _note_as_complete(self._options["bootstrap_servers"], transactional_id(self.group, self.place), state)
        await asyncio.to_thread(platform.kill, Part.KAFKA)
        await asyncio.to_thread(platform.start, Part.KAFKA)

    async def after_the_next_owner(self) -> tuple[list[str], int | None]:
        """Return the names a reader sees and the offset the next owner found, once that has committed one more."""
        owner = self.owner()
        await owner.start([self.target])
        async with self._own.consumer(self.group) as consumer:
            consumer.assign([self.place])
            found = await committed_offset(consumer, self.place)
        await owner.commit([self.outgoing("ours")], 8)
        read = await self._own.read(TARGET, 1)
        owner.drop()
        await settled()
        return names(read), found


@pytest.mark.parametrize("half", [False, True], ids=["no-marker", "offset-marker-missing"])
async def test_a_commit_the_broker_forgot_is_finished_by_the_next_owner(
    own: Installation, own_platform: EmbeddedPlatform, half: bool
) -> None:
    broken = Broken(own)
    await broken.begin()
    if half:
        await broken.commit_records_only()
    await broken.forget(own_platform, _COMPLETE_COMMIT)

    read, offset = await broken.after_the_next_owner()

    assert read == ["left", "ours"]
    assert offset == 7


async def test_an_abort_the_broker_forgot_is_finished_by_the_next_owner(
    own: Installation, own_platform: EmbeddedPlatform
) -> None:
    broken = Broken(own)
    await broken.begin()
    await broken.forget(own_platform, _COMPLETE_ABORT)

    read, offset = await broken.after_the_next_owner()

    assert read == ["ours"]
    assert offset is None


async def test_what_an_owner_left_undecided_is_aborted(own: Installation) -> None:
    broken = Broken(own)
    await broken.begin()

    read, offset = await broken.after_the_next_owner()

    assert read == ["ours"]
    assert offset is None
