"""Looks complaints up, newest first.

A word that half of all complaints have must not sort them all: first the newest few thousand are looked through by
their date, which is enough for whatever is common. What is rare there is rare, and the index of terms knows its rows.
What is common but hardly ever fits a filter is looked for further back by date, one stretch an answer.
docs/decisions/0030-search.md has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Row, Select, case, cast, func, literal, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.complaints.clocks import clocks_of, next_due
from operations.search.asking import Question, narrowed, question_of
from operations.search.model import PAGE, Filters, Found, Position, Results
from schemas.policy import PolicyPack
from schemas.tables.casework import CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.index import COMPLAINT_INDEX
from schemas.tables.route import ROUTE_CASES

NEWEST = 3_000
"""Looked through before the index of terms is asked."""
COMMON = 30
"""Terms that so many of the newest have are common: their rows would be too many for the index of terms."""
FURTHEST = 10_000
"""Looked through for one answer where terms are common, or none is asked for; the next answer goes on behind."""
_INDEX = COMPLAINT_INDEX.c
STATE = func.coalesce(
    CASE_STATES.c.state, case((ROUTE_CASES.c.case_id.is_not(None), literal("routed")), else_=literal("received"))
)
"""What a case is in, also before the casework stage has heard of it."""
_NEWEST_FIRST = (_INDEX.received_at.desc(), _INDEX.complaint_id.desc())
_SHOWN = tuple(
    _INDEX[name]
    for name in (
        *("complaint_id", "case_id", "tracking_number", "received_at", "channel", "entry", "category", "verdict"),
        *("severity", "urgency", "safety", "sealed", "store", "contact", "excerpt", "clocks"),
    )
)


async def search(
    connection: AsyncConnection,
    pack: PolicyPack,
    key: bytes,
    typed: str,
    filters: Filters | None = None,
    *,
    sealed: bool = False,
    behind: Position | None = None,
    limit: int = PAGE,
    words_only: bool = False,
) -> Results:
    """Find complaints, newest first; sealed ones only for whoever may see them. `key` makes pseudonyms."""
    question = question_of(key, typed, words_only=words_only)
    if question.read_as == "nothing":
        return Results("nothing")
    rows, further, arrived = await _rows(connection, question, filters or Filters(), sealed, behind, limit)
    clocks = await clocks_of(connection, pack, rows)
    found = tuple(_found(row, next_due(clocks[row.complaint_id])) for row in rows)
    return Results(question.read_as, found, further, arrived)


async def _rows(
    connection: AsyncConnection,
    question: Question,
    filters: Filters,
    sealed: bool,
    behind: Position | None,
    limit: int,
) -> tuple[Sequence[Row[Any]], Position | None, str | None]:
    named = await _named(connection, question, sealed, limit)
    if named or question.identifier is not None:
        return named, None, None
    if question.number is not None and (arrived := await _arrived(connection, question.number)):
        return (), None, arrived
    rows, further = await _page(connection, question, filters, sealed, behind, limit)
    return rows, further, None


async def _page(
    connection: AsyncConnection, question: Question, filters: Filters, sealed: bool, behind: Position | None, limit: int
) -> tuple[Sequence[Row[Any]], Position | None]:
    """The newest that fit, and behind which position there may be more."""
    await connection.execute(text("SET LOCAL enable_seqscan = off"))  # no plan may read or hash a whole table
    expression = narrowed(question, filters)
    look = _Look(connection, _within(filters, sealed, behind), filters, limit)
    ids, end = await look.by_date(expression, NEWEST)
    if len(ids) <= limit and end is not None:
        if expression is not None and await look.among(expression, NEWEST) < COMMON:
            end, ids = None, await look.by_terms(expression)
        else:
            ids, end = await look.by_date(expression, FURTHEST)
    rows = await _shown(connection, ids[:limit])
    if len(ids) > limit and rows:
        return rows, Position(rows[-1].received_at, rows[-1].complaint_id)
    return rows, end


def _within(filters: Filters, sealed: bool, behind: Position | None) -> list[ColumnElement[bool]]:
    """What the index's own row decides."""
    found: list[ColumnElement[bool]] = []
    if not sealed:
        found.append(_INDEX.sealed.is_(False))
    if filters.since is not None:
        found.append(_INDEX.received_at >= filters.since)
    if filters.before is not None:
        found.append(_INDEX.received_at < filters.before)
    if behind is not None:
        found.append(tuple_(_INDEX.received_at, _INDEX.complaint_id) < tuple_(behind.received_at, behind.complaint_id))
    return found


def _later(filters: Filters) -> list[ColumnElement[bool]]:
    """What only other stages' rows decide."""
    found: list[ColumnElement[bool]] = []
    if filters.department:
        found.append(ROUTE_CASES.c.department == filters.department)
    if filters.state:
        found.append(STATE.in_([filters.state]))
    return found


