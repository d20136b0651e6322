"""The follow-up service: what it sends is named by what it is about, and one kill costs nothing."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import create_topics, producer
from schemas.additions import Addition
from schemas.complaint import Complaint
from schemas.records import Command
from schemas.settings import KafkaSettings
from schemas.tables.deduplicate import DEDUPLICATE_DECISIONS
from schemas.topics import ADDITIONS, COMMANDS, RECEIVED
from tests.schemas.making import complaint
from tests.services import Services
from tests.workers.casework.pieces import MONDAY, STAGE, assigned, later, member, reported
from tests.workers.casework.test_answers import said
from tests.workers.pieces import decide, rows
from workers.casework import FollowUp, FollowUpParts

pytestmark = pytest.mark.services


class _Client:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    async def send_and_wait(self, topic: str, value: bytes, key: bytes, headers: Any) -> None:
        self.sent.append((topic, value))


def _service(engine: AsyncEngine, now: datetime, kafka: KafkaSettings | None = None) -> FollowUp:
    return FollowUp(FollowUpParts(engine, kafka or KafkaSettings(), lambda: now))


async def _overdue_at(engine: AsyncEngine, minutes: float) -> list[Command]:
    client: Any = _Client()
    await _service(engine, later(minutes)).ask(client)
    return [Command.model_validate_json(value) for _, value in client.sent]


async def test_what_is_overdue_is_asked_about_and_escalated_once_whoever_asks(engine: AsyncEngine) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), at=MONDAY)

    early, [first], [again] = [await _overdue_at(engine, minutes) for minutes in (239, 241, 242)]
    [worked] = await decide(engine, STAGE, first, at=later(241))

    assert early == []
    assert first.command_id == again.command_id
    assert len(worked.escalations) == 1
    assert await _overdue_at(engine, 300) == []


async def test_one_service_asks_once_until_it_is_answered(engine: AsyncEngine) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), at=MONDAY)
    client, service = _Client(), _service(engine, later(241))

    asked = [await service.ask(client) for _ in range(3)]

    assert asked == [1, 0, 0]


async def _on_the_log(engine: AsyncEngine, kafka: KafkaSettings, record: Complaint) -> UUID:
    """A complaint that lies on the log, as deduplicate noted it."""
    topic = kafka.naming.topic(RECEIVED)
    async with producer(kafka) as client:
        place = await client.send_and_wait(topic, record.to_json(), partition=0)
    row = {"complaint_id": record.complaint_id, "revision": 1, "topic": topic, "partition": 0, "offset": place.offset}
    async with engine.begin() as connection:
        await connection.execute(insert(DEDUPLICATE_DECISIONS).values(**row, decision={}, decided_at=MONDAY))
    return record.complaint_id


@pytest.fixture
async def kafka(services: Services, topic_prefix: str) -> KafkaSettings:

    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1)
    await create_topics(settings, (RECEIVED, ADDITIONS, COMMANDS))
    return settings


@pytest.mark.parametrize(("ordered", "says"), [("reroute", "logistics"), ("reopen", None)])
async def test_an_order_becomes_the_same_correction_of_each_complaint_every_time(
    engine: AsyncEngine, kafka: KafkaSettings, ordered: str, says: str | None
) -> None:
    await member(engine)
    await member(engine, "2")
    await member(engine, "3", is_automatic=True)
    known = [await _on_the_log(engine, kafka, complaint(one)) for one in ("1", "2")]
    await decide(engine, STAGE, assigned(), at=MONDAY)
    if ordered == "reroute":
        await decide(engine, STAGE, reported("not-ours", suggested_department="logistics"), at=later(1))
    else:
        await decide(engine, STAGE, reported("answered"), said(False, known[0]), at=later(30))
    killed, again = _Client(), _Client()
    service = _service(engine, later(40), kafka)

    await service.carry_out(killed)
    async with engine.begin() as connection:  # it died before it noted that
        await connection.exec_driver_sql("DELETE FROM casework_orders_done")
    await service.carry_out(again)

    assert killed.sent == again.sent
    additions = [Addition.model_validate_json(value) for topic, value in again.sent if topic.endswith("additions.v1")]
    assert {one.complaint_id for one in additions} == set(known)
    assert all(one.base is not None and one.correction is not None for one in additions)
    moved = {one.correction.reroute.department for one in additions if one.correction and one.correction.reroute}
    assert moved == ({says} if says else set())
    assert await service.carry_out(_Client()) == 0


async def test_an_order_for_a_case_that_has_moved_meanwhile_is_done(engine: AsyncEngine) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), reported("not-ours"), at=MONDAY)
    await decide(engine, STAGE, assigned("logistics", revision=2), at=later(5))
    client: Any = _Client()

    await _service(engine, later(6)).carry_out(client)

    [done] = await rows(engine, "SELECT complaints FROM casework_orders_done")
    assert (client.sent, done.complaints) == ([], 0)
