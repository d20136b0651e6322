"""Stages that refuse to go on: stored, so that a restart changes nothing, and resumed by a person with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiokafka import TopicPartition
from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.errors import StageStopped
from schemas.tables.runtime import STOPS


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a stage stopped. `stage` is its consumer group; `place` and `offset` are where its last batch ended."""

    stage: str
    reason: str
    detail: str
    failed: int = 0
    seen: int = 0
    place: TopicPartition | None = None
    offset: int | None = None
    since: datetime | None = None


class Stopped(StageStopped):
    """Raised in the loop; the worker stores the stop and waits for a person."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(f"{stop.stage}: {stop.detail}")
        self.stop = stop


def _open(stage: str) -> "Select[tuple[object, ...]]":
    return select(STOPS).where(STOPS.c.stage == stage, STOPS.c.resumed_at.is_(None))


async def current(engine: AsyncEngine, stage: str) -> Stop | None:
    """The open stop of the stage (its consumer group, prefix included), None when it may run."""
    async with engine.connect() as connection:
        row = (await connection.execute(_open(stage))).mappings().first()
    if row is None:
        return None
    place = TopicPartition(row["topic"], row["partition"]) if row["topic"] is not None else None
    return Stop(
        row["stage"], row["reason"], row["detail"], row["failed"], row["seen"], place, row["offset"], row["since"]
    )


async def store(engine: AsyncEngine, stop: Stop) -> None:
    """Store the stop unless the stage has an open one already: the first worker that found it tells why."""
    async with engine.begin() as connection:
        await connection.execute(
            insert(STOPS)
            .values(
                stage=stop.stage,
                reason=stop.reason,
                detail=stop.detail,
                failed=stop.failed,
                seen=stop.seen,
                topic=stop.place.topic if stop.place else None,
                partition=stop.place.partition if stop.place else None,
                offset=stop.offset,
            )
            .on_conflict_do_nothing(index_elements=[STOPS.c.stage], index_where=STOPS.c.resumed_at.is_(None))
        )


async def resume(engine: AsyncEngine, stage: str, *, by: str, why: str) -> bool:
    """Let the stage go on; kept with who and why. False when it was not stopped. Workers see it within seconds.

    Records that failed up to the place where it stopped become dead letters if they fail again: they were judged.
    """
    async with engine.begin() as connection:
        done = await connection.execute(
            update(STOPS)
            .where(STOPS.c.stage == stage, STOPS.c.resumed_at.is_(None))
            .values(resumed_at=func.now(), resumed_by=by, resumed_why=why)
        )
    return done.rowcount > 0


async def judged(engine: AsyncEngine, stage: str) -> Mapping[TopicPartition, int]:
    """The last offset of each partition that a person let pass."""
    place = (STOPS.c.topic, STOPS.c.partition)
    statement = (
        select(*place, func.max(STOPS.c.offset))
        .where(STOPS.c.stage == stage, STOPS.c.resumed_at.is_not(None), STOPS.c.offset.is_not(None))
        .group_by(*place)
    )
    async with engine.connect() as connection:
        rows = await connection.execute(statement)
        return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}
