"""Where a partition goes on: read only after the owner before us is fenced, and never guessed."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from infra.logs import log
from workers.runtime import decisions
from workers.runtime.context import StageContext
from workers.runtime.stage import DecidingStage
from workers.runtime.stops import Stop, Stopped

T = TypeVar("T")

_log = log(__name__)

_ANSWER_WITHIN_S = 30.0
_AHEAD_TRIES = 10
_AHEAD_PAUSE_S = 0.5

OFFSETS_LOST = "offsets-lost"
OFFSETS_AHEAD = "offsets-ahead"


async def committed_offset(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int | None:
    """The group's committed offset of the partition, asked from the broker now; None when there is none.

    Zero is an offset like any other (aiokafka's own `seek_to_committed` skips it).
    """
    return await _answered(consumer.committed(partition))


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin. `is_new`: the group has no offset yet; it must get one before anything is decided,

    so that rows without an offset always mean that the offset was lost.
    """

    offset: int
    is_new: bool = False


async def starting_point(context: StageContext, consumer: AIOKafkaConsumer, partition: TopicPartition) -> Start:
    """Ask where to begin. Raises `Stopped` when the committed offset cannot be right."""
    committed = await committed_offset(consumer, partition)
    begin: int = (await _answered(consumer.beginning_offsets([partition])))[partition]
    if committed is None:
        await _stop_if_decided_before(context, partition)
        return Start(begin, is_new=True)
    if committed < begin:
        _log.error(
            "records were deleted by retention before the stage read them",
            stage=context.stage.name,
            topic=partition.topic,
            partition=partition.partition,
            lag=begin - committed,
        )
        return Start(begin)
    await _stop_if_ahead(context, consumer, partition, committed)
    return Start(committed)


async def _answered(question: Awaitable[T]) -> T:
    """Wait for the broker, but not for ever: aiokafka repeats some questions until they are answered."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            return await question
    except TimeoutError as error:
        raise KafkaTimeoutError from error


async def _stop_if_decided_before(context: StageContext, partition: TopicPartition) -> None:
    if context.engine is None or not isinstance(context.stage, DecidingStage):
        return
    async with context.engine.connect() as connection:
        last = await decisions.last_offset(connection, context.stage.decisions, *partition)
    if last is None:
        return
    where = f"{partition.topic}-{partition.partition}"
    detail = (
        f"group {context.group} has no committed offset for {where}, but decisions up to offset {last} exist: going "
        f"on from the beginning would write them again. Set the offset (kafka-consumer-groups --group {context.group} "
        f"--topic {partition.topic}:{partition.partition} --reset-offsets --to-offset {last + 1} --execute, or lower "
        f"where the last batch is missing downstream), then resume the stage"
    )
    raise Stopped(Stop(context.group, OFFSETS_LOST, detail, place=partition))


async def _stop_if_ahead(
    context: StageContext, consumer: AIOKafkaConsumer, partition: TopicPartition, committed: int
) -> None:
    """Stop when the topic ends before the committed offset. A broker that just started may need a moment to know."""
    end = committed
    for _ in range(_AHEAD_TRIES):
        end = (await _answered(consumer.end_offsets([partition])))[partition]
        if committed <= end:
            return
        await asyncio.sleep(_AHEAD_PAUSE_S)
    detail = (
        f"group {context.group} stands at offset {committed} of {partition.topic}-{partition.partition}, which ends at "
        f"{end}: the topic was created anew or lost its end. Set the offset with kafka-consumer-groups, then resume"
    )
    raise Stopped(Stop(context.group, OFFSETS_AHEAD, detail, place=partition))
