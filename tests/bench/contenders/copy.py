"""The minimal loop: a hand-written exactly-once copy on aiokafka: `copy BOOTSTRAP PREFIX HOPS MAX_BATCH KIND`.

One transactional producer an input partition, at most MAX_BATCH records a transaction, `retry_backoff_ms` 5. KIND
`bytes` hands keys, values and headers on as they are; `records` also reads each value into the record of the topic
and writes it anew. What a product needs besides (fencing in order, deadlines, poison, outages) is left out.
"""

import asyncio
import sys
import time
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.client_logs import quieten
from infra.kafka import MAX_REQUEST_BYTES
from schemas.complaint import Complaint
from schemas.wire import Naming
from tests.bench.contenders.timing import Transactions, run
from tests.bench.records import hop

PARTITIONS = 3
POLL_MS = 50


class Hop:
    """One copy from a topic to the next."""

    def __init__(self, bootstrap: str, prefix: str, number: int, max_batch: int, kind: str, noted: Transactions):
        naming = Naming(prefix)
        self.group = naming.group(f"hop-{number}")
        self._bootstrap = bootstrap
        self._source, self._target = naming.topic(hop(number)), naming.topic(hop(number + 1))
        self._max_batch = max_batch
        self._reads = kind == "records"
        self._noted = noted

    async def run(self, stop: asyncio.Event) -> None:
        """Copy all partitions at the same time until told to stop."""
        consumer = AIOKafkaConsumer(
            self._source, bootstrap_servers=self._bootstrap, group_id=self.group, isolation_level="read_committed",
            enable_auto_commit=False, auto_offset_reset="earliest",
        )  # fmt: skip
        await consumer.start()
        try:
            async with asyncio.TaskGroup() as copies:
                for partition in range(PARTITIONS):
                    copies.create_task(self._copy(consumer, TopicPartition(self._source, partition), stop))
        finally:
            await consumer.stop()

    async def _copy(self, consumer: AIOKafkaConsumer, partition: TopicPartition, stop: asyncio.Event) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, transactional_id=f"{self.group}-{partition.partition}",
            retry_backoff_ms=5, max_batch_size=MAX_REQUEST_BYTES,
        )  # fmt: skip
        await producer.start()
        try:
            while not stop.is_set():
                got = await consumer.getmany(partition, timeout_ms=POLL_MS, max_records=self._max_batch)
                records = got.get(partition, [])
                if records:
                    await self._transaction(producer, partition, records)
        finally:
            await producer.stop()

    async def _transaction(self, producer: AIOKafkaProducer, partition: TopicPartition, records: list[Any]) -> None:
        values = [self._value(record.value) for record in records]
        started = time.perf_counter()
        async with producer.transaction():
            for record, value in zip(records, values, strict=True):
                await producer.send(self._target, value, key=record.key, headers=list(record.headers))
            await producer.send_offsets_to_transaction({partition: records[-1].offset + 1}, self.group)
        self._noted.note(len(records), time.perf_counter() - started)

    def _value(self, value: bytes) -> bytes:
        return Complaint.model_validate_json(value).to_json() if self._reads else value


def main(bootstrap: str, prefix: str, hops: str, max_batch: str, kind: str) -> None:
    """Run the chain until SIGTERM."""
    quieten("aiokafka")

    async def work(stop: asyncio.Event, transactions: Transactions) -> None:
        async with asyncio.TaskGroup() as chain:
            for number in range(int(hops)):
                chain.create_task(Hop(bootstrap, prefix, number, int(max_batch), kind, transactions).run(stop))

    run(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
