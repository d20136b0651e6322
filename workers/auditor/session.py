"""One life of the auditor's consumer: from finding its partitions to the first thing that goes wrong."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra import metrics
from infra.logs import log
from schemas.settings import KafkaSettings
from workers.auditor import store
from workers.auditor.reading import Collector, partitions_there
from workers.auditor.store import Batch, Connection

_log = log(__name__)

AT_ONCE = 5_000
"""Rows in one transaction, at most."""
_PER_POLL = 1_000
"""Records between two turns of the event loop, which other parts of the process need too."""
_POLL_MS = 1_000
_GATHER_S = 0.2
"""Counted from the first record: one transaction for what lies on many partitions."""
LOOK_EVERY_S = 30.0
"""Between two looks for new topics, and for a consumer that has stopped in silence."""


class Stuck(Exception):
    """Records are there and none arrive: the consumer is of no more use (aiokafka issues 1037, 847, 625)."""


@dataclass(frozen=True, slots=True)
class Look:
    """Where the ledger stood in each partition, and where the partition ended."""

    stands: Mapping[TopicPartition, int]
    ends: Mapping[TopicPartition, int]

    def stuck_since(self, before: "Look") -> tuple[str, ...]:
        """Topics with records that lay there a look ago and are still unread.

        What came since then proves nothing: on a quiet topic it may be a moment old.
        """
        standing = (part for part, at in self.stands.items() if before.stands.get(part) == at)
        unread = (
            part for part in standing if min(before.ends.get(part, 0), self.ends.get(part, 0)) > self.stands[part]
        )
        return tuple(sorted({part.topic for part in unread}))


class Session:
    """Reads all partitions and writes them down. `ahead`: topics that end before where the ledger stands."""

    def __init__(
        self, connection: Connection, consumer: AIOKafkaConsumer, kafka: KafkaSettings, declared: Collection[str]
    ) -> None:
        self.ahead: frozenset[str] = frozenset()
        self.waiting = 0
        self._connection = connection
        self._consumer = consumer
        self._kafka = kafka
        self._declared = declared
        self._ids: dict[str, int] = {}
        self._stands: dict[TopicPartition, int] = {}
        self._collector = Collector(kafka.prefix, {})
        self._before = Look({}, {})

    async def run(self, stop: asyncio.Event, look_every_s: float = LOOK_EVERY_S) -> None:
        """Work until `stop`. Raises `Overtaken`, `Stuck` and whatever Kafka and PostgreSQL raise."""
        loop = asyncio.get_running_loop()
        look_at = 0.0
        while not stop.is_set():
            if loop.time() >= look_at:
                await self._look()
                look_at = loop.time() + look_every_s
            batch = await self._gather()
            if batch.moves:
                await store.write(self._connection, self._ids, batch)
                self._stands |= {part: to for part, (_, to) in batch.moves.items()}
                metrics.LEDGER_RECORDS.inc(len(batch.lines))
            self._measure()

    async def _look(self) -> None:
        """Take in what is new; a look is also a sign of life for the database."""
        await store.still_there(self._connection)
        there = await partitions_there(self._kafka, self._declared)
        ends = await self._consumer.end_offsets(there) if there else {}
        new = set(there) - set(self._stands)
        if new:
            await self._open(there, ends)
        look = Look(dict(self._stands), ends)
        if not new and (stuck := look.stuck_since(self._before)):
            raise Stuck(f"records of {', '.join(stuck)} are there and do not arrive")
        self._before = look

    async def _open(self, there: list[TopicPartition], ends: dict[TopicPartition, int]) -> None:
        """Go on in each partition where the ledger stands, begin at the beginning of the others."""
        names = sorted({part.topic for part in there})
        self._ids = await store.topic_ids(self._connection, names)
        stands = await store.positions(self._connection, names)
        begins = await self._consumer.beginning_offsets(there)
        starts = {part: (stands.get(part), at) for part, at in begins.items() if stands.get(part, -1) < at}
        await store.begin(self._connection, self._ids, starts)
        self._stands = stands | {part: at for part, (_, at) in starts.items()}
        for part, (before, at) in starts.items():
            if at > (before or 0):
                _log.warning("records were gone before the ledger had them", topic=part.topic,
                             partition=part.partition, count=at - (before or 0))  # fmt: skip
        ahead = {part for part in there if self._stands[part] > ends[part]}
        self.ahead = frozenset(part.topic for part in ahead)
        self._collector = Collector(self._kafka.prefix, self._ids)
        readable = [part for part in there if part not in ahead]
        self._consumer.assign(readable)
        for part in readable:
            self._consumer.seek(part, self._stands[part])

    async def _gather(self) -> Batch:
        """What came, with the positions after it (past markers), captured before anything else is asked for."""
        batch, until = Batch(), asyncio.get_running_loop().time() + _POLL_MS / 1000
        parts = self._consumer.assignment()
        if not parts:
            await asyncio.sleep(_POLL_MS / 1000)
            return batch
        while len(batch.lines) < AT_ONCE and (left_s := until - asyncio.get_running_loop().time()) > 0:
            got = await self._consumer.getmany(timeout_ms=int(left_s * 1000) + 1, max_records=_PER_POLL)
            if got and not batch.lines:
                until = min(until, asyncio.get_running_loop().time() + _GATHER_S)
            for records in got.values():
                self._collector.add(batch, records)
        for part in parts:
            position = await self._consumer.position(part)
            if position != self._stands[part]:
                batch.moves[part] = (self._stands[part], position)
        return batch

    def _measure(self) -> None:
        ends = {part: self._consumer.highwater(part) for part in self._consumer.assignment()}
        self.waiting = sum(max(0, end - self._stands[part]) for part, end in ends.items() if end is not None)
        metrics.LEDGER_WAITING.set(self.waiting)
