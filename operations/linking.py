"""What people decide about links: suspected ones that wait, and one complaint with its case, without its words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal_column, select
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.identity import read_tracking_number
from schemas.records import Verdict
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS
from schemas.tables.route import ROUTE_CASES

_OTHER = CASE_MEMBERS.alias("other")


@dataclass(frozen=True, slots=True)
class Member:
    """One complaint in its case; `of_number` is that of the complaint it is linked with."""

    complaint_id: UUID
    tracking_number: str | None
    case_id: UUID
    case_seq: int
    verdict: str
    received_at: datetime
    of: UUID | None
    of_number: str | None
    is_referral: bool
    is_automatic: bool
    sealed: bool
    by_person: bool
    department: str | None


async def suspected(engine: AsyncEngine, offset: int, limit: int) -> list[Member]:
    """Return the links nobody has decided, the newest first."""
    rows = CASE_MEMBERS.c
    suspected = rows.verdict == literal_column(f"'{Verdict.SUSPECTED.value}'")  # as the index has it
    waiting = (suspected, rows.ruled_by.is_(None), ~rows.sealed)
    ordered = _members(*waiting).order_by(rows.received_at.desc(), rows.complaint_id)
    async with engine.connect() as connection:
        return [Member(**row) for row in (await connection.execute(ordered.offset(offset).limit(limit))).mappings()]


async def member_of(engine: AsyncEngine, complaint: UUID) -> Member | None:
    """Return one complaint in its case; None where deduplicate has not come to it."""
    async with engine.connect() as connection:
        found = await connection.execute(_members(CASE_MEMBERS.c.complaint_id == complaint))
        row = found.mappings().one_or_none()
    return Member(**row) if row else None


async def complaint_named(engine: AsyncEngine, asked: str) -> UUID | None:
    """Return the complaint of a number or id; None for one no promise was made for. Asks the database alone."""
    number = read_tracking_number(asked)
    try:
        which: ColumnElement[bool] = PROMISES.c.subject_id == UUID(asked)
    except ValueError:
        if number is None:
            return None
        which = PROMISES.c.tracking_number == number
    statement = select(PROMISES.c.subject_id).where(which, PROMISES.c.kind == "complaint")
    async with engine.connect() as connection:
        found: UUID | None = (await connection.execute(statement)).scalar()
    return found


def _members(*wanted: ColumnElement[bool]) -> "Select[Any]":
    rows = CASE_MEMBERS.c
    return (
        select(
            rows.complaint_id,
            rows.tracking_number,
            rows.case_id,
            rows.case_seq,
            rows.verdict,
            rows.received_at,
            rows.of,
            _OTHER.c.tracking_number.label("of_number"),
            rows.is_referral,
            rows.is_automatic,
            rows.sealed,
            rows.corrected_by.is_not(None).label("by_person"),
            ROUTE_CASES.c.department,
        )
        .outerjoin_from(CASE_MEMBERS, _OTHER, rows.of == _OTHER.c.complaint_id)
        .outerjoin(ROUTE_CASES, ROUTE_CASES.c.case_id == rows.case_id)
        .where(*wanted)
    )
