"""What a safety alarm asks of people: to look within fifteen minutes, to secure evidence, to decide on a batch."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.alarm import BatchCases
from schemas.policy import load_pack
from schemas.records import Escalation
from schemas.task import TaskAct, TaskKind, alarm_overdue
from tests.schemas.making import RECEIVED_AT, complaint
from tests.workers.tasks.pieces import STAGE, asking, command, tasks
from workers.alarm.deciding import as_escalation, raise_alarm
from workers.runtime.driver import incoming, run_batch
from workers.text.safety import Sign

pytestmark = pytest.mark.services
SOON = RECEIVED_AT + timedelta(seconds=5)
SIGN = Sign("safety.illness", "食用或使用后身体不适", "quality", 0, 2)
PACK = load_pack()


def alarm(batch: BatchCases | None = None, **fields: Any) -> Escalation:
    """The alarm of a complaint."""
    one = complaint(**fields)
    return as_escalation(one, raise_alarm(PACK, one, [SIGN], SOON, batch))


async def follow(engine: AsyncEngine, *records: Any, first_offset: int = 0, after: timedelta = timedelta()) -> None:
    """Let the stage follow records in one batch; each has an offset of its own."""
    items = [incoming(record, first_offset + i, at=SOON + after) for i, record in enumerate(records)]
    assert await run_batch(STAGE, engine, items) == []


async def test_an_alarm_is_a_task_to_be_taken_within_fifteen_minutes_with_its_list_in_chinese(
    engine: AsyncEngine,
) -> None:
    await follow(engine, alarm())

    [row] = (await tasks(engine)).values()
    assert (row.kind, row.state, row.department) == ("safety-alarm", "open", "quality")
    assert row.due_at == RECEIVED_AT + timedelta(minutes=15)
    assert row.note.startswith(
        "食用或使用后身体不适；通知 food-safety-officer、quality-manager、duty-manager；须保全：1. "
    )
    assert "事发时段的监控录像（2026-11-23 15:31 前，保存至 2027-05-21）" in row.note


async def test_two_cases_on_one_batch_are_a_decision_with_a_clock_of_its_own(engine: AsyncEngine) -> None:
    ids = (complaint("0").complaint_id, complaint().complaint_id)
    due = RECEIVED_AT + timedelta(hours=4)
    batch = BatchCases(by="batch", complaint_ids=ids, tracking_numbers=("AAAA", "BBBB"), due_at=due)

    await follow(engine, alarm(batch))

    row = (await tasks(engine))["batch-decision"]
    assert (row.due_at, row.note) == (due, "AAAA、BBBB 涉及同一批号，均有安全问题：是否冻结库存")


async def test_an_alarm_that_comes_late_says_so(engine: AsyncEngine) -> None:
    await follow(engine, alarm(), after=timedelta(hours=2))

    [row] = (await tasks(engine)).values()
    assert row.note.startswith("【迟到警报")
    assert row.due_at < row.opened_at


@pytest.mark.parametrize("alarm_first", [True, False])
async def test_its_task_moves_to_the_case_that_linking_finds_whichever_comes_first(
    engine: AsyncEngine, alarm_first: bool
) -> None:
    linked = asking(case_of="earlier")
    records = [alarm(), linked] if alarm_first else [linked, alarm()]

    for place, record in enumerate(records):
        await follow(engine, record, first_offset=place)

    [row] = (await tasks(engine)).values()
    assert row.case_id == linked.case_id != alarm().case_id


async def test_no_revision_ends_an_alarm_and_a_sealed_one_is_for_its_own_department(engine: AsyncEngine) -> None:
    await follow(engine, alarm(sealed=True), asking(sealed=True), asking(sealed=True, revision=2))

    [row] = (await tasks(engine)).values()
    assert (row.state, row.sealed, row.department) == ("open", True, "regulator-affairs")


async def test_the_same_alarm_twice_and_what_route_raises_open_nothing_more(engine: AsyncEngine) -> None:
    of_route = alarm().model_copy(update={"level": None, "alarm_by": None})

    await follow(engine, alarm(), of_route, alarm())

    assert list(await tasks(engine)) == ["safety-alarm"]


async def test_an_alarm_that_somebody_has_taken_is_not_overdue(engine: AsyncEngine) -> None:
    await follow(engine, alarm(), command(TaskAct.CLAIM, asking(), TaskKind.SAFETY_ALARM))

    [row] = (await tasks(engine)).values()
    assert (row.state, row.owner) == ("claimed", "Li")
    assert (alarm_overdue(row.kind, "open"), alarm_overdue(row.kind, row.state)) == (True, False)
