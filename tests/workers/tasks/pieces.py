"""Records that open, end and change tasks, and the stage of the tests."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.outcomes import Acknowledged, OutboxResult, Outcome
from schemas.policy import load_pack
from schemas.records import Command, Deduplicated
from schemas.settings import TaskSettings
from schemas.task import TaskAct, TaskKind, TaskView, task_id
from tests.schemas.making import RECEIVED_AT, deduplicated
from tests.workers.pieces import rows
from workers.tasks import Clocks, Tasks

STAGE = Tasks(load_pack(), Clocks(TaskSettings(), timedelta(hours=24)))


def asking(*tasks: str, **fields: Any) -> TaskView:
    """A complaint that asks for these tasks, as the stage reads it."""
    given: dict[str, Any] = {"channel": "phone", "tasks": tasks}
    return TaskView.model_validate_json(deduplicated(**given | fields).to_json())


def acknowledged(of: TaskView | Deduplicated, outcome: Outcome, reason: str = "no way to answer") -> Acknowledged:
    """How the duty to acknowledge ended."""
    return Acknowledged(
        complaint_id=of.complaint_id,
        case_id=of.case_id,
        tracking_number=of.tracking_number,
        channel=of.channel,
        outcome=outcome,
        reason=reason,
        received_at=of.received_at,
        acknowledged_at=of.received_at + timedelta(hours=1),
        in_time=True,
    )


def result(of: TaskView, outcome: Outcome, reason: str) -> OutboxResult:
    """What became of one message."""
    return OutboxResult(
        result_id=uuid4(),
        complaint_id=of.complaint_id,
        case_id=of.case_id,
        tracking_number=of.tracking_number,
        channel=of.channel,
        outcome=outcome,
        reason=reason,
        received_at=of.received_at,
        at=of.received_at + timedelta(hours=20),
    )


def command(act: TaskAct, of: TaskView, about: TaskKind, by: str = "Li", **fields: Any) -> Command:
    """What a person does with a task."""
    arguments = {"task_id": str(task_id(of.complaint_id, about))} | fields.pop("arguments", {})
    given: dict[str, Any] = {
        "command_id": uuid4(),
        "kind": act.value,
        "case_id": of.case_id,
        "complaint_id": of.complaint_id,
        "arguments": arguments,
        "reason": "",
        "at": RECEIVED_AT + timedelta(hours=3),
        "by": by,
    }
    return Command.model_validate(given | fields)


async def tasks(engine: AsyncEngine) -> dict[str, Any]:
    """Kind → row of `tasks`."""
    return {row.kind: row for row in await rows(engine, "SELECT * FROM tasks")}
