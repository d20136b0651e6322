"""A broker that forgot the markers of a transaction: its records stay open and must never be committed by ours."""

import asyncio
import struct
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local import EmbeddedPlatform, Part
from infra.kafka import client_options
from tests.workers.runtime.harness import QUICK, Installation, names
from tests.workers.runtime.probe import SOURCE, TARGET, command
from workers.runtime import batches
from workers.runtime.abandon import settled
from workers.runtime.outcome import Outgoing
from workers.runtime.transaction import PartitionProducer

pytestmark = pytest.mark.services

_LOG = "__transaction_state"
_COMPLETE_COMMIT = 4


async def _note_as_complete(bootstrap: str, transactional_id: str) -> None:
    """Write what a broker that is told to stop was seen to write: CompleteCommit although no marker is anywhere.

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
    head = struct.pack(">hqhib", 1, producer_id, epoch, timeout_ms, _COMPLETE_COMMIT)
    value = head + b"\x01" + struct.pack(">qq", now_ms, now_ms) + b"\x00"
    writer = AIOKafkaProducer(bootstrap_servers=bootstrap, client_id="__admin_client", acks="all")
    await writer.start()
    await writer.send_and_wait(_LOG, value, key=last.key, partition=last.partition)
    await writer.stop()


async def test_records_a_broker_left_without_a_marker_are_aborted_by_the_next_owner(
    own: Installation, own_platform: EmbeddedPlatform
) -> None:
    place = TopicPartition(own.name(SOURCE), 0)
    options, group, outputs = client_options(own.kafka), own.kafka.naming.group("left"), [own.name(TARGET)]
    first, next_owner = (PartitionProducer(options, group, place, QUICK) for _ in range(2))
    await first.start(outputs)
    await first._client.begin_transaction()
    await asyncio.gather(
        *await batches.send(first._client, [Outgoing(own.name(TARGET), b"k", command("left").to_json(), [])])
    )
    first.drop()
    await _note_as_complete(options["bootstrap_servers"], f"{group}-{place.topic}-{place.partition}")
    await asyncio.to_thread(own_platform.kill, Part.KAFKA)
    await asyncio.to_thread(own_platform.start, Part.KAFKA)

    await next_owner.start(outputs)
    await next_owner.commit([Outgoing(own.name(TARGET), b"k", command("ours").to_json(), [])], 1)
    found = await own.read(TARGET, 1)
    next_owner.drop()
    await settled()

    assert names(found) == ["ours"]
