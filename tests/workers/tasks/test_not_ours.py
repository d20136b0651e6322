"""A case that goes from hand to hand becomes a person's task, again each time."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.casework import NOT_OURS_AGAIN
from schemas.records import Escalation, Evidence, Unit
from schemas.task import TaskAct, TaskKind
from tests.workers.pieces import decide, incoming
from tests.workers.tasks.pieces import STAGE, asking, command, tasks

pytestmark = pytest.mark.services


def handed_on(of: Any) -> Escalation:
    """What casework raises when a second department says that it is not its case."""
    return Escalation(
        case_id=of.case_id,
        case_seq=1,
        complaint_id=of.complaint_id,
        revision=1,
        tracking_number=of.tracking_number,
        department="logistics",
        severity=3,
        urgency="regular",
        safety=False,
        category="logistics",
        unit=Unit(),
        reasons=(Evidence(rule="casework.not-ours", detail="物流部认为不归其处理"),),
        received_at=of.received_at,
        policy="default@1",
        level=NOT_OURS_AGAIN,
        occasion=uuid4(),
        due_at=of.received_at + timedelta(days=2),
    )


async def test_a_person_decides_who_answers_each_time_nobody_does(engine: AsyncEngine) -> None:
    of = asking()
    await decide(engine, STAGE, of, handed_on(of))
    opened = (await tasks(engine))["not-ours"]
    done = command(TaskAct.DONE, of, TaskKind.NOT_OURS, arguments={"how": "已转质量部"})

    await decide(engine, STAGE, done, handed_on(of))

    again = (await tasks(engine))["not-ours"]
    assert (opened.department, opened.state, opened.note) == ("customer-service", "open", "物流部认为不归其处理")
    assert (again.state, again.done_by, again.task_id) == ("open", None, opened.task_id)


def test_two_occasions_are_decided_apart_and_one_only_once() -> None:
    of = asking()
    one = handed_on(of)

    assert STAGE.identity(incoming(one)) == STAGE.identity(incoming(one))
    assert STAGE.identity(incoming(one)) != STAGE.identity(incoming(handed_on(of)))
