"""The one queue of everything a person must do: tasks of every kind and reviews, the earliest date first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, literal, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import DateTime

from schemas.review import ReviewOutcome, ReviewState
from schemas.tables.review import REVIEWS
from schemas.tables.tasks import TASKS
from schemas.task import TaskState, alarm_overdue

REVIEW = "review"
"""The kind of what waits in the review queue."""
_WAITING_REVIEWS = (ReviewState.OPEN.value, ReviewState.CLAIMED.value)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which of them are asked for; None: whatever it is. `sealed`: those of sealed complaints, too."""

    kind: str | None = None
    department: str | None = None
    owner: str | None = None
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do. `due_at` is None for reviews, which have no date of their own; `since` is when it began."""

    item: UUID
    kind: str
    state: str
    complaint_id: UUID
    tracking_number: str
    channel: str
    department: str | None
    since: datetime
    due_at: datetime | None
    owner: str | None
    note: str | None

    def is_overdue(self, now: datetime) -> bool:
        """Whether its date has passed; an alarm that somebody has taken is in time."""
        return self.due_at is not None and self.due_at < now and alarm_overdue(self.kind, self.state)


async def to_do(engine: AsyncEngine, asked: Asked, offset: int, limit: int) -> list[ToDo]:
    """Return a part of the queue: what has a date by its date, then reviews by their age."""
    queue = _queue(asked).subquery()
    ordered = select(queue).order_by(queue.c.due_at.nulls_last(), queue.c.since, queue.c.item)
    async with engine.connect() as connection:
        found = await connection.execute(ordered.offset(offset).limit(limit))
        return [ToDo(**row) for row in found.mappings()]


async def waiting_by_kind(engine: AsyncEngine, asked: Asked) -> Mapping[str, int]:
    """Return kind → how many wait."""
    async with engine.connect() as connection:
        return await _counted(connection, asked)


async def departments_waiting(engine: AsyncEngine, *, sealed: bool) -> Collection[str]:
    """Return the departments whose people have something to do."""
    wanted = select(TASKS.c.department).where(TASKS.c.state != TaskState.DONE).distinct()
    if not sealed:
        wanted = wanted.where(TASKS.c.sealed.is_(False))
    async with engine.connect() as connection:
        return sorted((await connection.execute(wanted)).scalars())


async def _counted(connection: AsyncConnection, asked: Asked) -> Mapping[str, int]:
    queue = _queue(asked).subquery()
    found = await connection.execute(select(queue.c.kind, func.count()).group_by(queue.c.kind))
    return {kind: count for kind, count in found}


def _queue(asked: Asked) -> Any:
    parts = []
    if asked.kind != REVIEW:
        parts.append(_tasks(asked))
    if asked.kind in {None, REVIEW} and asked.department is None:
        parts.append(_reviews(asked))
    return union_all(*parts) if parts else _tasks(asked).where(literal(False))


def _tasks(asked: Asked) -> "Select[Any]":
    rows = TASKS.c
    wanted = select(
        rows.task_id.label("item"), rows.kind, rows.state, rows.complaint_id, rows.tracking_number, rows.channel,
        rows.department, rows.opened_at.label("since"), rows.due_at, rows.owner, rows.note,
    ).where(rows.state != TaskState.DONE)  # fmt: skip
    if not asked.sealed:
        wanted = wanted.where(rows.sealed.is_(False))
    for column, given in ((rows.kind, asked.kind), (rows.department, asked.department), (rows.owner, asked.owner)):
        if given is not None:
            wanted = wanted.where(column == given)
    return wanted


def _reviews(asked: Asked) -> "Select[Any]":
    rows = REVIEWS.c
    is_unsealed = func.coalesce(rows.outcome, "") != ReviewOutcome.SEALED.value
    wanted = select(
        rows.complaint_id.label("item"), literal(REVIEW).label("kind"), rows.state, rows.complaint_id,
        rows.tracking_number, rows.channel, cast(null(), Text).label("department"),
        func.coalesce(rows.opened_at, rows.received_at).label("since"),
        cast(null(), DateTime(timezone=True)).label("due_at"), rows.owner, rows.drawn_by.label("note"),
    ).where(rows.state.in_(_WAITING_REVIEWS), is_unsealed)  # fmt: skip
    return wanted if asked.owner is None else wanted.where(rows.owner == asked.owner)
