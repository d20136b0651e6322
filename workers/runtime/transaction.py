"""The Kafka half of a stage: one transactional producer an input partition, outputs and offset in one transaction.

Source: aiokafka 0.14.0, which knows neither KIP-447 nor KIP-360: the id of the partition is the only fence, and a
producer that failed once is of no more use.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

from infra.failpoints import reached
from infra.kafka import MAX_REQUEST_BYTES
from infra.kafka_transactions import OpenEnd
from schemas.settings import WorkerSettings
from workers.runtime import batches
from workers.runtime.abandon import abandon_producer
from workers.runtime.failures import REFUSED, cause_of
from workers.runtime.leftovers import OFFSETS, Leftovers
from workers.runtime.outcome import Outgoing

RETRY_BACKOFF_MS = 5
"""The broker answers CONCURRENT_TRANSACTIONS for a moment after a commit; 100, the default, makes 2.7 times slower."""

_START_WITHIN_S = 30.0


class ProducerLost(Exception):
    """The producer is of no more use and its last transaction may or may not have happened: rejoin the group."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Refused(Exception):
    """The broker will never take one of the records as it is (size); nothing of the transaction happened."""


def transactional_id(group: str, partition: TopicPartition) -> str:
    """The fence: the same for every owner of the partition, so that a new one shuts out the one before."""
    return f"{group}-{partition.topic}-{partition.partition}"


class PartitionProducer:
    """Writes what one input partition's records lead to. Between `start` and `drop` it is the only one that can."""

    def __init__(self, options: dict[str, Any], group: str, partition: TopicPartition, settings: WorkerSettings):
        self._group = group
        self._partition = partition
        self._deadline_s = settings.commit_deadline.total_seconds()
        self._client = AIOKafkaProducer(
            **options,
            transactional_id=transactional_id(group, partition),
            transaction_timeout_ms=int(settings.transaction_timeout.total_seconds() * 1000),
            retry_backoff_ms=RETRY_BACKOFF_MS,
            max_batch_size=MAX_REQUEST_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
        )
        self._starting: asyncio.Future[None] | None = None

    async def start(self, outputs: Sequence[str]) -> None:
        """End what the owner before us left open in `outputs` (topics) and fence it. Raises `ProducerLost`."""
        try:
            async with asyncio.timeout(_START_WITHIN_S):
                self._starting = asyncio.ensure_future(self._start(outputs))
                await asyncio.shield(self._starting)
        except (KafkaError, OSError) as error:
            raise ProducerLost(cause_of(error)) from error

    async def commit(self, outgoing: Sequence[Outgoing], next_offset: int, stage: str | None = None) -> None:
        """Write all records and the offset to go on from, or nothing, within the deadline.

        `stage` is whose batch this is, None for an offset without a batch: that passes no fail point.
        Raises `Refused` when the broker will never take one of them, `ProducerLost` for anything else.
        """
        sender = self._client._sender.sender_task
        if sender is None or sender.done():  # its own error handling fails before the first transaction
            raise ProducerLost("fenced")
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._transaction(outgoing, next_offset, stage)
        except REFUSED as error:
            raise Refused(type(error).__name__) from error
        except (KafkaError, OSError) as error:
            raise ProducerLost(cause_of(error)) from error

    def drop(self) -> None:
        """Give the producer up without waiting; what it had open is ended by the next owner or by its time limit."""
        abandon_producer(self._client, self._starting)

    async def _start(self, outputs: Sequence[str]) -> None:
        """Do what the client's own `start` does, with the leftovers in between."""
        connection = self._client.client
        await connection.bootstrap()
        leftovers = Leftovers(connection, transactional_id(self._group, self._partition), outputs)
        doubtful = await leftovers.finish_commits()
        await self._client._sender.start()
        while doubtful and (left := await leftovers.open()):
            await self._abort(left)

    async def _abort(self, left: Sequence[OpenEnd]) -> None:
        """Write an ABORT marker there: the next COMMIT of the same producer id would commit it beside ours."""
        await self._client.begin_transaction()
        for end in left:
            if end.partition.topic != OFFSETS:
                self._client._txn_manager.maybe_add_partition_to_txn(end.partition)
        if any(end.partition.topic == OFFSETS for end in left):
            nothing = {self._partition: OffsetAndMetadata(0, "")}
            await self._client.send_offsets_to_transaction(nothing, self._group)
        await self._client.abort_transaction()

    async def _transaction(self, outgoing: Sequence[Outgoing], next_offset: int, stage: str | None) -> None:
        await self._client.begin_transaction()
        offsets = asyncio.ensure_future(self._send_offset(next_offset, stage))
        try:
            await asyncio.sleep(0)  # the offset goes first: after a commit it is answered sooner than a new partition
            await asyncio.gather(offsets, self._produce(outgoing, stage))
        finally:
            offsets.cancel()
        _reached("stage.before-end-txn", stage)
        await self._client.commit_transaction()
        _reached("stage.after-end-txn", stage)

    async def _send_offset(self, next_offset: int, stage: str | None) -> None:
        position = {self._partition: OffsetAndMetadata(next_offset, "")}
        await self._client.send_offsets_to_transaction(position, self._group)
        _reached("stage.offsets-sent", stage)

    async def _produce(self, outgoing: Sequence[Outgoing], stage: str | None) -> None:
        """Wait for every record: one that failed does not fail the commit in aiokafka."""
        await asyncio.gather(*await batches.send(self._client, outgoing))
        _reached("stage.produced", stage)


def _reached(place: str, stage: str | None) -> None:
    if stage is not None:
        reached(place, stage)
