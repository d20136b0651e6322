"""On the real broker an alarm reaches people while nobody links or understands anything."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.clock import present
from infra.kafka import create_topics
from schemas.alarm import SAFETY_ALARM
from schemas.records import Escalation
from schemas.settings import KafkaSettings
from schemas.topics import ESCALATED, all_topics
from tests.services import Services
from tests.waiting import until
from tests.workers.alarm.pieces import ill
from tests.workers.pieces import complaint, rows
from tests.workers.sender.pieces import Channel
from tests.workers.test_pipeline import context, first_of, hand_in
from workers.pipeline import build

pytestmark = pytest.mark.services


async def test_an_alarm_is_a_persons_task_while_deduplicate_and_classify_stand_still(
    engine: AsyncEngine, services: Services, topic_prefix: str, tmp_path: Path
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    made, now = context(engine, kafka, Channel(), tmp_path), present()
    times: dict[str, Any] = {"received_at": now, "ingested_at": now}
    dangerous, harmless = ill(**times), complaint(text="收银员态度恶劣", **times)
    await create_topics(kafka, all_topics(made.pack.department_codes))

    async def opened() -> list[Any]:
        return await rows(engine, "SELECT kind, complaint_id, state, due_at - opened_at AS left_over FROM tasks")

    stop = asyncio.Event()
    async with asyncio.TaskGroup() as parts:
        for name in ("alarm", "tasks"):
            parts.create_task(build(name, made).run(stop))
        try:
            await hand_in(kafka, harmless, dangerous, dangerous)
            [written] = await first_of(kafka, ESCALATED, 1)
            await until(opened, timeout_s=60)
        finally:
            stop.set()

    [task] = await opened()
    assert Escalation.model_validate_json(written).level == SAFETY_ALARM
    assert (task.kind, task.complaint_id, task.state) == ("safety-alarm", dangerous.complaint_id, "open")
    assert task.left_over.total_seconds() > 0
