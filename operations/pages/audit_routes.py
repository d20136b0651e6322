"""The audit log: who did what when, filtered, and as CSV. Taking it along is on record itself."""

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from gateway.parts import GatewayParts
from gateway.staff.audit import audit
from gateway.staff.render import CHINA
from gateway.staff.roles import May
from gateway.staff.visit import database, visit
from operations.auditing import Entry, Wanted, entries
from operations.pages.render import pages_of
from operations.spreadsheet import BOM, lines
from schemas.base import rfc3339, storable

router = APIRouter(prefix="/ops/audit", include_in_schema=False, default_response_class=HTMLResponse)
_A_PAGE = 100
_AT_ONCE = 1_000
_MOST = 100_000
"""Lines of one export; more are asked for by dates."""
_FIELDS = ("who", "action", "object", "since", "until")
_LONGEST_FIELD = 100
_FIRST_YEAR, _LAST_YEAR = 2000, 9999


@router.get("")
async def show(request: Request) -> Response:
    """A page of entries, the newest first."""
    here = await visit(request, May.SEE_AUDIT)
    asked = _asked(request.query_params)
    before = _number(request.query_params.get("before", ""))
    async with database(here.parts) as connection:
        found = await entries(connection, _wanted(asked), before, _A_PAGE + 1)
    return pages_of(here).page(
        "audit.html",
        entries=found[:_A_PAGE],
        asked=asked,
        filters={name: value for name, value in asked.items() if value},
        older=found[_A_PAGE - 1].entry_id if len(found) > _A_PAGE else None,
    )


@router.get("/export.csv")
async def export(request: Request) -> Response:
    """The same entries as CSV."""
    here = await visit(request, May.SEE_AUDIT)
    wanted = _wanted(_asked(request.query_params))
    async with database(here.parts) as connection:
        await audit(connection, here.parts.now(), here.account.account_id, "audit.export")
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_csv(here.parts, wanted), media_type="text/csv; charset=utf-8", headers=headers)


async def _csv(parts: GatewayParts, wanted: Wanted) -> AsyncIterator[str]:
    yield BOM + "".join(lines([("at", "who", "action", "objects", "purpose")]))
    before, left = None, _MOST
    while left > 0:
        async with database(parts) as connection:
            found = await entries(connection, wanted, before, min(_AT_ONCE, left))
        if not found:
            return
        yield "".join(lines(_cells(one) for one in found))
        before, left = found[-1].entry_id, left - len(found)


def _cells(one: Entry) -> tuple[str | None, ...]:
    return rfc3339(one.at), one.who, one.action, " ".join(one.object_ids), one.purpose


def _asked(query: Mapping[str, str]) -> dict[str, str]:
    return {name: storable(query.get(name, "")).strip()[:_LONGEST_FIELD] for name in _FIELDS}


def _wanted(asked: Mapping[str, str]) -> Wanted:
    until = _day(asked["until"])
    return Wanted(
        who=asked["who"] or None,
        action=asked["action"] or None,
        object_id=asked["object"] or None,
        since=_day(asked["since"]),
        until=until + timedelta(days=1) if until is not None else None,
    )


def _day(typed: str) -> datetime | None:
    """The beginning of a day in China; None for what is no date of this product's life."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return datetime.combine(day, time(), CHINA) if _FIRST_YEAR <= day.year < _LAST_YEAR else None


def _number(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
