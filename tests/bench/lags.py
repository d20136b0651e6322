"""How long single records take from one topic to another, at a steady rate."""

import threading
import time
from collections.abc import Iterable, Sequence
from uuid import uuid4

from confluent_kafka import Consumer, Producer, TopicPartition

from tests.bench.log import PARTITIONS, Item, wait_for


class Arrivals:
    """A foreign read_committed consumer that notes when it first saw each key, in seconds of the monotonic clock."""

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self.seen: dict[bytes, float] = {}
        self._stop = threading.Event()
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"arrivals-{uuid4()}",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
            }
        )
        places = [TopicPartition(topic, number) for topic in topics for number in range(PARTITIONS)]
        for one in places:
            one.offset = self._consumer.get_watermark_offsets(one, timeout=30)[1]
        self._consumer.assign(places)
        self._thread = threading.Thread(target=self._read, name="arrivals", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading."""
        self._stop.set()
        self._thread.join(10)
        self._consumer.close()

    def id_of(self, key: bytes, value: bytes) -> bytes:
        """What a record is known by."""
        return key

    def _read(self) -> None:
        while not self._stop.is_set():
            message = self._consumer.poll(0.1)
            if message is not None and message.error() is None:
                now = time.monotonic()
                self.seen.setdefault(self.id_of(message.key() or b"", message.value() or b""), now)


def through(bootstrap: str, source: str, target: str, items: Iterable[Item], per_second: float) -> list[float]:
    """Send items one by one and return the milliseconds each took until a read_committed consumer had it.

    Raises `TimeoutError` when some do not arrive within a minute. Keys must differ.
    """
    arrivals = Arrivals(bootstrap, [target])
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": "all"})
    sent: dict[bytes, float] = {}
    due = time.monotonic() + 0.5
    for key, value, headers in items:
        time.sleep(max(0.0, due - time.monotonic()))
        due += 1 / per_second
        sent[key] = time.monotonic()
        producer.produce(source, value, key, headers=list(headers))
        producer.poll(0)
    producer.flush(30)
    try:
        wait_for(lambda: sent.keys() <= arrivals.seen.keys(), 60, "not every record arrived")
    finally:
        arrivals.close()
    return [(arrivals.seen[key] - at) * 1000 for key, at in sent.items()]
