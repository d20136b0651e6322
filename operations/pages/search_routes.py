"""Searching for complaints. What is typed may be somebody's number: it is posted, never part of an address."""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.staff.audit import audit
from gateway.staff.render import CHINA
from gateway.staff.roles import May
from gateway.staff.visit import Visit, database, visit
from operations.complaints.clocks import left
from operations.pages.parts import operations_of
from operations.pages.render import pages_of
from operations.search import Filters, Position, search
from operations.search.asking import MOST_CHARS
from operations.wording import Wording
from schemas.complaint import Channel

router = APIRouter(prefix="/ops/search", include_in_schema=False, default_response_class=HTMLResponse)
STATES = (
    *("received", "routed", "accepted", "not-ours", "in-progress", "need-information"),
    *("answered", "remedy-done", "closed", "reopened"),
)
"""What a case may be in, as departments report."""
FIELDS = ("channel", "category", "department", "state", "unit", "since", "until")
_WORDS_ONLY = "words"


@router.get("")
async def show(request: Request) -> Response:
    """The form, and the newest complaints that fit the filters of the address: they are nobody's data."""
    here = await visit(request, May.SEE_COMPLAINTS)
    return await _answer(here, {name: request.query_params.get(name, "") for name in FIELDS})


@router.post("")
async def ask(request: Request) -> Response:
    """What was found. Looking is noted, with the ids of what was shown."""
    here = await visit(request, May.SEE_COMPLAINTS)
    async with here.sent() as typed:
        fields = typed.fields
    return await _answer(here, fields)


async def _answer(here: Visit, typed: Mapping[str, str]) -> Response:
    parts, now = operations_of(here.request), here.parts.now()
    say = wording(here)
    chosen = _chosen(here, typed)
    asked = typed.get("q", "")[:MOST_CHARS]
    async with database(here.parts) as connection:
        results = await search(
            connection,
            parts.pack,
            here.parts.pseudonym_key,
            asked,
            _filters(chosen),
            sealed=here.account.may(May.SEE_SEALED),
            behind=Position.read(typed.get("behind", "")),
            words_only=typed.get("as") == _WORDS_ONLY,
        )
        shown = [one.complaint_id for one in results.found]
        await audit(connection, now, here.account.account_id, "complaint.search", shown, purpose=results.read_as)
    return pages_of(here).page(
        "search.html",
        q=asked,
        words_only=typed.get("as") == _WORDS_ONLY,
        chosen=chosen,
        results=results,
        say=say,
        channels=list(Channel),
        categories=[one.code for one in parts.pack.categories],
        departments=parts.pack.department_codes,
        states=STATES,
        left=lambda clock: left(say, clock.due_at - now),
        now=now,
    )


def wording(here: Visit) -> Wording:
    """The words of the pack in the language of the page."""
    return Wording(operations_of(here.request).pack, "en" if here.pages.lang == "en" else "zh")


def _chosen(here: Visit, typed: Mapping[str, str]) -> dict[str, str]:
    """The filters that say something, as the form shows them again."""
    pack = operations_of(here.request).pack
    known: dict[str, Collection[str]] = {
        "channel": set(Channel),
        "category": {one.code for one in pack.categories},
        "department": set(pack.department_codes),
        "state": set(STATES),
    }
    found = {name: typed.get(name, "").strip()[:MOST_CHARS] for name in FIELDS}
    return {
        name: value if (name not in known or value in known[name]) and (_day(value) or name not in _DAYS) else ""
        for name, value in found.items()
    }


_DAYS = frozenset({"since", "until"})


def _filters(chosen: Mapping[str, str]) -> Filters:
    since, until = _day(chosen["since"]), _day(chosen["until"])
    return Filters(
        channel=chosen["channel"] or None,
        category=chosen["category"] or None,
        department=chosen["department"] or None,
        state=chosen["state"] or None,
        unit=chosen["unit"] or None,
        since=since,
        before=until + timedelta(days=1) if until else None,
    )


def _day(written: str) -> datetime | None:
    """The beginning of a day in China; None for what is no day, or the last one there is."""
    try:
        day = datetime.combine(datetime.fromisoformat(written).date(), time(0), CHINA)
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None
