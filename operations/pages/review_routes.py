"""The review queue and the weekly sample: what the machine said, on what grounds, and what people say instead."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import Visit, visit
from operations.pages.parts import operations_of
from operations.pages.working import (
    A_PAGE,
    Paged,
    asked,
    asking_kafka,
    engine_of,
    id_of,
    noted,
    page_of,
    reason_in,
    refused,
    show,
    told,
    wording_of,
)
from operations.reclassifying import reclassify, unknown_code
from operations.review_words import words_of
from operations.reviewing import WAITING, Filters, Seen, perform, review_of, reviews_of
from operations.reviewing import refused as refusal
from schemas.correction import Reclassified
from schemas.errors import InvalidRequest, Unreachable
from schemas.review import Drawn, ReviewAct, ReviewState
from schemas.review_lines import ReviewLine
from schemas.tables.review import REVIEW_WEEKS

router = APIRouter(prefix="/ops/review", include_in_schema=False, default_response_class=HTMLResponse)
_ACTS: Mapping[str, ReviewAct] = {
    "claim": ReviewAct.CLAIM,
    "release": ReviewAct.RELEASE,
    "confirm": ReviewAct.CONFIRM,
}
_SAFETY = {"yes": True, "no": False}
_LEVELS: Mapping[str, Literal[1, 2, 3]] = {"1": 1, "2": 2, "3": 3}
_WEEKS_SHOWN = 12


@router.get("")
async def show_queue(request: Request) -> Response:
    """What waits, or the sample of a week with how far people have come."""
    here = await visit(request, May.SEE_OPERATIONS)
    engine, page = engine_of(operations_of(request)), page_of(request)
    week, reason, channel = asked(request, "week"), asked(request, "reason"), asked(request, "channel")
    states = tuple(ReviewState) if week else WAITING
    rows = await reviews_of(
        engine, Filters(states, reason, channel, week=week), offset=(page - 1) * A_PAGE, limit=A_PAGE + 1
    )
    async with engine.connect() as connection:
        newest = select(REVIEW_WEEKS).order_by(REVIEW_WEEKS.c.week.desc()).limit(_WEEKS_SHOWN)
        weeks = list(await connection.execute(newest))
    return show(
        here,
        "reviews.html",
        listed=Paged(rows[:A_PAGE], page, len(rows) > A_PAGE),
        week=week,
        weeks=weeks,
        reason=reason,
        reasons=tuple(Drawn),
    )


@router.get("/{complaint}")
async def show_one(request: Request, complaint: str) -> Response:
    """One complaint, masked, with what machine, rules and people say of it. The look is on record."""
    here = await visit(request, May.SEE_COMPLAINTS)
    seen = await _seen(here, id_of(complaint))
    return await _page(here, seen, {})


@router.post("/{complaint}/correct")
async def correct(request: Request, complaint: str) -> Response:
    """Say what it really is. What is left blank stays as it is."""
    here = await visit(request, May.REVIEW)
    async with here.sent() as typed:
        fields = typed.fields
    seen, parts = await _seen(here, id_of(complaint)), operations_of(request)
    reason, wrong = reason_in(fields)
    said = _said(fields)
    if wrong is None and not said.model_dump(exclude_none=True):
        wrong = "review.wrong.nothing"
    if wrong is None and unknown_code(said, parts.pack) is not None:
        wrong = "review.wrong.code"
    if wrong is not None:
        return await _page(here, seen, fields, wrong, 422)
    back, by = _back(seen), here.account.name
    await noted(here, "review.correct", [seen.line.complaint_id], reason)
    try:
        with asking_kafka(parts):
            report = await reclassify(parts.settings, engine_of(parts), seen.line, said, by, reason)
    except (InvalidRequest, Unreachable) as error:
        return refused(here, back, error)
    return told(here, router.prefix if report.done else back, _told(report.done), done=report.done)


@router.post("/{complaint}/{act}")
async def act_on(request: Request, complaint: str, act: str) -> Response:
    """Claim, release, or confirm what the machine said of the revision that was seen."""
    here = await visit(request, May.REVIEW)
    if act not in _ACTS:
        raise NotThere("no such act")
    async with here.sent():
        seen = await _seen(here, id_of(complaint))
    parts, by, back = operations_of(request), here.account.name, _back(seen)
    if (why := refusal(seen, _ACTS[act], by)) is not None:
        return told(here, back, "review.refused", done=False, detail=wording_of(here).said(why))
    await noted(here, _ACTS[act].value, [seen.line.complaint_id])
    try:
        with asking_kafka(parts):
            done, detail = await perform(parts.settings.kafka, engine_of(parts), seen, _ACTS[act], by)
    except Unreachable as error:
        return refused(here, back, error)
    if not done:
        return told(here, back, "review.refused", done=False, detail=wording_of(here).said(detail))
    return told(here, router.prefix if act == "confirm" else back, f"review.did.{act}")


def _told(done: bool) -> str:
    return "review.did.correct" if done else "review.same"


def _back(seen: Seen) -> str:
    return f"{router.prefix}/{seen.line.complaint_id}"


async def _seen(here: Visit, complaint: UUID) -> Seen:
    try:
        return await review_of(engine_of(operations_of(here.request)), complaint)
    except InvalidRequest as error:
        raise NotThere("no such review, or sealed") from error


def _said(fields: Mapping[str, str]) -> Reclassified:
    given = {name: value.strip() for name, value in fields.items() if value.strip()}
    secondary = tuple(name.removeprefix("secondary.") for name in given if name.startswith("secondary."))
    return Reclassified(
        kind=given.get("kind"),
        primary=given.get("primary"),
        secondary=secondary if secondary or "no_secondary" in given else None,
        safety=_SAFETY.get(given.get("safety", "")),
        severity=_LEVELS.get(given.get("severity", "")),
    )


async def _page(
    here: Visit, seen: Seen, fields: Mapping[str, str], wrong: str | None = None, status: int = 200
) -> Response:
    parts, say = operations_of(here.request), wording_of(here)
    await noted(here, "review.see", [seen.line.complaint_id])
    with asking_kafka(parts):
        words = await words_of(parts.settings, engine_of(parts), seen.line, say, full=False)
    typed = dict.fromkeys(("kind", "primary", "safety", "severity", "reason"), "") | dict(fields)
    return show(
        here,
        "review.html",
        status,
        review=seen.line,
        holds=seen.line.label or seen.line.machine,
        words=words,
        typed=typed,
        wrong=wrong,
        kinds=[one.code for one in parts.pack.kinds],
        categories=[one.code for one in parts.pack.categories],
        may_decide=_may_decide(here, seen.line),
    )


def _may_decide(here: Visit, review: ReviewLine) -> bool:
    return here.account.may(May.REVIEW) and review.owner in {None, here.account.name}
