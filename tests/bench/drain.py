"""20,000 waiting complaints through the whole product, against four chained empty copies of the same records."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
from confluent_kafka import Consumer, TopicPartition

from schemas.topics import CLASSIFIED, DEDUPLICATED, RECEIVED
from schemas.wire import Message
from tests.bench.chains import Chain, chain
from tests.bench.figures import compare
from tests.bench.log import PARTITIONS, Filler, Item, Progress, Through, wait_for
from tests.bench.product import Product, audited, product, workers
from tests.bench.results import Row
from tests.bench.texts import posts
from tests.bench.world import World

RATIO = 0.25
_WARM_UP = 60
_DRAIN_WITHIN_S = 1800.0
_HOPS = 4
Parts = dict[str, Sequence[str]]
"""Name of a process → arguments of `intake`."""


@dataclass
class Drained:
    """One drain of the product: seconds from visible to done, and when each part was through."""

    seconds: float
    passed: dict[str, float]
    cpu_s: dict[str, float]
    memory_mb: dict[str, float]
    value_bytes: int = 0
    left_out: list[str] = field(default_factory=list)


def drain(world: World) -> list[Row]:
    """Measure with a process for each stage, and in a full run also with all of them in one process."""
    count = world.of(2_000, 20_000)
    apart: Parts = {name: ("worker", name) for name in workers()}
    together: Parts = {"all stages": ("worker", *workers())}
    layouts = [("drain", apart)] if world.quick else [("drain", apart), ("drain: one process", together)]
    world.steps("drain", 3 * len(layouts) + 1)
    return [_row(world, name, parts, count) for name, parts in layouts]


def _row(world: World, name: str, parts: Parts, count: int) -> Row:
    with product(world) as made, chain(world, "empty", "copy", "bytes", hops=_HOPS) as empty:
        waiting = [received_of(messages) for messages in made.as_gateway(posts(count))]
        world.step("starting the product")
        empty.round(waiting, count)
        world.step("draining")
        found = _drained(made, parts, waiting)
        world.step("checking")
        empty.round(waiting, count)
        world.step()
    return _compared(name, found, empty, count)


def _compared(name: str, found: Drained, empty: Chain, count: int) -> Row:
    rates = compare([count / found.seconds] * len(empty.rates), empty.rates)
    cpu = {f"CPU s {part}": round(seconds, 1) for part, seconds in found.cpu_s.items()}
    times = {f"{part} through after s": round(seconds, 1) for part, seconds in found.passed.items()}
    total = {"complaints": count, "CPU ms a complaint": sum(found.cpu_s.values()) / count * 1000}
    return Row(
        name=name,
        unit="complaints/s",
        ours=rates.ours,
        peer=rates.peer,
        peer_name="four chained empty copies",
        ratio=rates.ratio,
        spread=(rates.least, rates.greatest),
        target=f"ratio ≥ {RATIO}",
        met=rates.ratio >= RATIO,
        memory_mb=found.memory_mb,
        notes=total | {"bytes a complaint": found.value_bytes} | times | cpu
        | ({"left out": ", ".join(found.left_out)} if found.left_out else {}),
    )  # fmt: skip


def received_of(messages: Sequence[Message]) -> Item:
    """The complaint of a post; its raw delivery waits on another topic, for the archive."""
    [one] = [message for message in messages if message.topic.endswith(RECEIVED.name)]
    return one.key, one.value, one.headers


def _drained(made: Product, parts: Parts, waiting: Sequence[Item]) -> Drained:
    """Start the workers, warm them with a few complaints, then let all appear at once."""
    filler = Filler(made.world.bootstrap, made.naming.prefix)
    received = made.topic(RECEIVED)
    groups = [("deduplicate", RECEIVED), ("classify", DEDUPLICATED), ("route", CLASSIFIED), ("acknowledge", CLASSIFIED)]
    progress = [Progress(made.world.bootstrap, made.naming.group(name), made.topic(topic)) for name, topic in groups]
    warm = [received_of(messages) for messages in made.as_gateway(posts(_WARM_UP, seed=5))]
    made.start(parts)
    ends, _ = filler.fill(received, warm, spread=False)
    wait_for(Through(progress, ends), _DRAIN_WITHIN_S, "the product does not work")
    before = made.cpu_s()
    ends, began = filler.fill(received, waiting, spread=False)
    through = Through(progress, ends)
    wait_for(through, _DRAIN_WITHIN_S, "the product did not drain the complaints")
    passed = {name: at - began for (name, _), at in zip(groups, through.passed, strict=True)}
    total = len(waiting) + _WARM_UP
    passed["outbox"] = wait_for(lambda: _outbox(made) >= total, _DRAIN_WITHIN_S, "outbox rows are missing") - began
    if audited():
        passed["auditor"] = wait_for(lambda: _caught_up(made), _DRAIN_WITHIN_S, "the auditor lags") - began
    seconds = time.monotonic() - began
    after = made.cpu_s()
    for one in progress:
        one.close()
    _check(made, total)
    size = sum(len(value) for _, value, _ in waiting) // len(waiting)
    left_out = ["sender", *([] if audited() else ["auditor"])]
    used = {name: after[name] - before.get(name, 0) for name in after}
    return Drained(seconds, passed, used, made.memory_mb(), size, left_out)


def _outbox(made: Product) -> int:
    with psycopg.connect(made.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM outbox").fetchone()
    return int(row[0]) if row else 0


def _caught_up(made: Product) -> bool:
    """Whether the auditor has read every record on the complaints' way."""
    with psycopg.connect(made.database_url) as connection:
        rows = connection.execute(
            "SELECT name, partition, next_offset FROM ledger_positions JOIN ledger_topics USING (topic)"
        ).fetchall()
    at = {(name, partition): offset for name, partition, offset in rows}
    topics = [made.topic(RECEIVED), made.topic(DEDUPLICATED), made.topic(CLASSIFIED), *made.departments]
    for topic in topics:
        progress = Progress(made.world.bootstrap, f"{made.naming.prefix}.look", topic)
        ends = progress.ends()
        progress.close()
        if any(at.get((topic, partition), 0) < end for partition, end in ends.items()):
            return False
    return True


def _check(made: Product, count: int) -> None:
    """Raise unless every complaint has a committed record on some department topic."""
    consumer = Consumer(
        {
            "bootstrap.servers": made.world.bootstrap,
            "group.id": f"check-{uuid4()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": False,
        }
    )
    consumer.assign([TopicPartition(topic, number, 0) for topic in made.departments for number in range(PARTITIONS)])
    found: set[str] = set()

    def all_there() -> bool:
        for message in consumer.consume(1000, timeout=0.2):
            found.add(json.loads(message.value() or b"{}")["complaint_id"])
        return len(found) >= count

    try:
        wait_for(all_there, 60, "department records are missing")
    finally:
        consumer.close()
