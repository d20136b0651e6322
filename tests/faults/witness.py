"""A foreign consumer: reads every topic read_committed with another client library and counts what it sees."""

import json
import threading
from contextlib import suppress
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from tests.faults.seen import Seen


class Witness(Seen):
    """Reads in a thread of its own, from the beginning of every topic."""

    def __init__(self, bootstrap: str, prefix: str, topics: list[str]) -> None:
        super().__init__()
        self.topics = topics
        self._prefix = f"{prefix}." if prefix else ""
        self._read_to: dict[tuple[str, int], int] = {}
        self._stop = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"witness-{uuid4()}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "log_level": 0,
            }
        )
        metadata = self._consumer.list_topics(timeout=30)
        names = [self._prefix + topic for topic in topics]
        self._consumer.assign(
            [TopicPartition(name, number, 0) for name in names for number in metadata.topics[name].partitions]
        )
        self._thread = threading.Thread(target=self._read, name="witness", daemon=True)
        self._thread.start()

    def has_read_to(self, ends: dict[tuple[str, int], int]) -> bool:
        """Whether it has come to these ends of its topics; it passes markers of transactions, too."""
        with self._lock:
            return all(self._read_to.get(place, 0) >= end for place, end in ends.items())

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join(10)
        self._consumer.close()

    def _read(self) -> None:
        while not self._stop.is_set():
            for message in self._consumer.consume(500, timeout=0.2):
                self._take(message)

    def _take(self, message: Message) -> None:
        error, topic = message.error(), (message.topic() or "").removeprefix(self._prefix)
        partition, offset = message.partition() or 0, message.offset() or 0
        if error is None:
            with suppress(ValueError):  # poison that a test has put there
                self.note(topic, partition, offset, json.loads(message.value() or b""))
        elif error.code() == KafkaError._PARTITION_EOF:
            with self._lock:
                self._read_to[topic, partition] = offset
