"""Suspected links to confirm or undo, and any complaint moved to another case or department: dry run, then reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import Visit, visit
from operations.correcting import newest_revision
from operations.evidence import line as evidence_line
from operations.history.masked import known_values
from operations.linking import Member, complaint_named, member_of, suspected
from operations.pages.parts import operations_of
from operations.pages.working import (
    A_PAGE,
    Paged,
    asked,
    asking_kafka,
    engine_of,
    noted,
    page_of,
    reason_in,
    refused,
    show,
    told,
    wording_of,
)
from operations.relinking import Signed, relink, reroute
from operations.reviewing import classified_records
from schemas.correction_lines import RelinkReport, RerouteReport
from schemas.errors import InvalidRequest, Unreachable
from schemas.masking import mask_text

router = APIRouter(prefix="/ops/links", include_in_schema=False, default_response_class=HTMLResponse)
VERDICTS = ("duplicate", "follow_up", "repeat")
"""What a link may be said to be."""
_ACTIONS = ("relink", "own-case", "reroute")


@dataclass(frozen=True, slots=True)
class _Words:
    """What a complaint says, masked, and why it was linked; None when its record is no longer on the log."""

    member: Member
    text: str | None
    evidence: tuple[str, ...] = ()


@router.get("")
async def show_list(request: Request) -> Response:
    """Links nobody has decided; or, with a number, the complaint that has it."""
    here = await visit(request, May.SEE_OPERATIONS)
    if (number := asked(request, "number")) is not None:
        member = await _member(here, number)
        return RedirectResponse(f"{router.prefix}/{member.complaint_id}", 303, headers={"Cache-Control": "no-store"})
    page = page_of(request)
    rows = await suspected(engine_of(operations_of(request)), (page - 1) * A_PAGE, A_PAGE + 1)
    return show(here, "links.html", listed=Paged(rows[:A_PAGE], page, len(rows) > A_PAGE))


@router.get("/{number}")
async def show_one(request: Request, number: str) -> Response:
    """A complaint beside the one it is linked with, masked. The look is on record."""
    here = await visit(request, May.SEE_COMPLAINTS)
    return await _page(here, await _member(here, number), {})


@router.post("/{number}")
async def decide(request: Request, number: str) -> Response:
    """Say what would happen; the same again with `sure` does it."""
    here = await visit(request, May.RELINK)
    async with here.sent() as typed:
        fields = typed.fields
    member, action = await _member(here, number), fields.get("action", "")
    if action not in _ACTIONS:
        raise NotThere("no such act")
    reason, wrong = reason_in(fields)
    wrong = wrong or _wrong(here, action, fields)
    if wrong is not None:
        return await _page(here, member, fields, wrong, 422)
    signed = Signed(here.account.name, reason, dry_run=fields.get("sure") != "yes")
    back = f"{router.prefix}/{member.complaint_id}"
    try:
        with asking_kafka(operations_of(request)):
            report = await _do(here, member, action, fields, signed)
    except (InvalidRequest, Unreachable) as error:
        return refused(here, back, error)
    if signed.dry_run and not report.done:
        return show(here, "link_sure.html", member=member, report=report, action=action, fields=fields, reason=reason)
    if not report.done:
        return told(here, back, "desk.refused", done=False, detail=wording_of(here).said(report.detail))
    return told(here, back, "links.is_so" if report.detail == "it is so already" else "links.done")


def _wrong(here: Visit, action: str, fields: Mapping[str, str]) -> str | None:
    if action == "relink" and fields.get("as") not in VERDICTS:
        return "links.wrong.verdict"
    if action == "relink" and not fields.get("to", "").strip():
        return "links.wrong.to"
    known = operations_of(here.request).pack.department_codes
    return "links.wrong.department" if action == "reroute" and fields.get("department") not in known else None


async def _do(
    here: Visit, member: Member, action: str, fields: Mapping[str, str], signed: Signed
) -> RelinkReport | RerouteReport:
    parts = operations_of(here.request)
    settings, engine, number = parts.settings, engine_of(parts), str(member.complaint_id)
    to: UUID | None = None
    if action == "relink":
        to = await complaint_named(engine, fields["to"].strip())
        if to is None:
            raise InvalidRequest("no complaint has the number it is to be linked with")
    if not signed.dry_run:
        await noted(here, f"links.{action}", [member.complaint_id, *filter(None, (to,))], signed.reason)
    if action == "reroute":
        return await reroute(settings, engine, number, fields["department"], signed)
    return await relink(settings, engine, number, str(to) if to else None, fields.get("as", "duplicate"), signed)


async def _member(here: Visit, number: str) -> Member:
    """The complaint; one that is sealed does not exist here, for it is never linked."""
    engine = engine_of(operations_of(here.request))
    complaint = await complaint_named(engine, number)
    found = await member_of(engine, complaint) if complaint else None
    if found is None or found.sealed:
        raise NotThere("no such complaint, or sealed")
    return found


async def _page(
    here: Visit, member: Member, fields: Mapping[str, str], wrong: str | None = None, status: int = 200
) -> Response:
    parts = operations_of(here.request)
    engine = engine_of(parts)
    other = await member_of(engine, member.of) if member.of else None
    shown = [one for one in (member, other) if one is not None and not one.sealed]
    await noted(here, "links.see", [one.complaint_id for one in shown])
    with asking_kafka(parts):
        words = [await _words(here, one) for one in shown]
    return show(
        here,
        "link.html",
        status,
        member=member,
        words=words,
        typed=dict.fromkeys(("to", "as", "department", "reason"), "") | dict(fields),
        wrong=wrong,
        verdicts=VERDICTS,
        departments=parts.pack.department_codes,
    )


async def _words(here: Visit, member: Member) -> _Words:
    parts = operations_of(here.request)
    try:
        complaint = await newest_revision(parts.settings, engine_of(parts), member.complaint_id)
    except InvalidRequest:
        return _Words(member, None)
    if complaint.sealed:
        raise NotThere("sealed")
    known = known_values(complaint.model_dump(mode="json"))
    text = "\n".join(part for part in (complaint.subject, complaint.text) if part)
    evidence = await _evidence(here, member, complaint.text) if member.of is not None else ()
    return _Words(member, mask_text(text, known), tuple(mask_text(sentence, known) for sentence in evidence))


async def _evidence(here: Visit, member: Member, text: str) -> tuple[str, ...]:
    """Why deduplicate linked it, as its newest record that came as far as review says."""
    parts, say = operations_of(here.request), wording_of(here)
    records = await classified_records(parts.settings, engine_of(parts), [member.complaint_id])
    return tuple(evidence_line(say, one, text) for record in records for one in record.link.evidence)
