"""The auditor on the real broker and database: each record once, whatever dies; nothing waits for it."""

import asyncio
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from aiokafka import TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.failpoints import FailPointReached, armed
from infra.kafka import create_topics, producer
from schemas.settings import KafkaSettings
from schemas.tables.auditor import Kind
from schemas.topics import ACKNOWLEDGED, CLASSIFIED, DEDUPLICATED, RECEIVED, department_topic
from tests.deploy.cli.running import KEYS, process
from tests.services import Services
from tests.waiting import until
from tests.workers.auditor.pieces import Audited, at_work, installed
from workers.auditor import store
from workers.auditor.store import Batch, Overtaken

pytestmark = pytest.mark.services


@pytest.fixture
async def audited(engine: AsyncEngine, services: Services, topic_prefix: str) -> Audited:
    """An installation whose topics exist and are empty."""
    return await installed(engine, KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix))


def ids(count: int) -> list[str]:
    """Ids nobody has."""
    return [str(uuid4()) for _ in range(count)]


async def test_every_record_of_every_topic_is_written_down_once_with_its_place(audited: Audited) -> None:
    before, after = ids(3), ids(2)
    places = await audited.write(RECEIVED, *before)

    async with at_work(audited.auditor()):
        await audited.has(before)
        await audited.write(department_topic("quality"), after[0])
        await audited.write(ACKNOWLEDGED, after[1])
        await audited.has([*before, *after])

    name = audited.kafka.naming.topic(RECEIVED)
    rows = [row for row in await audited.rows() if row.name == name]
    assert {(row.partition, row.offset): row.subject for row in rows} == dict(zip(places, before, strict=True))


async def test_what_was_inserted_before_a_crash_but_not_committed_is_there_once(audited: Audited) -> None:
    numbers = ids(4)
    await audited.write(CLASSIFIED, *numbers)

    with armed("auditor.inserted=fail@1"), pytest.raises(ExceptionGroup) as raised:
        await audited.auditor().run(asyncio.Event())
    assert raised.group_contains(FailPointReached)
    assert await audited.rows() == []
    async with at_work(audited.auditor()):
        await audited.has(numbers)


async def test_a_killed_auditor_leaves_no_double_and_no_hole(audited: Audited, tmp_path: Path) -> None:
    numbers = ids(30)
    environment = KEYS | {
        "INTAKE_HOME": str(tmp_path),
        "INTAKE_KAFKA__BOOTSTRAP_SERVERS": str(audited.kafka.bootstrap_servers),
        "INTAKE_KAFKA__PREFIX": audited.kafka.prefix,
        "INTAKE_DATABASE__URL": audited.engine.url.set(drivername="postgresql").render_as_string(hide_password=False),
    }
    await audited.write(DEDUPLICATED, *numbers[:10])
    points = {"INTAKE_FAILPOINTS": "auditor.inserted=kill@2"}

    with process(("worker", "auditor"), environment | points, tmp_path / "killed.log") as killed:
        await audited.has(numbers[:10], 60)
        await audited.write(DEDUPLICATED, *numbers[10:])
        await until(lambda: killed.poll() is not None, 60)
    assert killed.poll() == -9
    assert len(await audited.rows()) == 10
    async with at_work(audited.auditor()):
        await audited.has(numbers, 60)


async def test_of_two_auditors_one_stands_by_and_takes_over(audited: Audited) -> None:
    numbers = ids(6)
    second = audited.auditor()
    async with at_work(second):
        async with at_work(audited.auditor()) as first:
            await until(lambda: {"stands by", "writing down what lies on the topics"}
                        == {one.health().detail for one in (first, second)})  # fmt: skip
            await audited.write(RECEIVED, *numbers[:3])
            await audited.has(numbers[:3])
        await audited.write(RECEIVED, *numbers[3:])
        await audited.has(numbers)


async def test_an_auditor_that_was_overtaken_writes_nothing(audited: Audited) -> None:
    number = ids(1)
    [(partition, offset)] = await audited.write(RECEIVED, *number)
    async with at_work(audited.auditor()):
        await audited.has(number)
    name = audited.kafka.naming.topic(RECEIVED)

    async with await store.connect(audited.engine) as connection:
        known = await store.topic_ids(connection, [name])
        line = f"{known[name]}\t{partition}\t{offset}\t{number[0]}\t1\t0\t2026-11-22T00:00:00Z\t\\N\n"
        late = Batch([line], [], {TopicPartition(name, partition): (offset, offset + 1)})
        with pytest.raises(Overtaken):
            await store.write(connection, known, late)

    assert len(await audited.rows()) == 1


async def test_a_topic_that_appears_later_is_read_too(audited: Audited) -> None:
    number = ids(2)
    async with at_work(audited.auditor()):
        await audited.write(RECEIVED, number[0])
        await audited.has(number[:1])
        await create_topics(audited.kafka, [department_topic("new-one")])
        await audited.write(department_topic("new-one"), number[1])
        await audited.has(number)


async def test_it_goes_on_after_the_database_threw_it_out(audited: Audited, services: Services) -> None:
    numbers = ids(4)
    async with at_work(audited.auditor()):
        await audited.write(RECEIVED, *numbers[:2])
        await audited.has(numbers[:2])
        with psycopg.connect(services.database_url, autocommit=True) as admin:
            thrown_out = admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'complaint-intake auditor' AND datname = %s",
                [audited.engine.url.database],
            ).fetchall()
        await audited.write(RECEIVED, *numbers[2:])
        await audited.has(numbers)
    assert thrown_out == [(True,)]


async def test_what_nobody_can_read_has_its_row_and_stops_nothing(audited: Audited) -> None:
    number = ids(1)
    async with producer(audited.kafka) as client:
        for value in (None, b"\xff\x00", b'{"complaint_id": "\\u0000"}'):
            await client.send_and_wait(audited.kafka.naming.topic(RECEIVED), value, b"k", partition=0)

    async with at_work(audited.auditor()):
        await audited.write(RECEIVED, *number, partition=0)
        await until(lambda: _count(audited, 4))

    rows = await audited.rows()
    assert [(row.offset, row.subject, row.kind) for row in rows] == [
        *((offset, None, Kind.UNREADABLE) for offset in range(3)), (3, number[0], Kind.RECORD)
    ]  # fmt: skip


async def test_records_that_were_deleted_before_they_were_read_are_a_gap(audited: Audited) -> None:
    numbers = ids(5)
    await audited.write(RECEIVED, *numbers, partition=1)
    await audited.delete_before(RECEIVED, 1, 3)

    async with at_work(audited.auditor()):
        await audited.has(numbers[3:])

    async with audited.engine.connect() as connection:
        gaps = await connection.exec_driver_sql('SELECT "partition", first, last FROM ledger_gaps')
        assert [tuple(gap) for gap in gaps] == [(1, 0, 2)]


async def _count(audited: Audited, count: int) -> bool:
    return len(await audited.rows()) >= count
