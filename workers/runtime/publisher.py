"""Publishing a settled batch: everything that follows from it and the offset after it, in one transaction."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra import metrics
from infra.logs import log
from workers.runtime.breaker import Breaker, Flood
from workers.runtime.context import StageContext
from workers.runtime.dead_letters import dead_letter
from workers.runtime.failures import Failure
from workers.runtime.opening import committed_offset, starting_point
from workers.runtime.outcome import Fate, Outcome, Outgoing
from workers.runtime.patience import Patience
from workers.runtime.stops import Stop, Stopped
from workers.runtime.transaction import PartitionProducer, ProducerLost, Refused

Settled = tuple[Any, Outcome]
"""A record of the broker and what became of it."""

_log = log(__name__)

_SHOWN = 3
"""Failures that are logged when a stage stops; they are mostly the same."""


class Publisher:
    """The writing end of one partition, and where it stands: `next_offset` is what was last committed or begun at."""

    def __init__(
        self,
        context: StageContext,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        breaker: Breaker,
        patience: Patience,
    ) -> None:
        self.next_offset = 0
        self._context = context
        self._consumer = consumer
        self._partition = partition
        self._breaker = breaker
        self._patience = patience
        self._producer: PartitionProducer | None = None

    async def open(self) -> None:
        """Fence the owner before us, and only then ask where it stood. Raises `Stopped`, `ProducerLost`."""
        producer = await self._fence()
        start = await self._patience.repeat(lambda: starting_point(self._context, self._consumer, self._partition))
        if start.is_new:
            await producer.commit([], start.offset)
        self.next_offset = start.offset

    def drop(self) -> None:
        """Give up the producer without waiting."""
        if self._producer is not None:
            self._producer.drop()

    async def publish(self, settled: Sequence[Settled], position: int) -> None:
        """Commit the records' outcomes and `position`. Raises `Stopped` before anything is written if too many failed.

        What the broker refuses is halved until the guilty record stands alone and becomes a dead letter.
        """
        judged = [(record.offset, outcome.fate is Fate.DEAD_LETTER) for record, outcome in settled if _counts(outcome)]
        self._stop_on(self._breaker.judge(self._partition, judged), settled)
        await self._commit(settled, position)

    async def _commit(self, settled: Sequence[Settled], position: int) -> None:
        producer = self._producer or await self._fence()
        outgoing = [one for record, outcome in settled for one in self._outgoing(record, outcome)]
        try:
            await producer.commit(outgoing, position, self._context.stage.name if settled else None)
        except Refused as refusal:
            await self._reopen()
            await self._commit_parts(settled, position, refusal)
            return
        self.next_offset = position
        self._tell(settled)

    async def _commit_parts(self, settled: Sequence[Settled], position: int, refusal: Refused) -> None:
        if len(settled) > 1:
            middle = len(settled) // 2
            await self._commit(settled[:middle], settled[middle - 1][0].offset + 1)
            await self._commit(settled[middle:], position)
            return
        if not settled or settled[0][1].fate is Fate.DEAD_LETTER:
            raise ProducerLost("refused") from refusal
        [(record, outcome)] = settled
        self._stop_on(self._breaker.refused(), settled)
        failure = Failure(str(refusal), f"produce to {', '.join(sorted({one.topic for one in outcome.outgoing}))}")
        await self._commit([(record, Outcome(Fate.DEAD_LETTER, failure=failure))], position)

    async def _fence(self) -> PartitionProducer:
        self.drop()
        context = self._context
        self._producer = PartitionProducer(context.options, context.group, self._partition, context.settings)
        await self._producer.start(context.outputs)
        return self._producer

    async def _reopen(self) -> None:
        """A new producer after a refusal. Somebody may have had the partition meanwhile: the offset would tell."""
        await self._fence()
        committed = await self._patience.repeat(lambda: committed_offset(self._consumer, self._partition))
        if committed is not None and committed > self.next_offset:
            raise ProducerLost("fenced")

    def _stop_on(self, flood: Flood | None, settled: Sequence[Settled]) -> None:
        if flood is None:
            return
        offset = settled[-1][0].offset
        detail = (
            f"{flood.failed} of the last {flood.seen} records failed, {flood.in_a_row} in a row, at "
            f"{self._partition.topic}-{self._partition.partition} offset {offset}: nothing of this batch was written. "
            f"Look at the log for the error, mend the cause and resume the stage"
        )
        failed = [one for one in settled if one[1].failure is not None]
        for record, outcome in failed[-_SHOWN:]:
            self._log_failure("failed before the stage stopped", record, outcome)
        stop = Stop(self._context.group, "flood", detail, flood.failed, flood.seen, self._partition, offset)
        raise Stopped(stop)

    def _outgoing(self, record: Any, outcome: Outcome) -> Sequence[Outgoing]:
        if outcome.failure is None:
            return outcome.outgoing
        context = self._context
        return (dead_letter(context.stage.name, context.naming, record, outcome.failure, datetime.now(UTC)),)

    def _tell(self, settled: Sequence[Settled]) -> None:
        for fate, count in Counter(outcome.fate for _, outcome in settled).items():
            metrics.STAGE_RECORDS.labels(self._context.stage.name, fate.value).inc(count)
        for record, outcome in settled:
            self._log_failure("dead letter", record, outcome)

    def _log_failure(self, event: str, record: Any, outcome: Outcome) -> None:
        if outcome.failure is not None:
            _log.warning(
                event,
                stage=self._context.stage.name,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                error_class=outcome.failure.error_class,
                detail=outcome.failure.place,
            )


def _counts(outcome: Outcome) -> bool:
    return outcome.fate is not Fate.SKIPPED
