"""One partition's loop: gather a batch, decide it, publish what follows with the offset after it, again."""

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra import metrics
from infra.failpoints import reached
from workers.runtime.breaker import Breaker
from workers.runtime.context import StageContext
from workers.runtime.decide import decide_alone, decide_batch
from workers.runtime.outcome import Outcome
from workers.runtime.patience import Patience
from workers.runtime.publisher import Publisher, Settled
from workers.runtime.stage import DecidingStage, Incoming, PureStage
from workers.runtime.transaction import ProducerLost

_POLL_MS = 1_000
_IN_THE_AIR_MS = 5
"""A fetch that is on its way while there is more to read; waiting longer for a full batch makes a drain slower."""
_MARKERS = 2
"""Offsets at the end of a partition that may be markers of transactions, which are no records."""
_AT_ONCE = 25
"""Records worked on between two turns of the event loop, half a millisecond: it also serves the transactions of the
other partitions, some dozen turns each, and the heartbeats. With 50 a commit under load takes up to twice as long."""


class Phase(StrEnum):
    """What the loop does. Only WORKING is let finish when the partition leaves."""

    OPENING = "opening"
    POLLING = "polling"
    WORKING = "working"
    WAITING = "waiting"


class PartitionLoop:
    """Owns one partition from its assignment to its revocation. At most one batch is in flight."""

    def __init__(
        self,
        context: StageContext,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        breaker: Breaker,
        ended: Callable[["asyncio.Task[None]"], None],
    ) -> None:
        """Begin at once, in a task of its own; `ended` is called at its end, whatever the reason."""
        self.partition = partition
        self.progressed = time.monotonic()
        self.finished_at: datetime | None = None
        self._wrote_at = -math.inf
        self._phase = Phase.OPENING
        self._context = context
        self._consumer = consumer
        self._patience = Patience(context.stage.name, consumer, partition)
        self._publisher = Publisher(context, consumer, partition, breaker, self._patience)
        consumer.pause(partition)  # nothing is fetched from a position read before the fence
        self._task = asyncio.create_task(self._run(), name=f"{context.group} {partition}")
        self._task.add_done_callback(ended)

    @property
    def phase(self) -> Phase:
        """What the loop does now."""
        return Phase.WAITING if self._patience.waits_for else self._phase

    @property
    def waits_for(self) -> str | None:
        """The part of the platform the loop waits for, None when for none."""
        return self._patience.waits_for

    @property
    def next_offset(self) -> int:
        """The offset it would go on from after a crash now."""
        return self._publisher.next_offset

    def leave(self) -> "asyncio.Task[None]":
        """Finish the batch in flight and end, at once when there is none; return the task to wait for."""
        self._patience.leaving = True
        if self.phase is not Phase.WORKING:
            self._task.cancel()
        return self._task

    def touch(self) -> None:
        """Note that the loop is alive: it went on, or had nothing to go on with."""
        self.progressed = time.monotonic()

    async def _run(self) -> None:
        try:
            await self._publisher.open()
            self._consumer.seek(self.partition, self.next_offset)
            self._consumer.resume(self.partition)
            self.touch()
            while not self._patience.leaving:
                self._phase = Phase.POLLING
                records, position = await self._gather()
                self._phase = Phase.WORKING
                if records or position > self.next_offset:  # only markers and aborted records may lie between
                    await self._process(records, position)
        finally:
            self._patience.end()
            self._publisher.drop()

    async def _gather(self) -> tuple[list[Any], int]:
        """The next records and the position after them (past markers), captured before anything else runs.

        Gathering counts from the end of the batch before: a record that comes after a pause is not held up, and
        neither is one that others wait behind.
        """
        settings = self._context.settings
        until = self._wrote_at + settings.gather.total_seconds()
        records = await self._poll(_POLL_MS, settings.max_batch)
        while records and len(records) < settings.max_batch and (left_s := until - time.monotonic()) > 0:
            if await self._has_read_all():
                await asyncio.sleep(left_s)
            more = await self._poll(_IN_THE_AIR_MS, settings.max_batch - len(records))
            if not more:
                break
            records += more
        if self.partition not in self._consumer.assignment():
            return [], self.next_offset
        position = max(self.next_offset, await self._consumer.position(self.partition))
        if records and records[0].offset < self.next_offset:
            raise ProducerLost("rewound")  # aiokafka went back by itself: the log lost its end or was made anew
        return records, position

    async def _has_read_all(self) -> bool:
        if self.partition not in self._consumer.assignment():
            return False
        stable = self._consumer.last_stable_offset(self.partition)
        return stable is not None and await self._consumer.position(self.partition) + _MARKERS >= stable

    async def _poll(self, timeout_ms: float, at_most: int) -> list[Any]:
        got = await self._consumer.getmany(self.partition, timeout_ms=timeout_ms, max_records=at_most)
        found: list[Any] = got.get(self.partition, [])
        return found

    async def _process(self, records: Sequence[Any], position: int) -> None:
        started = time.monotonic()
        settled = await self._settle(records)
        if records:
            reached("stage.decided", self._context.stage.name)
        await self._publisher.publish(settled, position)
        self.touch()
        self.finished_at = datetime.now(UTC)
        if records:
            self._wrote_at = self.progressed
            stage = self._context.stage.name
            metrics.STAGE_TRANSACTION_SECONDS.labels(stage).observe(time.monotonic() - started)
            metrics.STAGE_BATCH_RECORDS.labels(stage).observe(len(records))

    async def _settle(self, records: Sequence[Any]) -> list[Settled]:
        """Read and decide: a deciding stage its batch as a whole, in one SQL transaction, a pure one bit by bit."""
        stage = self._context.stage
        if isinstance(stage, DecidingStage):
            return await self._settle_whole(records)
        settled: list[Settled] = []
        for some in _parts(records):
            settled += await self._patience.repeat(partial(self._settle_pure, stage, some))
            await asyncio.sleep(0)
        return settled

    async def _settle_pure(self, stage: PureStage[Any], records: Sequence[Any]) -> list[Settled]:
        read, encoder = self._context.reader.read, self._context.encoder
        return [(record, decide_alone(stage, read(record), encoder)) for record in records]

    async def _settle_whole(self, records: Sequence[Any]) -> list[Settled]:
        context = self._context
        read: list[Incoming[Any] | Outcome] = []
        for some in _parts(records):
            read += [context.reader.read(record) for record in some]
            await asyncio.sleep(0)
        items = [one for one in read if isinstance(one, Incoming)]
        decided = iter(
            await self._patience.repeat(lambda: decide_batch(context.stage, context.engine, items, context.encoder))
            if items
            else []
        )
        outcomes = [next(decided) if isinstance(one, Incoming) else one for one in read]
        return list(zip(records, outcomes, strict=True))


def _parts(records: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(records), _AT_ONCE):
        yield records[start : start + _AT_ONCE]
