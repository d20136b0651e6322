"""Looking at tasks and acting on them: rows are read, commands go to the stage, which alone writes them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.commanding import applied, send
from schemas.additions import Addition
from schemas.base import rfc3339
from schemas.identity import content_hash, named_uuid
from schemas.language import detect
from schemas.records import Command
from schemas.settings import KafkaSettings
from schemas.tables.tasks import TASKS, TASKS_DECISIONS
from schemas.task import DONE_AT, HOW, TASK_ID, TaskAct, TaskState, alarm_overdue, command_id, decided_under
from schemas.task_lines import TaskLine
from schemas.topics import ADDITIONS, COMMANDS


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did with a task, or wants to do. `words` is what they heard, typed."""

    kind: TaskAct
    by: str
    how: str = ""
    when: datetime | None = None
    note: str = ""
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as it was looked at. `version` is what an act on it names."""

    line: TaskLine
    version: int
    sealed: bool


async def tasks_of(engine: AsyncEngine, now: datetime, department: str | None = None) -> list[Seen]:
    """Return the tasks, the earliest date first; those of sealed complaints to their own department only."""
    statement = select(TASKS).order_by(TASKS.c.due_at, TASKS.c.task_id)
    if department is not None:
        statement = statement.where(TASKS.c.department == department)
    else:
        statement = statement.where(TASKS.c.sealed.is_(False))
    async with engine.connect() as connection:
        return [_seen(row, now) for row in await connection.execute(statement)]


async def look_again(engine: AsyncEngine, task: UUID, now: datetime) -> Seen:
    """Return a task as it is now."""
    async with engine.connect() as connection:
        return _seen((await connection.execute(select(TASKS).where(TASKS.c.task_id == task))).one(), now)


async def find_task(engine: AsyncEngine, task: UUID, now: datetime) -> Seen | None:
    """Return a task as it is now, None for an id no task has."""
    async with engine.connect() as connection:
        row = (await connection.execute(select(TASKS).where(TASKS.c.task_id == task))).one_or_none()
    return None if row is None else _seen(row, now)


def _seen(row: Row[Any], now: datetime) -> Seen:
    fields = {name: value for name, value in row._mapping.items() if name in TaskLine.model_fields}
    overdue = (row.done_at or now) > row.due_at and alarm_overdue(row.kind, row.state)
    return Seen(TaskLine(**fields, overdue=overdue), row.version, row.sealed)


def refused(seen: Seen, act: Act) -> str | None:
    """Why the stage would refuse the act, None when it would not: then nothing needs to be sent."""
    task = seen.line
    if task.state == TaskState.DONE and (task.done_by is not None or act.kind is not TaskAct.DONE):
        return f"already done by {task.done_by or task.how}"
    if act.kind is TaskAct.RELEASE:
        return None if task.owner else "nobody has claimed it"
    return f"claimed by {task.owner}: to be released first" if task.owner not in {None, act.by} else None


async def perform(kafka: KafkaSettings, engine: AsyncEngine, seen: Seen, act: Act) -> tuple[bool, str, UUID | None]:
    """Send the act to the stage and wait: whether it took effect, what the stage says, and the addition if any.

    May be repeated: the same act on the same task is one command, the same words one addition. What was typed goes
    first, so that a task is never done while its words are lost. Raises `Unreachable` when the stage does not work.
    """
    at = datetime.now(UTC)
    addition = _addition(seen.line, act, at) if act.words is not None else None
    command = _command(seen, act, at)
    if addition is not None:
        await send(kafka, ADDITIONS, addition, str(seen.line.complaint_id), addition.addition_id)
    await send(kafka, COMMANDS, command, str(seen.line.case_id), command.command_id)
    done, detail = await applied(engine, TASKS_DECISIONS, "tasks", decided_under(command.command_id))
    return done, detail, addition.addition_id if addition is not None else None


def _command(seen: Seen, act: Act, at: datetime) -> Command:
    arguments = {TASK_ID: str(seen.line.task_id)}
    if act.how:
        arguments[HOW] = act.how
    if act.when is not None:
        arguments[DONE_AT] = rfc3339(act.when)
    return Command(
        command_id=command_id(seen.line.task_id, act.kind, _said(act), seen.version),
        kind=act.kind.value,
        case_id=seen.line.case_id,
        complaint_id=seen.line.complaint_id,
        arguments=arguments,
        reason=act.note,
        at=at,
        by=act.by,
    )


def _said(act: Act) -> str:
    """Who acts, and what they say of it: another how or when is another act."""
    return content_hash(act.by, act.how, rfc3339(act.when) if act.when else "", act.note)


def _addition(task: TaskLine, act: Act, at: datetime) -> Addition:
    words = act.words or ""
    opened = rfc3339(task.opened_at)
    return Addition(
        addition_id=named_uuid("typed", str(task.task_id), opened, act.by, content_hash(words)),
        complaint_id=task.complaint_id,
        text=words,
        language=detect(words),
        tasks_done=(task.kind,),
        by=act.by,
        at=at,
    )