@dataclass(frozen=True, slots=True)
class _Look:
    """One search for ids, newest first, one more than the limit: then there are more."""

    connection: AsyncConnection
    within: Sequence[ColumnElement[bool]]
    filters: Filters
    limit: int

    async def by_date(self, expression: str | None, most: int) -> tuple[list[UUID], Position | None]:
        """Go through the newest `most`. The position is the last one looked at, None when there are no more."""
        newest = self._newest(most)
        ids = await self._picked(newest, [_holds(newest.c.terms, expression)] if expression is not None else [])
        if len(ids) > self.limit:
            return ids, None
        last = select(_INDEX.received_at, _INDEX.complaint_id).where(*self.within).order_by(*_NEWEST_FIRST)
        end = (await self.connection.execute(last.offset(most - 1).limit(1))).first()
        return ids, Position(*end) if end is not None else None

    async def among(self, expression: str, most: int) -> int:
        """How many of the newest `most` have the terms, whatever other stages' rows say of them."""
        newest = self._newest(most)
        counted = select(func.count()).select_from(newest).where(_holds(newest.c.terms, expression))
        return int((await self.connection.execute(counted)).scalar_one())

    async def by_terms(self, expression: str) -> list[UUID]:
        """Ask the index of terms, and never go back through the table by date."""
        columns = (_INDEX.complaint_id, _INDEX.case_id, _INDEX.received_at)
        asked = select(*columns).where(_holds(COMPLAINT_INDEX.c.terms, expression), *self.within)
        return await self._picked(asked.cte("hits").prefix_with("MATERIALIZED"), [])

    def _newest(self, most: int) -> FromClause:
        columns = (_INDEX.complaint_id, _INDEX.case_id, _INDEX.received_at, _INDEX.terms)
        return select(*columns).where(*self.within).order_by(*_NEWEST_FIRST).limit(most).subquery("newest")

    async def _picked(self, of: FromClause, asked: Sequence[ColumnElement[bool]]) -> list[UUID]:
        picked = select(of.c.complaint_id).select_from(of)
        if self.filters.department or self.filters.state:
            picked = picked.outerjoin(ROUTE_CASES, ROUTE_CASES.c.case_id == of.c.case_id)
        if self.filters.state:
            picked = picked.outerjoin(CASE_STATES, CASE_STATES.c.case_id == of.c.case_id)
        fitting = picked.where(*asked, *_later(self.filters))
        ordered = fitting.order_by(of.c.received_at.desc(), of.c.complaint_id.desc())
        return list((await self.connection.execute(ordered.limit(self.limit + 1))).scalars())


def _holds(terms: ColumnElement[Any], expression: str) -> ColumnElement[bool]:
    return terms.op("@@", is_comparison=True)(cast(expression, TSQUERY))


async def _shown(connection: AsyncConnection, ids: Sequence[UUID]) -> list[Row[Any]]:
    statement = _joined().where(_INDEX.complaint_id.in_(ids)).order_by(*_NEWEST_FIRST)
    return list(await connection.execute(statement))


def _joined() -> "Select[Any]":
    shown = select(*_SHOWN, ROUTE_CASES.c.department, STATE.label("state")).select_from(COMPLAINT_INDEX)
    return _with_cases(shown, COMPLAINT_INDEX)


def _with_cases(statement: "Select[Any]", of: FromClause) -> "Select[Any]":
    return statement.outerjoin(ROUTE_CASES, ROUTE_CASES.c.case_id == of.c.case_id).outerjoin(
        CASE_STATES, CASE_STATES.c.case_id == of.c.case_id
    )


async def _named(connection: AsyncConnection, question: Question, sealed: bool, limit: int) -> Sequence[Row[Any]]:
    """Those that the question names by number or id (a case has several)."""
    named: ColumnElement[bool] | None = None
    if question.number is not None:
        named = _INDEX.tracking_number == question.number
    elif question.identifier is not None:
        named = or_(_INDEX.complaint_id == question.identifier, _INDEX.case_id == question.identifier)
    if named is None:
        return ()
    statement = _joined().where(named)
    if not sealed:
        statement = statement.where(_INDEX.sealed.is_(False))
    return list(await connection.execute(statement.order_by(_INDEX.received_at.desc()).limit(limit)))


async def _arrived(connection: AsyncConnection, number: str) -> str | None:
    """The number, when it has been given and nothing is indexed under it yet."""
    indexed = select(_INDEX.complaint_id).where(_INDEX.tracking_number == number).exists()
    known = select(PROMISES.c.subject_id).where(PROMISES.c.tracking_number == number, ~indexed)
    subject: UUID | None = (await connection.execute(known)).scalar()
    return number if subject is not None else None


def _found(row: Row[Any], due: Any) -> Found:
    fields = {column.name: row._mapping[column.name] for column in _SHOWN if column.name != "clocks"}
    return Found(**fields, department=row.department, state=row.state, due=due)
