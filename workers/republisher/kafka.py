"""What the republisher asks of Kafka: where topics end, one record by its place, and sending with the refused named.

Source: aiokafka 0.14.0.
"""

from collections.abc import Collection, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from infra.kafka import admin
from schemas.settings import KafkaSettings
from schemas.wire import Message

_FETCH_MS = 10_000


async def ends(
    settings: KafkaSettings, consumer: AIOKafkaConsumer, topics: Collection[str]
) -> dict[tuple[str, int], int]:
    """Return (topic, partition) → end offset now, of all partitions."""
    async with admin(settings) as client:
        found = await client.describe_topics(sorted(topics))
    partitions = [TopicPartition(one["topic"], part["partition"]) for one in found for part in one["partitions"]]
    offsets = await consumer.end_offsets(partitions)
    return {(where.topic, where.partition): end for where, end in offsets.items()}


async def record_at(
    consumer: AIOKafkaConsumer, topic: str, partition: int, offset: int
) -> ConsumerRecord[bytes, bytes] | None:
    """Return the record at a place, None when retention has removed it."""
    place = TopicPartition(topic, partition)
    consumer.assign([place])
    if offset < (await consumer.beginning_offsets([place]))[place]:
        return None
    consumer.seek(place, offset)
    found = (await consumer.getmany(place, timeout_ms=_FETCH_MS, max_records=1)).get(place, [])
    return found[0] if found and found[0].offset == offset else None


async def send(client: AIOKafkaProducer, messages: Sequence[Message]) -> list[Message]:
    """Send records, return those the broker refuses for their size when Kafka has acknowledged all others.

    Raises `KafkaError` when Kafka does not answer; then any part of them may be there.
    """
    refused: list[Message] = []
    for one in messages:
        try:
            await client.send_and_wait(one.topic, one.value, one.key, headers=list(one.headers))
        except (MessageSizeTooLargeError, RecordListTooLargeError):
            refused.append(one)
    return refused
