"""Assignments, reports and members of a case, and the stage of the tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.identity import first_case_id
from schemas.policy import load_pack
from schemas.records import Assignment, AssignmentKind, DepartmentStatus, Verdict
from schemas.tables.deduplicate import CASE_MEMBERS, CASES
from tests.schemas.making import RECEIVED_AT, complaint
from tests.workers.pieces import rows
from workers.casework import Casework

PACK = load_pack()
OPENER = complaint("1")
CASE = first_case_id(OPENER.complaint_id)
MONDAY = RECEIVED_AT + timedelta(hours=18)
"""2026-11-23 09:31 in Shanghai."""
STAGE = Casework(PACK, now=lambda: MONDAY)


def assigned(department: str = "quality", source_id: str = "1", **fields: Any) -> Assignment:
    """What a department receives of a complaint."""
    of = complaint(source_id)
    given: dict[str, Any] = {
        "kind": AssignmentKind.OPENED,
        "department": department,
        "responsible": True,
        "case_id": CASE,
        "case_seq": int(source_id),
        "complaint_id": of.complaint_id,
        "revision": 1,
        "tracking_number": of.tracking_number,
        "verdict": Verdict.NEW,
        "channel": "web",
        "entry": "form",
        "received_at": RECEIVED_AT,
        "complaint_kind": "complaint",
        "category": "quality",
        "severity": 2,
        "urgency": "regular",
        "text": "买的牛奶过期了",
        "policy": PACK.reference,
        "rule_id": "route.quality",
    }
    return Assignment(**given | fields)


def reported(status: str, department: str = "quality", *, after: float = 0, **fields: Any) -> DepartmentStatus:
    """What a department says, so many minutes after Monday morning."""
    given: dict[str, Any] = {
        "status_id": uuid4(),
        "case_id": CASE,
        "department": department,
        "status": status,
        "at": MONDAY + timedelta(minutes=after),
        "by": "desk",
    }
    return DepartmentStatus(**given | fields)


async def member(engine: AsyncEngine, source_id: str = "1", **fields: Any) -> UUID:
    """A complaint of the case, as deduplicate keeps it; the first opened it."""
    of = complaint(source_id)
    opened = {"case_id": CASE, "opened_by": OPENER.complaint_id, "opened_at": RECEIVED_AT, "last_seq": 9}
    row: dict[str, Any] = {
        "complaint_id": of.complaint_id,
        "case_id": CASE,
        "case_seq": int(source_id),
        "tracking_number": of.tracking_number,
        "verdict": "new",
        "account": "form",
        "received_at": RECEIVED_AT,
        "is_automatic": False,
        "is_referral": False,
        "sealed": False,
    }
    async with engine.begin() as connection:
        await connection.execute(insert(CASES).values(opened).on_conflict_do_nothing())
        await connection.execute(insert(CASE_MEMBERS).values(row | fields))
    return of.complaint_id


async def state(engine: AsyncEngine) -> Any:
    """The row of the case."""
    [row] = await rows(engine, "SELECT * FROM case_states WHERE case_id = :case", case=CASE)
    return row


async def verdicts(engine: AsyncEngine) -> list[tuple[str, str, str | None]]:
    """Kind, verdict and reason of every report, in the order of their times."""
    found = await rows(engine, "SELECT kind, verdict, why FROM case_events WHERE kind <> 'routed' ORDER BY at, entry")
    return [(row.kind, row.verdict, row.why) for row in found]


def later(minutes: float) -> datetime:
    """So many minutes after Monday morning."""
    return MONDAY + timedelta(minutes=minutes)
