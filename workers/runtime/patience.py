"""Waiting for a part of the platform that is away: the partition is paused, the consumer goes on polling."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition

from infra import metrics
from infra.logs import log
from workers.runtime.backoff import delays
from workers.runtime.failures import Verdict, part_of, verdict

T = TypeVar("T")

_log = log(__name__)


class Patience:
    """Repeats what fails for reasons that pass. `waits_for` names the part while it does."""

    def __init__(self, stage: str, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        self.waits_for: str | None = None
        self.leaving = False
        self._stage = stage
        self._consumer = consumer
        self._partition = partition

    async def repeat(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do it until it succeeds. What will never heal is raised; a partition that leaves is not held up."""
        pauses = delays()
        while True:
            try:
                result = await act()
            except Exception as error:
                if verdict(error) is Verdict.POISON:
                    raise
                delay_s = next(pauses)
                self._wait(error, delay_s)
                if self.leaving:
                    raise asyncio.CancelledError from error
                await asyncio.sleep(delay_s)
            else:
                self._go_on()
                return result

    def _wait(self, error: Exception, delay_s: float) -> None:
        part = part_of(error)
        if self.waits_for is None and self._partition in self._consumer.assignment():
            self._consumer.pause(self._partition)
        self._note(part)
        _log.warning(
            "waiting",
            stage=self._stage,
            part=part,
            topic=self._partition.topic,
            partition=self._partition.partition,
            retry_in_s=round(delay_s, 2),
            exc_info=error,
        )

    def _go_on(self) -> None:
        if self.waits_for is None:
            return
        self._note(None)
        if self._partition in self._consumer.assignment():
            self._consumer.resume(self._partition)

    def end(self) -> None:
        """The partition leaves: whatever it waits for, it waits no more."""
        self._note(None)

    def _note(self, part: str | None) -> None:
        if self.waits_for is not None:
            metrics.STAGE_WAITING.labels(self._stage, self.waits_for).dec()
        self.waits_for = part
        if part is not None:
            metrics.STAGE_WAITING.labels(self._stage, part).inc()
