"""The records of one transaction as Kafka batches: of one target partition each, in order, handed over whole.

Source: aiokafka 0.14.0. A batch built by us takes a tenth of the time that a send and a future a record take.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer

from workers.runtime.outcome import Outgoing
from workers.runtime.partitioning import partition_indices


async def send(client: AIOKafkaProducer, outgoing: Iterable[Outgoing]) -> list["asyncio.Future[Any]"]:
    """Hand all records over in the transaction that is open; one future a batch, done when the broker has it."""
    topics: defaultdict[str, list[Outgoing]] = defaultdict(list)
    for one in outgoing:
        topics[one.topic].append(one)
    sent = []
    for topic, records in topics.items():
        targets = [_Target(client, topic, partition) for partition in sorted(await client.partitions_for(topic))]
        indices = partition_indices([one.key for one in records], len(targets))
        for one, index in zip(records, indices, strict=True):
            if not targets[index].append(one):
                sent.append(await targets[index].send())
                targets[index].append(one)
        sent += [await target.send() for target in targets if target.batch is not None]
    return sent


class _Target:
    """A partition with the batch that is being filled for it, None when there is none."""

    def __init__(self, client: AIOKafkaProducer, topic: str, partition: int) -> None:
        self.batch: Any = None
        self._client = client
        self._topic = topic
        self._partition = partition

    def append(self, one: Outgoing) -> bool:
        """Put the record into the batch; False when that is full. A batch takes one record of any size."""
        if self.batch is None:
            self.batch = self._client.create_batch()
        added = self.batch.append(timestamp=None, key=one.key, value=one.value, headers=one.headers)
        return added is not None

    async def send(self) -> "asyncio.Future[Any]":
        """Hand the batch over."""
        batch, self.batch = self.batch, None
        batch.close()
        sent: asyncio.Future[Any] = await self._client.send_batch(batch, self._topic, partition=self._partition)
        return sent
