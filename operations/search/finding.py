"""Looks complaints up, newest first.

A word that half of all complaints have must not sort them all: first the newest few thousand are looked through by
their date, which is enough for whatever is common. What is rare there is rare, and the index of terms knows its rows.
docs/decisions/0030-search.md has the figures.
"""

from collections.abc import Sequence
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
FURTHEST = 40_000
"""Looked through for one answer where no term is asked for; the next answer goes on behind."""
_INDEX = COMPLAINT_INDEX.c
STATE = func.coalesce(
    CASE_STATES.c.state, case((ROUTE_CASES.c.case_id.is_not(None), literal("routed")), else_=literal("received"))
)
"""What a case is in, also before the casework stage has heard of it."""
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
    expression = narrowed(question, filters)
    within = _within(filters, sealed, behind)
    later = _later(filters)
    rows, end = await _looked_through(connection, within, expression, later, NEWEST, limit)
    if len(rows) <= limit and end is not None:
        if expression is not None:
            end, rows = None, await _by_terms(connection, within, expression, later, limit)
        else:
            rows, end = await _looked_through(connection, within, None, later, FURTHEST, limit)
    if len(rows) > limit:
        last = rows[limit - 1]
        return rows[:limit], Position(last.received_at, last.complaint_id)
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


async def _looked_through(
    connection: AsyncConnection,
    within: Sequence[ColumnElement[bool]],
    expression: str | None,
    later: Sequence[ColumnElement[bool]],
    most: int,
    limit: int,
) -> tuple[Sequence[Row[Any]], Position | None]:
    """Go through the newest `most` by date. The position is the last one looked at, None when there are no more."""
    in_order = (_INDEX.received_at.desc(), _INDEX.complaint_id.desc())
    newest = select(*_SHOWN, _INDEX.terms).where(*within).order_by(*in_order).limit(most).subquery("newest")
    asked = [newest.c.terms.op("@@")(cast(expression, TSQUERY))] if expression is not None else []
    statement = _joined(newest).where(*asked, *later)
    ordered = statement.order_by(newest.c.received_at.desc(), newest.c.complaint_id.desc()).limit(limit + 1)
    rows = list(await connection.execute(ordered))
    last = select(_INDEX.received_at, _INDEX.complaint_id).where(*within).order_by(*in_order).offset(most - 1).limit(1)
    end = None if len(rows) > limit else (await connection.execute(last)).first()
    return rows, Position(*end) if end is not None else None


async def _by_terms(
    connection: AsyncConnection,
    within: Sequence[ColumnElement[bool]],
    expression: str,
    later: Sequence[ColumnElement[bool]],
    limit: int,
) -> Sequence[Row[Any]]:
    """Ask the index of terms. The planner must not take a long table for short, nor go back through it by date."""
    await connection.execute(text("SET LOCAL enable_seqscan = off"))
    asked = _INDEX.terms.op("@@")(cast(expression, TSQUERY))
    hits = select(*_SHOWN[:4]).where(asked, *within).cte("hits").prefix_with("MATERIALIZED")
    picked = select(hits.c.complaint_id)
    if later:
        picked = (
            picked.select_from(hits)
            .outerjoin(ROUTE_CASES, ROUTE_CASES.c.case_id == hits.c.case_id)
            .outerjoin(CASE_STATES, CASE_STATES.c.case_id == hits.c.case_id)
            .where(*later)
        )
    picked = picked.order_by(hits.c.received_at.desc(), hits.c.complaint_id.desc()).limit(limit + 1)
    ids = list((await connection.execute(picked)).scalars())
    statement = _joined(COMPLAINT_INDEX).where(_INDEX.complaint_id.in_(ids))
    return list(await connection.execute(statement.order_by(_INDEX.received_at.desc(), _INDEX.complaint_id.desc())))


def _joined(of: FromClause) -> "Select[Any]":
    shown = [of.c[column.name] for column in _SHOWN]
    return (
        select(*shown, ROUTE_CASES.c.department, STATE.label("state"))
        .select_from(of)
        .outerjoin(ROUTE_CASES, ROUTE_CASES.c.case_id == of.c.case_id)
        .outerjoin(CASE_STATES, CASE_STATES.c.case_id == of.c.case_id)
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
    statement = _joined(COMPLAINT_INDEX).where(named)
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
