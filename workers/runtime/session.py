"""One life of a consumer: from joining the group to leaving it. Whatever goes wrong for good ends the session."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from infra.logs import log
from workers.runtime import stops
from workers.runtime.abandon import stop_consumer
from workers.runtime.breaker import Breaker
from workers.runtime.context import StageContext
from workers.runtime.failures import cause_of
from workers.runtime.housekeeping import Housekeeping
from workers.runtime.partition import PartitionLoop
from workers.runtime.stops import Stopped
from workers.runtime.transaction import ProducerLost
from workers.runtime.watchdog import stuck, waiting_records

_log = log(__name__)

_NOTHING = TopicPartition("", 0)
"""A partition nobody has: asking for its records keeps the member in the group and returns none."""

_KEEP_POLLING_EVERY_S = 1.0
_ANSWER_WITHIN_S = 5.0
_HEARTBEATS_PER_SESSION = 10


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a session ended; `cause` is the label of a metric."""

    cause: str
    error: BaseException | None = None


class Session(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Joins, runs a loop for each assigned partition, watches them, leaves."""

    def __init__(self, context: StageContext, breaker: Breaker) -> None:
        self.loops: dict[TopicPartition, PartitionLoop] = {}
        self.rebalancing = True
        self.broker_answers = True
        self.waiting: dict[str, int] = {}
        self.joined = False
        self._context = context
        self._breaker = breaker
        self._consumer = _consumer(context)
        self._starting: asyncio.Future[None] | None = None
        self._housekeeping = Housekeeping(context)
        self._ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._moving_since = asyncio.get_running_loop().time()

    async def run(self, stop: asyncio.Event) -> Ending:
        """Work until told to stop or until something ends the session; batches in flight are finished first."""
        work = [asyncio.create_task(one) for one in (self._join(), self._keep_polling(), self._watch())]
        work.append(asyncio.create_task(self._end_when(stop)))
        for task in work:
            task.add_done_callback(self._on_done)
        try:
            await asyncio.wait({self._ended})
            settings = self._context.settings
            drains = self._ended.result().cause == "stop"
            await self._release(settings.drain_deadline if drains else settings.revoke_deadline)
        finally:
            for task in work:
                task.cancel()
            await asyncio.wait(work)
            await stop_consumer(self._consumer, self._starting)
        return self._ended.result()

    def end(self, cause: str, error: BaseException | None = None) -> None:
        """End the session; the first cause counts."""
        if not self._ended.done():
            self._ended.set_result(Ending(cause, error))

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish or give up what is in flight within the deadline: the group waits for us that long."""
        self.rebalancing, self._moving_since = True, asyncio.get_running_loop().time()
        await self._release(self._context.settings.revoke_deadline)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Begin a loop for each partition; it opens its gate itself, this returns at once.

        aiokafka swallows what a callback raises, and sends no heartbeat while it runs.
        """
        if self._ended.done():
            return
        for partition in assigned:
            self.loops[partition] = PartitionLoop(
                self._context, self._consumer, partition, self._breaker, self._on_done
            )
        self.rebalancing, self.joined = False, True
        _log.info("partitions assigned", stage=self._context.stage.name, count=len(assigned))

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Stopped):
            self.end("stopped", error)
        elif isinstance(error, ProducerLost):
            self.end(error.cause, error)
        elif error is not None:
            self.end(cause_of(error), error)

    async def _end_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.end("stop")

    async def _join(self) -> None:
        self._consumer.subscribe(self._context.topics, listener=self)
        self._starting = asyncio.ensure_future(self._consumer.start())
        await asyncio.shield(self._starting)

    async def _keep_polling(self) -> None:
        """Ask for nothing now and then: a member that does not poll leaves the group and never comes back.

        Partitions that wait for the database do not poll, and a member without partitions has none that could.
        """
        while True:
            await asyncio.sleep(_KEEP_POLLING_EVERY_S)
            if self.joined:
                await self._consumer.getmany(_NOTHING, timeout_ms=0)

    async def _watch(self) -> None:
        settings = self._context.settings
        stuck_after_s = settings.stuck_after.total_seconds()
        patience_s = stuck_after_s + settings.rebalance_timeout.total_seconds()
        while True:
            await asyncio.sleep(min(5.0, stuck_after_s / 4))
            if self.rebalancing:
                if asyncio.get_running_loop().time() - self._moving_since > patience_s:
                    self.end("rebalance")
                continue
            await self._look_at_progress(stuck_after_s)
            await self._look_for_a_stop()
            await self._housekeeping.when_due()

    async def _look_at_progress(self, stuck_after_s: float) -> None:
        loops = dict(self.loops)
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                ends = await self._consumer.end_offsets(list(loops)) if loops else {}
        except (KafkaError, TimeoutError):
            self.broker_answers = False
            for loop in loops.values():
                loop.touch()
            return
        self.broker_answers = True
        self.waiting = waiting_records(loops, ends)
        found = stuck(loops, ends, stuck_after_s)
        if found is not None:
            _log.error("no progress, rebuilding the consumer", stage=self._context.stage.name, topic=found.topic,
                       partition=found.partition, lag=sum(self.waiting.values()))  # fmt: skip
            self.end("stuck")

    async def _look_for_a_stop(self) -> None:
        """Another worker of the stage may have stopped it for all."""
        if self._context.engine is None:
            return
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                stop = await stops.current(self._context.engine, self._context.group)
        except (SQLAlchemyError, OSError):
            return  # a stage that needs the database waits for it in its loops
        if stop is not None:
            self.end("stopped", Stopped(stop))

    async def _release(self, deadline: timedelta) -> None:
        """Let every loop finish its batch until the deadline, then cancel it."""
        loops, self.loops, self.waiting = self.loops, {}, {}
        tasks = {loop.leave() for loop in loops.values()}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=deadline.total_seconds())
            for task in late:
                task.cancel()
            if late:
                _log.warning("batches given up at the deadline", stage=self._context.stage.name, count=len(late))
                await asyncio.wait(late, timeout=1)


def _consumer(context: StageContext) -> AIOKafkaConsumer:
    settings = context.settings
    session_ms = int(settings.session_timeout.total_seconds() * 1000)
    return AIOKafkaConsumer(
        **context.options,
        group_id=context.group,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // _HEARTBEATS_PER_SESSION,
        rebalance_timeout_ms=int(settings.rebalance_timeout.total_seconds() * 1000),
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
    )
