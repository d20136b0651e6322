"""The broker from outside: records that become visible at one instant, and how far a group or topic has come.

Source: librdkafka 2.x. Records of an open transaction are invisible to read_committed readers, so everything that
is to be drained waits on the broker until the commit, and nobody's start-up counts.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

PARTITIONS = 3
_ANSWER_WITHIN_S = 30.0
_ASK_EVERY_S = 0.01
_BY_KEY = -1
_MARKERS = 50
"""More markers than ever stand together at the end of a topic here."""
Item = tuple[bytes, bytes, Iterable[tuple[str, bytes]]]
"""Key, value and headers of one record."""
Ends = dict[int, int]
"""Partition → the offset after the last record of interest."""


def create(bootstrap: str, topics: Iterable[str]) -> None:
    """Create topics with three partitions and return when the broker leads all of them."""
    names = list(topics)
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    wanted = [NewTopic(name, num_partitions=PARTITIONS, replication_factor=1) for name in names]
    for created in admin.create_topics(wanted).values():
        created.result(_ANSWER_WITHIN_S)
    for name in names:
        look = Progress(bootstrap, "look", name)
        wait_for(look.led, _ANSWER_WITHIN_S, f"nobody leads {name}")
        look.close()


class Filler:
    """Writes records in transactions: they become visible all at once."""

    def __init__(self, bootstrap: str, name: str) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "transactional.id": f"filler-{name}",
                "partitioner": "murmur2_random",
                "linger.ms": 20,
                "batch.size": 1_000_000,
                "queue.buffering.max.messages": 1_000_000,
                "log_level": 0,
            }
        )
        self._producer.init_transactions(_ANSWER_WITHIN_S)
        self.last_count = 0

    def fill(self, topic: str, items: Iterable[Item], *, spread: bool = True) -> tuple[Ends, float]:
        """Write all and commit. Returns where the records end and the monotonic time at which they became visible.

        `spread` deals them out to the partitions in turn; else the key decides as Kafka's own clients do.
        """
        ends: Ends = {}

        def written(error: Any, message: Any) -> None:
            if error is not None:
                raise RuntimeError(str(error))
            ends[message.partition()] = max(ends.get(message.partition(), 0), message.offset() + 1)

        self.last_count = 0
        self._producer.begin_transaction()
        for number, (key, value, headers) in enumerate(items):
            partition = number % PARTITIONS if spread else _BY_KEY
            self._producer.produce(topic, value, key, partition, headers=list(headers), on_delivery=written)
            self.last_count += 1
            if number % 1000 == 0:
                self._producer.poll(0)
        self._producer.flush(_ANSWER_WITHIN_S)
        began = time.monotonic()
        self._producer.commit_transaction(_ANSWER_WITHIN_S)
        return ends, began


class Progress:
    """How far one group has come in one topic, by its committed offsets."""

    def __init__(self, bootstrap: str, group: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "isolation.level": "read_uncommitted",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "log_level": 0,
            }
        )
        self._places = [TopicPartition(topic, number) for number in range(PARTITIONS)]

    def beyond(self, ends: Ends) -> bool:
        """Whether the group has committed everything before `ends`."""
        found = self._consumer.committed(self._places, timeout=_ANSWER_WITHIN_S)
        return all(one.offset >= ends.get(one.partition, 0) for one in found)

    def led(self) -> bool:
        """Whether the broker answers for every partition; for a moment after their creation it does not."""
        try:
            return self.written() >= 0
        except KafkaException:
            return False

    def written(self) -> int:
        """Offsets of the topic, all partitions together: the number of its records where no transaction wrote."""
        return sum(self._consumer.get_watermark_offsets(one, timeout=_ANSWER_WITHIN_S)[1] for one in self._places)

    def ends(self) -> Ends:
        """Where the topic's last records lie. Behind them are markers, one for each transaction of several writers."""
        ends = dict.fromkeys(range(PARTITIONS), 0)
        tails = []
        for one in self._places:
            high = self._consumer.get_watermark_offsets(one, timeout=_ANSWER_WITHIN_S)[1]
            tails.append(TopicPartition(one.topic, one.partition, max(0, high - _MARKERS)))
        self._consumer.assign(tails)
        left = set(ends)
        while left:
            message = self._consumer.poll(_ANSWER_WITHIN_S)
            if message is None:
                raise TimeoutError("the broker does not answer")
            error, partition, offset = message.error(), message.partition(), message.offset()
            if error is None and partition is not None and offset is not None:
                ends[partition] = offset + 1
            elif error is not None and error.code() == KafkaError._PARTITION_EOF:
                left.discard(partition or 0)
        self._consumer.unassign()
        return ends

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()


class Through:
    """Whether a chain of groups has committed everything: each before the next, whose end is known only then."""

    def __init__(self, chain: Sequence[Progress], ends: Ends) -> None:
        self._left, self._ends = list(chain), ends
        self.passed: list[float] = []

    def __call__(self) -> bool:
        """True once the last group is through; `passed` holds the monotonic time of each."""
        if self._left and self._left[0].beyond(self._ends):
            self.passed.append(time.monotonic())
            self._left.pop(0)
            if self._left:
                self._ends = self._left[0].ends()
        return not self._left


def wait_for(condition: Callable[[], bool], timeout_s: float, what: str) -> float:
    """Wait and return the monotonic time at which it was seen. Raises `TimeoutError` saying `what` did not happen."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(_ASK_EVERY_S)
    return time.monotonic()
