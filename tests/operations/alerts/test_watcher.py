"""The watcher with a real database and a local server that records what came: once, once over, never again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, select, update

from infra.database import migrate
from infra.service import Health
from operations.alerts import Watcher
from operations.assembly import pack_of
from operations.heartbeats import Heart
from operations.watching import Watch
from schemas.settings import AlertSettings, DatabaseSettings, Settings
from schemas.settings.alerts import AlertTarget
from schemas.settings.watch import WatchSettings
from schemas.tables.casework import CASE_STATES
from schemas.tables.runtime import STOPS
from schemas.tables.tasks import TASKS
from schemas.tables.watcher import ALERTS
from tests.receiving import Receiver, receiving
from tests.waiting import until
from workers.pipeline import names

pytestmark = pytest.mark.services


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
async def watch(receiver: Receiver, database_url: str, tmp_path: Path) -> AsyncIterator[Watch]:
    alerts = AlertSettings(
        targets={"duty": AlertTarget(url=SecretStr(receiver.url))},
        roles={"quality-manager": ("duty",), "duty-manager": ("duty",)},
        grace=timedelta(0),
        settle=timedelta(0),
    )
    settings = Settings(
        home=tmp_path,
        database=DatabaseSettings(url=SecretStr(database_url)),
        alerts=alerts,
        watch=WatchSettings(look_every=timedelta(0), disk_free_bytes=0, disk_free_share=0),
    )
    await migrate(database_url)
    made = Watch(settings, pack_of(settings))
    well = [Health(name, True, "works") for name in (*names(), "gateway")]
    await Heart(settings, "run", lambda: well).beat(made.engine)
    yield made
    await made.close()


async def stop_a_stage(watch: Watch) -> None:
    async with watch.engine.begin() as connection:
        await connection.execute(insert(STOPS).values(stage="route", reason="flood", detail="x", failed=20, seen=20))


async def resume_it(watch: Watch) -> None:
    async with watch.engine.begin() as connection:
        await connection.execute(update(STOPS).values(resumed_at=datetime.now(UTC)))


async def kept(watch: Watch) -> list[Any]:
    async with watch.engine.connect() as connection:
        return list(await connection.execute(select(ALERTS).order_by(ALERTS.c.alert_id)))


async def test_a_stop_is_told_once_and_its_end_once(watch: Watch, receiver: Receiver) -> None:
    watcher = Watcher(watch, "https://intake.example")
    await stop_a_stage(watch)

    for _ in range(3):
        await watcher.round()
    assert receiver.titles == ["[告警] 投诉受理：1 项"]
    assert "环节 route 已停下等人处理" in receiver.came[0]["message"]
    assert "https://intake.example/ops" in receiver.came[0]["message"]

    await resume_it(watch)
    for _ in range(3):
        await watcher.round()

    assert receiver.titles == ["[告警] 投诉受理：1 项", "[已恢复] 投诉受理：1 项"]
    [row] = await kept(watch)
    assert row.recovered_at is not None


async def test_a_restart_tells_nobody_a_second_time(watch: Watch, receiver: Receiver) -> None:
    await stop_a_stage(watch)
    first = Watcher(watch, "https://intake.example")
    running, stop = None, asyncio.Event()
    running = asyncio.create_task(first.run(stop))
    await until(lambda: receiver.came)
    stop.set()
    await running

    second = Watcher(watch, "https://intake.example")
    await second.round()
    await second.round()

    assert second.health().detail == "watching"
    assert len(receiver.came) == 1


async def test_one_watcher_works_and_a_second_stands_by(watch: Watch, receiver: Receiver) -> None:
    await stop_a_stage(watch)
    one, other = Watcher(watch, "x"), Watcher(watch, "x")

    await one.round()
    await other.round()

    assert (one.health().detail, other.health().detail) == ("watching", "stands by")
    assert other.health().ready
    assert len(receiver.came) == 1


async def test_a_target_that_takes_nothing_is_tried_again_and_shown_meanwhile(watch: Watch, receiver: Receiver) -> None:
    now = [0.0]
    watcher = Watcher(watch, "x", monotonic=lambda: now[0])
    await stop_a_stage(watch)
    receiver.refuses = True
    await watcher.round()
    receiver.refuses = False
    await watcher.round()
    shown = {one.kind for one in await watch.findings()}
    assert "alert-not-delivered" in shown
    assert receiver.came == []

    now[0] += 31
    await watcher.round()

    assert receiver.titles == ["[告警] 投诉受理：1 项"]
    assert "alert-not-delivered" not in {one.kind for one in await watch.findings()}


async def test_what_comes_and_goes_at_once_is_not_told(watch: Watch, receiver: Receiver) -> None:
    watch.settings.alerts.grace = timedelta(seconds=10)
    now = [0.0]
    watcher = Watcher(watch, "x", monotonic=lambda: now[0])
    for _ in range(3):
        await stop_a_stage(watch)
        await watcher.round()
        now[0] += 6
        await resume_it(watch)
        await watcher.round()
        now[0] += 6

    assert receiver.came == []
    assert await kept(watch) == []


async def test_a_safety_alarm_is_pushed_to_the_people_of_its_list_once(watch: Watch, receiver: Receiver) -> None:
    now = datetime.now(UTC)
    task = {
        "task_id": uuid4(), "kind": "safety-alarm", "state": "open", "complaint_id": uuid4(), "case_id": uuid4(),
        "tracking_number": "AAAA-BBBB-CCCC-D", "channel": "email", "department": "quality", "sealed": False,
        "opened_at": now, "due_at": now + timedelta(minutes=15), "listed": True, "version": 1,
    }  # fmt: skip
    async with watch.engine.begin() as connection:
        await connection.execute(insert(TASKS).values(task))
    for _ in range(3):
        await Watcher(watch, "x").round()
        await let_the_lease_go(watch)

    assert len(receiver.came) == 1
    assert "安全警报 AAAA-BBBB-CCCC-D：请在" in receiver.came[0]["message"]


async def test_a_case_nobody_accepted_is_pushed_with_the_title_of_its_department(
    watch: Watch, receiver: Receiver
) -> None:
    now = datetime.now(UTC)
    case = {"case_id": uuid4(), "department": "after-sales", "state": "routed", "since": now, "routed_at": now}
    async with watch.engine.begin() as connection:
        await connection.execute(insert(CASE_STATES).values(**case, escalated_at=now, version=1))

    await Watcher(watch, "x").round()

    assert "售后服务部到期未接收一个案件" in receiver.came[0]["message"]


async def let_the_lease_go(watch: Watch) -> None:
    async with watch.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE watch_leases SET lease_until = now() - interval '1 minute'")


async def test_a_lost_database_is_told_once_from_memory_and_once_when_it_is_back(
    watch: Watch, receiver: Receiver
) -> None:
    watcher, good = Watcher(watch, "x"), watch.engine
    await watcher.round()
    nowhere = DatabaseSettings(url=SecretStr("postgresql://nobody@127.0.0.1:1/none"))
    watch.engine = Watch(watch.settings.model_copy(update={"database": nowhere}), watch.pack).engine
    for _ in range(3):
        await watcher.round()
    assert ["数据库没有响应" in one["message"] for one in receiver.came] == [True]

    watch.engine = good
    for _ in range(2):
        await watcher.round()

    assert receiver.titles == ["[告警] 投诉受理：1 项", "[已恢复] 投诉受理：1 项"]
