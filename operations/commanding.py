"""Handing a person's decision to the stage that owns it, and waiting until the stage has said what became of it."""

import asyncio
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import producer
from schemas.additions import Addition
from schemas.errors import Unreachable
from schemas.records import Command
from schemas.settings import KafkaSettings
from schemas.topics import Topic
from schemas.wire import headers, value

_LOOK_EVERY_S = 0.1
_APPLIED_WITHIN = timedelta(seconds=20)


async def send(kafka: KafkaSettings, topic: Topic, record: Command | Addition, key: str, event: UUID) -> None:
    """Write one record and return when Kafka has it. May be repeated: the same event is followed once."""
    pairs = headers(topic, kafka.naming, event_id=str(event), time=record.at, subject=record.complaint_id)
    async with producer(kafka) as client:
        await client.send_and_wait(kafka.naming.topic(topic), value(record), key.encode(), headers=pairs)


async def decision_on(engine: AsyncEngine, decisions: Table, subject: UUID, revision: int = 0) -> dict[str, object]:
    """Wait for what a stage decides of this subject; the caller limits the time."""
    wanted = select(decisions.c.decision).where(decisions.c.complaint_id == subject, decisions.c.revision == revision)
    while True:
        async with engine.connect() as connection:
            found: dict[str, object] | None = (await connection.execute(wanted)).scalar()
        if found is not None:
            return found
        await asyncio.sleep(_LOOK_EVERY_S)


async def applied(engine: AsyncEngine, decisions: Table, stage: str, subject: UUID) -> tuple[bool, str]:
    """Whether the command that a stage keeps under `subject` took effect, and what the stage says.

    Raises `Unreachable` when the stage does not work.
    """
    try:
        async with asyncio.timeout(_APPLIED_WITHIN.total_seconds()):
            found = await decision_on(engine, decisions, subject)
    except TimeoutError as error:
        raise Unreachable(
            f"the stage {stage} has not come to it yet: what was asked for is kept and will be done; "
            f"`intake lag` and `intake stages` say why, start it with `intake run` or `intake worker {stage}`"
        ) from error
    return bool(found["applied"]), str(found["detail"])
