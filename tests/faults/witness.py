"""A foreign consumer: reads every topic read_committed with another client library and counts what it sees."""

import json
import threading
from collections import Counter, defaultdict
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, TopicPartition


class Witness:
    """Counts records per topic and complaint. Knows nothing of the product but topic names and `complaint_id`."""

    def __init__(self, bootstrap: str, prefix: str, topics: list[str]) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.offsets: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.topics = topics
        self.seen = 0
        self._read_to: dict[tuple[str, int], int] = {}
        self._places: set[tuple[str, int, int]] = set()
        self._prefix = f"{prefix}." if prefix else ""
        self._lock = threading.Lock()
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
        self._assign(topics)
        self._thread = threading.Thread(target=self._read, name="witness", daemon=True)
        self._thread.start()

    def of(self, topic: str) -> Counter[str]:
        """How many records of each complaint_id are committed on this topic."""
        with self._lock:
            return Counter(self.counts[topic])

    def all(self, topic: str) -> list[dict[str, Any]]:
        """Every committed record of this topic so far."""
        with self._lock:
            return list(self.records[topic])

    def places(self, topic: str, complaint_id: str) -> list[tuple[int, int]]:
        """Partition and offset of every record of this complaint on this topic."""
        with self._lock:
            return sorted(self.offsets[f"{topic} {complaint_id}"])

    def has_read_to(self, ends: dict[tuple[str, int], int]) -> bool:
        """Whether it has come to these ends of its topics; it passes markers of transactions, too."""
        with self._lock:
            return all(self._read_to.get(place, 0) >= end for place, end in ends.items())

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join(10)
        self._consumer.close()

    def _assign(self, topics: list[str]) -> None:
        metadata = self._consumer.list_topics(timeout=30)
        self._consumer.assign(
            [
                TopicPartition(self._prefix + topic, partition, 0)
                for topic in topics
                for partition in metadata.topics[self._prefix + topic].partitions
            ]
        )

    def _read(self) -> None:
        while not self._stop.is_set():
            for message in self._consumer.consume(500, timeout=0.2):
                error = message.error()
                place = (message.topic() or "", message.partition() or 0, message.offset() or 0)
                if error is None:
                    self._note(place, message.value() or b"")
                elif error.code() == KafkaError._PARTITION_EOF:
                    with self._lock:
                        self._read_to[place[0].removeprefix(self._prefix), place[1]] = place[2]

    def _note(self, place: tuple[str, int, int], value: bytes) -> None:
        """Count the record at this place once: a reader may fetch a place again after the broker was away."""
        if place in self._places:
            return
        self._places.add(place)
        try:
            record = json.loads(value)
        except ValueError:
            return  # poison that a test has put there
        name = place[0].removeprefix(self._prefix)
        with self._lock:
            self.seen += 1
            self.offsets[f"{name} {record.get('complaint_id', '')}"].append(place[1:])
            self.records[name].append(record)
            self.counts[name][record.get("complaint_id", "")] += 1
