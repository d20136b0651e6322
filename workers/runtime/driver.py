"""Run a stage over records in memory, deterministically: the same SQL half as the worker, without Kafka."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.base import Record
from schemas.errors import PoisonRecord
from schemas.wire import Naming
from workers.runtime.decide import decide_batch
from workers.runtime.encoding import Encoder
from workers.runtime.outcome import Outcome, Outgoing
from workers.runtime.stage import AnyStage, Emit, Incoming, Origin

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""The time of records that are not given another."""


def incoming(
    record: Record,
    offset: int = 0,
    *,
    at: datetime = NOON,
    topic: str = "input.v1",
    partition: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Incoming[Any]:
    """A record as a stage receives it. The same topic, partition and offset again is a replay, others a redelivery."""
    return Incoming(record, Origin(topic, partition, offset), at, headers or {})


async def settle_batch(
    stage: AnyStage, engine: AsyncEngine | None, items: Sequence[Incoming[Any]], naming: Naming | None = None
) -> list[Outcome]:
    """One outcome a record, in order, as the worker would have it in one batch of one partition."""
    return await decide_batch(stage, engine, items, Encoder(naming or Naming()))


async def run_batch(
    stage: AnyStage, engine: AsyncEngine | None, items: Sequence[Incoming[Any]], naming: Naming | None = None
) -> list[Emit]:
    """Everything the stage writes for the records. Raises `PoisonRecord` when one of them would be a dead letter."""
    listening = _Listening(naming or Naming())
    outcomes = await decide_batch(stage, engine, items, listening)
    for item, outcome in zip(items, outcomes, strict=True):
        if outcome.failure is not None:
            raise PoisonRecord(f"{item.origin}: {outcome.failure.error_class} at {outcome.failure.place}")
    return [emit for item in items for emit in listening.emitted.get(item.origin, ())]


class _Listening(Encoder):
    """Keeps what a stage emits: the loop needs only the bytes of it."""

    def __init__(self, naming: Naming) -> None:
        super().__init__(naming)
        self.emitted: dict[Origin, Sequence[Emit]] = {}

    def encode(self, item: Incoming[Any], emits: Sequence[Emit]) -> tuple[Outgoing, ...]:
        self.emitted[item.origin] = emits
        return super().encode(item, emits)
