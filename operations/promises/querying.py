"""What `intake sla` asks the database: promises, with what became of each."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    Uuid,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.outcomes import Outcome
from schemas.reply import BOUNCED, UNDELIVERED
from schemas.tables.acknowledge import ACKNOWLEDGEMENTS, BOUNCES
from schemas.tables.clock import PROMISES
from schemas.tables.reachability import UNDELIVERED_MESSAGES
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.tables.tasks import TASKS
from schemas.task import TaskKind, TaskState

Place = tuple[datetime, UUID]
"""Of a promise in the order of receipt: when it was received, and its id."""
LOOK_BACK_DAYS = 30
"""How long what is settled is told of, counted from receipt."""

_FOR_PEOPLE = (Outcome.BY_PERSON, Outcome.UNREACHABLE)
_BOUNCED = exists().where(BOUNCES.c.outbox_id == ACKNOWLEDGEMENTS.c.outbox_id)
_TOLD_BY_HAND = exists().where(
    TASKS.c.complaint_id == PROMISES.c.subject_id,
    TASKS.c.kind.in_((TaskKind.UNACKNOWLEDGED, TaskKind.UNKNOWN_DELIVERY)),
    TASKS.c.done_by.is_not(None),
)
_TOLD_LATE_BY_HAND = _TOLD_BY_HAND.where(TASKS.c.done_at > PROMISES.c.due_at)
_UNDELIVERED = exists().where(UNDELIVERED_MESSAGES.c.outbox_id == ACKNOWLEDGEMENTS.c.outbox_id)
_OUTCOME = case(
    (or_(_BOUNCED, _UNDELIVERED), Outcome.UNREACHABLE),
    else_=func.coalesce(OUTBOX_ATTEMPTS.c.outcome, ACKNOWLEDGEMENTS.c.outcome),
)
_REASON = case(
    (_BOUNCED, BOUNCED),
    (_UNDELIVERED, UNDELIVERED),
    else_=func.coalesce(OUTBOX_ATTEMPTS.c.reason, ACKNOWLEDGEMENTS.c.reason),
)
_SETTLED_AT = func.coalesce(OUTBOX_ATTEMPTS.c.settled_at, ACKNOWLEDGEMENTS.c.decided_at)


def _joined(*columns: Any) -> "Select[Any]":
    attempts = OUTBOX_ATTEMPTS.c.outbox_id == ACKNOWLEDGEMENTS.c.outbox_id
    return (
        select(*columns)
        .outerjoin_from(PROMISES, ACKNOWLEDGEMENTS, ACKNOWLEDGEMENTS.c.complaint_id == PROMISES.c.subject_id)
        .outerjoin(OUTBOX_ATTEMPTS, attempts)
        .where(PROMISES.c.is_automatic.is_(False), PROMISES.c.by_authority.is_(False), PROMISES.c.state == "open")
    )


async def still_open(engine: AsyncEngine) -> list[Row[Any]]:
    """Return those without an outcome, the earliest deadline first."""
    statement = _joined(
        PROMISES.c.subject_id,
        PROMISES.c.tracking_number,
        PROMISES.c.channel,
        PROMISES.c.kind,
        PROMISES.c.received_at,
        PROMISES.c.due_at,
        ACKNOWLEDGEMENTS.c.decided_at,
        OUTBOX_ATTEMPTS.c.state,
    ).where(_OUTCOME.is_(None))
    async with engine.connect() as connection:
        return list(await connection.execute(statement.order_by(PROMISES.c.due_at)))


def _owed() -> "Select[Any]":
    return _joined(
        PROMISES.c.subject_id,
        PROMISES.c.tracking_number,
        PROMISES.c.channel,
        PROMISES.c.account,
        PROMISES.c.kind,
        PROMISES.c.received_at,
        PROMISES.c.due_at,
        PROMISES.c.noted_at,
        ACKNOWLEDGEMENTS.c.decided_at,
        OUTBOX_ATTEMPTS.c.state,
    ).where(_OUTCOME.is_(None))


async def owed(
    connection: AsyncConnection, *, noted_after: datetime | None = None, among: Collection[UUID] | None = None
) -> list[Row[Any]]:
    """Return those without an outcome, in no order: all, those noted after a moment, or those of some ids.

    The last two cost as much as what they name, however many promises there are.
    """
    statement = _owed()
    if noted_after is not None:
        statement = statement.where(PROMISES.c.noted_at > noted_after)
    if among is not None:
        statement = statement.where(PROMISES.c.subject_id == any_(cast(list(among), ARRAY(Uuid))))
    return list(await connection.execute(statement))


async def owed_before(
    connection: AsyncConnection, before: Place | None, most: int
) -> tuple[list[Row[Any]], Place | None]:
    """Go through the next `most` promises, from the last received on backwards: those without an outcome.

    Gives the place of the last one looked at, None when there are no more. Costs what it goes through.
    """
    place = PROMISES.c.received_at, PROMISES.c.subject_id
    within = select(*place).where(tuple_(*place) < tuple_(*before)) if before is not None else select(*place)
    end = within.order_by(*(one.desc() for one in place)).offset(most - 1).limit(1)
    last = (await connection.execute(end)).one_or_none()
    statement = _owed()
    if before is not None:
        statement = statement.where(tuple_(*place) < tuple_(*before))
    if last is not None:
        statement = statement.where(tuple_(*place) >= tuple_(*last))
    for join in ("hashjoin", "mergejoin"):  # they would read the other tables from end to end for each part
        await connection.execute(text(f"SET LOCAL enable_{join} = off"))
    found = list(await connection.execute(statement))
    for join in ("hashjoin", "mergejoin"):
        await connection.execute(text(f"SET LOCAL enable_{join} = on"))
    return found, (last[0], last[1]) if last is not None else None


async def came(connection: AsyncConnection, after: datetime, until: datetime) -> int:
    """Count the promises that were noted after one moment and not after the other."""
    noted = PROMISES.c.noted_at
    statement = select(func.count()).where(
        PROMISES.c.is_automatic.is_(False), PROMISES.c.by_authority.is_(False), noted > after, noted <= until
    )
    return int((await connection.execute(statement)).scalar_one())


async def answered_late(engine: AsyncEngine, now: datetime) -> int:
    """Count those whose message went out, that needed none, or whom a person told, after the deadline."""
    by_message = and_(_OUTCOME.not_in(_FOR_PEOPLE), PROMISES.c.due_at < _SETTLED_AT)
    by_hand = and_(_OUTCOME.in_(_FOR_PEOPLE), _TOLD_LATE_BY_HAND)
    statement = _joined(func.count()).where(or_(by_message, by_hand), _recent(now))
    async with engine.connect() as connection:
        return int((await connection.execute(statement)).scalar_one())


async def for_people(engine: AsyncEngine, now: datetime) -> list[Row[Any]]:
    """Return those that no message of ours reached and no person has told yet, the earliest deadline first."""
    statement = _joined(
        PROMISES.c.subject_id,
        PROMISES.c.tracking_number,
        PROMISES.c.channel,
        PROMISES.c.received_at,
        PROMISES.c.due_at,
        _OUTCOME.label("outcome"),
        _REASON.label("reason"),
        _SETTLED_AT.label("settled_at"),
    ).where(_OUTCOME.in_(_FOR_PEOPLE), ~_TOLD_BY_HAND, _recent(now))
    async with engine.connect() as connection:
        return list(await connection.execute(statement.order_by(PROMISES.c.due_at)))


async def alarms_not_taken(engine: AsyncEngine, now: datetime) -> tuple[int, int]:
    """Count safety alarms that nobody has taken: all, and those whose time to be taken has passed. Sealed ones too."""
    late = func.count().filter(TASKS.c.due_at < now)
    open_alarms = TASKS.c.kind == TaskKind.SAFETY_ALARM, TASKS.c.state == TaskState.OPEN
    async with engine.connect() as connection:
        row = (await connection.execute(select(func.count(), late).where(*open_alarms))).one()
    return int(row[0]), int(row[1])


def _recent(now: datetime) -> ColumnElement[bool]:
    return PROMISES.c.received_at > now - timedelta(days=LOOK_BACK_DAYS)
