"""The page itself: closed, with the ways to open it; opened, with where the complaint stands."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.openapi import page, problems
from gateway.pages.render import Pages
from gateway.pages.texts import TAGS, chosen, moment, texts
from gateway.parts import parts_of
from gateway.staff.problems import NoDatabase
from gateway.track.facts import Facts, Notice, facts_of
from gateway.track.here import Here
from gateway.track.session import Session, form_token
from gateway.track.standing import SETTLED, Standing, Status, Step, standing
from schemas.identity import read_tracking_number

router = APIRouter(default_response_class=HTMLResponse)
_ON_THE_WAY = (Status.RECEIVED, Status.WITH_DEPARTMENT, Status.ACCEPTED, Status.ANSWERED)
"""The stations everybody passes, for the line above the page."""


@router.get(
    "/track/{number}",
    summary="The page of a tracking number",
    responses={
        200: page("The ways to open it; opened: where it stands"),
        404: page("It cannot be a number of ours"),
        503: page("Nothing can be looked up now"),
        **problems(429),
    },
)
async def show(request: Request, number: str, lang: str | None = None) -> Response:
    """Unopened, the page is the same for every number and nothing is looked up: it never says whether one exists."""
    parts = parts_of(request)
    if read_tracking_number(number) is None:
        parts.track_rate.take(parts.clients.by_address(request).name)
        return Pages(parts).show("track_wrong.html", chosen(lang), 404, here="/")
    here = Here.of(request, number)
    session = here.session
    if session is None:
        return here.closed()
    return await opened_page(here, session)


async def opened_page(here: Here, session: Session, status: int = 200, **more: Any) -> HTMLResponse:
    """The opened page; `more` is a notice, or what was typed and could not be taken."""
    try:
        async with here.database() as connection:
            facts = await facts_of(connection, here.number)
    except NoDatabase:
        return here.later()
    if facts is None:
        return here.show("track_none.html", token=form_token(here.parts, session))
    stands = standing(facts, here.parts.pack, here.parts.now())
    context = {"notice": None, "typed": "", "token": form_token(here.parts, session)} | more
    return here.show("track_open.html", status, **_seen(here, facts, stands), **context)


def _seen(here: Here, facts: Facts, stands: Standing) -> dict[str, Any]:
    by = moment(stands.answer_by, here.lang) if stands.answer_by else ""
    acknowledged = any(notice.kind == "acknowledgement" and notice.outcome == "sent" for notice in facts.notices)
    return {
        "standing": stands.status.value,
        "stations": _stations(stands.status),
        "steps": [_step(here, step) for step in stands.steps],
        "asked": stands.asked,
        "answer": stands.answer,
        "is_asked": stands.status is Status.NEED_INFORMATION,
        "understood": _understood(here, facts),
        "answer_by": here.text("track.late" if stands.is_late else "track.answer_by", when=by) if by else None,
        "is_late": stands.is_late,
        "confirm_by": None if acknowledged or facts.notices else moment(facts.acknowledge_by, here.lang),
        "notices": [_notice(here, one) for one in facts.notices],
        "may_rate": stands.may_rate,
        "satisfied": facts.satisfied,
    }


def _step(here: Here, step: Step) -> dict[str, str | None]:
    what = here.text(f"track.step.{step.what}", department=_department(here, step.department))
    return {"what": what, "at": moment(step.at, here.lang), "text": step.text}


def _notice(here: Here, one: Notice) -> dict[str, str]:
    return {
        "what": _named(here, "track.message", one.kind, "notice"),
        "by": _named(here, "track.by", one.channel, "other"),
        "at": moment(one.at, here.lang),
        "text": one.text,
        "outcome": here.text(f"track.sent.{_outcome(one.outcome)}"),
    }


def _department(here: Here, code: str | None) -> str:
    """A department as customers call it, else just "the department"."""
    pack = here.parts.pack
    titles = {one.code: one.title for one in pack.departments} if pack is not None else {}
    return titles[code].of(TAGS[here.lang]) if code in titles else here.text("track.department")


def _understood(here: Here, facts: Facts) -> str | None:
    """The category in plain words; of what is no complaint, nothing is said here."""
    known, pack = facts.understood, here.parts.pack
    if known is None:
        return None
    category = pack.category(known.category) if pack is not None else None
    return category.title.of(TAGS[here.lang]) if category is not None else None


def _stations(status: Status) -> list[tuple[str, str]]:
    """Each station with `past`, `now` or `ahead`."""
    reached = 3 if status in SETTLED else {Status.WITH_DEPARTMENT: 1}.get(status, 2)
    if status in {Status.RECEIVED, Status.UNREADABLE, Status.READING}:
        reached = 0
    states = ("past" if at < reached else "now" if at == reached else "ahead" for at in range(len(_ON_THE_WAY)))
    return [(station.value, state) for station, state in zip(_ON_THE_WAY, states, strict=True)]


def _named(here: Here, group: str, code: str, otherwise: str) -> str:
    return here.text(f"{group}.{code if f'{group}.{code}' in texts() else otherwise}")


def _outcome(outcome: str | None) -> str:
    return {None: "waiting", "sent": "sent"}.get(outcome, "failed")
