"""What departments did with a case: its state and every report, for the pages and `intake show`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from operations.saying import Said
from schemas.casework import STATE_WORDS, WHY_WORDS, EventVerdict
from schemas.tables.casework import CASE_EVENTS, CASE_STATES

_MOST = 500


@dataclass(frozen=True, slots=True)
class StateOfCase:
    """How far a case is. `accept_by` is None where there is nothing to accept; `satisfied` where nobody has said so."""

    case_id: UUID
    department: str
    state: str
    says: Said
    since: datetime
    routed_at: datetime
    accept_by: datetime | None
    accepted_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    escalated_at: datetime | None
    satisfied: bool | None


@dataclass(frozen=True, slots=True)
class EventOfCase:
    """One thing that happened. The two texts are a department's words: personal, for people with the permission."""

    event_id: UUID
    complaint_id: UUID | None
    kind: str
    says: Said
    department: str
    at: datetime
    noted_at: datetime
    by: str
    text_for_customer: str | None
    internal_note: str | None
    suggested_department: str | None
    verdict: str
    why: Said | None

    @property
    def is_applied(self) -> bool:
        """Whether it counted."""
        return self.verdict == EventVerdict.APPLIED


async def state_of(engine: AsyncEngine, case_id: UUID) -> StateOfCase | None:
    """Return the state of a case; None while it has not been routed."""
    statement = select(CASE_STATES).where(CASE_STATES.c.case_id == case_id)
    async with engine.connect() as connection:
        row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    names = set(StateOfCase.__dataclass_fields__) - {"says"}
    given = {name: value for name, value in row._mapping.items() if name in names}
    return StateOfCase(says=words_of(row.state), **given)


async def events_of(engine: AsyncEngine, case_id: UUID) -> tuple[EventOfCase, ...]:
    """Return what happened to a case, the earliest first, also what was refused; at most the latest 500."""
    async with engine.connect() as connection:
        return await read_events(connection, case_id)


async def read_events(connection: AsyncConnection, case_id: UUID) -> tuple[EventOfCase, ...]:
    """The same on a connection."""
    events = CASE_EVENTS.c
    statement = select(CASE_EVENTS).where(events.case_id == case_id)
    newest = await connection.execute(statement.order_by(events.at.desc(), events.entry.desc()).limit(_MOST))
    return tuple(map(_event, reversed(newest.all())))


def words_of(code: str) -> Said:
    """A state or kind of event in words; a code nobody knows is its own word."""
    words = STATE_WORDS.get(code, {"zh": code, "en": code})
    return Said(words["zh"], words["en"])


def _event(row: Row[Any]) -> EventOfCase:
    given = dict(row._mapping)
    why = WHY_WORDS.get(given.pop("why") or "")
    names = set(EventOfCase.__dataclass_fields__) - {"says", "why"}
    fields = {name: value for name, value in given.items() if name in names}
    return EventOfCase(says=words_of(fields["kind"]), why=Said(why["zh"], why["en"]) if why else None, **fields)
