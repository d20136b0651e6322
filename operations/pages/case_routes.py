"""A case's page: its complaints by `case_seq`, its department, what departments did."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from gateway.staff.audit import audit
from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import database, visit
from operations.complaints.clocks import clocks_of, left, next_due
from operations.complaints.dossier import events_of, members_of
from operations.complaints.timeline import of_department
from operations.pages.parts import operations_of
from operations.pages.render import pages_of
from operations.pages.search_routes import wording
from schemas.tables.casework import CASE_STATES
from schemas.tables.index import COMPLAINT_INDEX
from schemas.tables.route import ROUTE_CASES

router = APIRouter(prefix="/ops/cases", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/{case_id}")
async def show(request: Request, case_id: UUID) -> Response:
    """The page. A case with a sealed complaint is there for those alone who may see sealed ones."""
    here = await visit(request, May.SEE_COMPLAINTS)
    say, now = wording(here), here.parts.now()
    async with database(here.parts) as connection:
        members = await members_of(connection, case_id)
        if not members or (any(one.sealed for one in members) and not here.account.may(May.SEE_SEALED)):
            raise NotThere("no case")
        ids = [one.complaint_id for one in members]
        indexed = list(await connection.execute(select(COMPLAINT_INDEX).where(COMPLAINT_INDEX.c.complaint_id.in_(ids))))
        clocks = await clocks_of(connection, operations_of(request).pack, indexed)
        case = (await connection.execute(select(CASE_STATES).where(CASE_STATES.c.case_id == case_id))).first()
        routed = (await connection.execute(select(ROUTE_CASES).where(ROUTE_CASES.c.case_id == case_id))).first()
        events = [of_department(row, say) for row in await events_of(connection, case_id)]
        await audit(connection, now, here.account.account_id, "case.see", [case_id, *ids])
    return pages_of(here).page(
        "case.html",
        case_id=case_id,
        members=members,
        rows={row.complaint_id: row for row in indexed},
        due={complaint: next_due(found) for complaint, found in clocks.items()},
        case=case,
        routed=routed,
        events=events,
        say=say,
        now=now,
        left=lambda clock: left(say, clock.due_at - now),
    )
