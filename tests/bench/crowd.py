"""A broker with the topics of many departments, the groups that read some of them, and two large piles."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from schemas.base import Record
from schemas.complaint import RawRef
from schemas.errors import MEANINGS
from schemas.identity import named_uuid
from schemas.records import DeadLetter, Suspended
from schemas.topics import DEAD_LETTER, DEDUPLICATED, SUSPENDED
from schemas.wire import Naming
from tests.bench.many_stored import DEPARTMENTS, PILED

PARTITIONS, GROUPS, TOPICS_A_GROUP = 12, 50, 4
_WITHIN_S = 180.0
_PAUSE_S = 0.05


def topics_of(naming: Naming) -> list[str]:
    """The departments' topics."""
    return [f"{naming.prefix}.departments.d{number}.v1" for number in range(DEPARTMENTS)]


def gather(bootstrap: str, naming: Naming) -> None:
    """Make the topics with a record in each partition, and groups that are behind on some of them."""
    topics, admin = topics_of(naming), AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    wanted = [NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1) for topic in topics]
    for made in admin.create_topics(wanted, operation_timeout=_WITHIN_S).values():
        made.result(_WITHIN_S)
    writer = _writer(bootstrap)
    for topic in topics:
        for partition in range(PARTITIONS):
            writer.produce(topic, b"{}", partition=partition)
    writer.flush(_WITHIN_S)
    for number in range(GROUPS):
        read = topics[number * TOPICS_A_GROUP : (number + 1) * TOPICS_A_GROUP]
        places = [TopicPartition(topic, at, at % 2) for topic in read for at in range(PARTITIONS)]
        member = Consumer({"bootstrap.servers": bootstrap, "group.id": naming.group(f"g{number}"), "log_level": 0})
        member.commit(offsets=places, asynchronous=False)
        member.close()


def pile_up(bootstrap: str, naming: Naming) -> None:
    """Write open suspended deliveries and dead letters, each with its own moment."""
    writer, now = _writer(bootstrap), datetime.now(UTC)
    for number in range(PILED):
        at = now - timedelta(minutes=number)
        for topic, identity, record in (
            (SUSPENDED, named_uuid("suspended", str(number)), _suspended(number, at)),
            (DEAD_LETTER, named_uuid("letter", str(number)), _letter(number, at, naming)),
        ):
            writer.produce(naming.topic(topic), record.to_json(), str(identity))
        writer.poll(0)
    writer.flush(_WITHIN_S)


@contextmanager
def moving(bootstrap: str, naming: Naming) -> Iterator[None]:
    """Meanwhile records come to departments, about twenty a second, so that there is something to tell."""
    stop, writer, draw = threading.Event(), _writer(bootstrap), random.Random(7)
    topics = topics_of(naming)

    def write() -> None:
        while not stop.wait(_PAUSE_S):
            writer.produce(draw.choice(topics), b"{}", partition=draw.randrange(PARTITIONS))
            writer.poll(0)
        writer.flush(_WITHIN_S)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _writer(bootstrap: str) -> Producer:
    return Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "log_level": 0,
                     "queue.buffering.max.messages": 1_000_000})  # fmt: skip


def _suspended(number: int, at: datetime) -> Record:
    reasons = [code.value for code in MEANINGS]
    return Suspended(
        suspended_id=named_uuid("suspended", str(number)),
        tracking_number=f"S-{number}",
        channel="web",
        account="web",
        reason=reasons[number % len(reasons)],
        detail=f"at offset {number}",
        received_at=at,
        ingested_at=at,
        raw=RawRef(
            delivery_id=_delivery(number), object_key=f"deliveries/{number}/raw", sha256="0" * 64, size_bytes=900
        ),
    )


def _letter(number: int, at: datetime, naming: Naming) -> Record:
    return DeadLetter(
        dead_letter_id=named_uuid("letter", str(number)),
        stage=("classify", "route", "acknowledge")[number % 3],
        source_topic=naming.topic(DEDUPLICATED),
        source_partition=0,
        source_offset=number,
        error_class="ValueError",
        error="ValueError at understand",
        first_seen=at,
        value_sha256="0" * 64,
        value_bytes=900,
    )


def _delivery(number: int) -> UUID:
    return named_uuid("delivery", str(number))
