"""A complaint's page, and its files. Each look is noted on the audit log; unmasked only with permission and purpose."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.staff.audit import audit
from gateway.staff.problems import NoDatabase, NotAllowed, NotThere
from gateway.staff.roles import May
from gateway.staff.visit import Visit, database, visit
from infra.objects import open_store
from operations.complaints.clocks import left
from operations.complaints.dossier import Dossier, dossier_of
from operations.complaints.marking import Piece, marked
from operations.complaints.timeline import timeline
from operations.evidence import line
from operations.history import acting
from operations.history.conversing import conversation_in_tables, conversation_of
from operations.pages.parts import operations_of
from operations.pages.render import pages_of
from operations.pages.search_routes import wording
from operations.wording import Wording
from schemas.conversation import ConversationLine
from schemas.identity import read_tracking_number
from schemas.masking import mask_text
from schemas.task import TaskState

router = APIRouter(prefix="/ops/complaints", include_in_schema=False, default_response_class=HTMLResponse)
_PURPOSE_CHARS = 200


@dataclass(frozen=True, slots=True)
class _Understood:
    """What the machine understood, with its text in pieces and its reasons as sentences."""

    pieces: list[Piece] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@router.get("/{number}")
async def show(request: Request, number: str) -> Response:
    """The page, personal data masked."""
    here = await visit(request, May.SEE_COMPLAINTS)
    return await _page(here, await _found(here, number), full=False, purpose=None, action="complaint.see")


@router.post("/{number}/full")
async def show_full(request: Request, number: str) -> Response:
    """The page with everything on it, for a purpose that is written down."""
    here = await visit(request, May.SEE_RAW)
    if not here.account.may(May.SEE_COMPLAINTS):
        raise NotAllowed(May.SEE_COMPLAINTS)
    async with here.sent() as typed:
        purpose = typed.fields.get("purpose", "").strip()[:_PURPOSE_CHARS]
    found = await _found(here, number)
    if not purpose:
        return await _page(here, found, full=False, purpose=None, action="complaint.see", status=422)
    return await _page(here, found, full=True, purpose=purpose, action="complaint.full")


@router.get("/{number}/full")
async def show_again(request: Request, number: str) -> Response:
    """Back to the masked page: a link of another language, or an address that somebody kept, is no purpose."""
    await visit(request, May.SEE_COMPLAINTS)
    canonical = read_tracking_number(number)
    if canonical is None:
        raise NotThere("no number")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{router.prefix}/{canonical}{query}", 303)


@router.get("/{number}/files/{attachment}")
async def download(request: Request, number: str, attachment: UUID) -> Response:
    """One file as a download, never shown: whoever sent it may have meant harm."""
    here = await visit(request, May.SEE_COMPLAINTS)
    found = await _found(here, number)
    newest = found.newest
    of = (one for one in newest.attachments if one.attachment_id == attachment) if newest is not None else ()
    wanted = next(iter(of), None)
    if wanted is None or wanted.object_key is None or wanted.state != "stored":
        raise NotThere("no such file")
    async with database(here.parts) as connection:
        looked = [found.complaint_id, wanted.attachment_id]
        await audit(connection, here.parts.now(), here.account.account_id, "complaint.file", looked)
    try:
        data = await open_store(operations_of(request).settings).get(wanted.object_key)
    except (FileNotFoundError, ValueError) as error:
        raise NotThere("no such file") from error
    headers = {"Content-Disposition": f'attachment; filename="{attachment}"', "Cache-Control": "no-store"}
    return Response(data, media_type="application/octet-stream", headers=headers)


def _engine(here: Visit) -> AsyncEngine:
    if here.parts.engine is None:
        raise NoDatabase("this gateway has no database")
    return here.parts.engine


async def _found(here: Visit, number: str) -> Dossier:
    """The complaint of a number. Raises `NotThere` also for a sealed one that is not for this visitor."""
    canonical = read_tracking_number(number)
    parts = operations_of(here.request)
    if canonical is None:
        raise NotThere("no number")
    sealed = here.account.may(May.SEE_SEALED)
    found = await dossier_of(parts.settings, _engine(here), parts.pack, canonical, sealed=sealed)
    if found is None:
        raise NotThere("no complaint")
    return found


async def _page(
    here: Visit, found: Dossier, *, full: bool, purpose: str | None, action: str, status: int = 200
) -> Response:
    say, now = wording(here), here.parts.now()
    async with database(here.parts) as connection:
        await audit(connection, now, here.account.account_id, action, [found.complaint_id], purpose=purpose)
    turns, left_out = await _conversation(here, found, say, full=full)
    return pages_of(here).page(
        "complaint.html",
        status,
        of=found,
        number=found.tracking_number,
        to_do=list(_to_do(here, found, say)),
        full=full,
        purpose_missing=status == 422,
        say=say,
        now=now,
        turns=turns,
        left_out=left_out,
        understood=_understood(found, say, full=full),
        events=timeline(found, say, full=full),
        attachments=_attachments(found, full=full),
        left=lambda clock: left(say, clock.due_at - now),
    )


async def _conversation(
    here: Visit, found: Dossier, say: Wording, *, full: bool
) -> tuple[tuple[ConversationLine, ...], int]:
    """Unmasked from the records; masked from the tables, which need no log."""
    if found.case_id is None:
        return (), 0
    engine, subject = _engine(here), found.complaint_id
    if full and not found.records_away:
        return await conversation_of(
            operations_of(here.request).settings, engine, say, found.case_id, subject, full=True
        )
    return await conversation_in_tables(engine, say, found.case_id, subject, found.known)


def _understood(found: Dossier, say: Wording, *, full: bool) -> _Understood:
    record = found.classified
    if record is None:
        return _Understood()
    evidence = record.understanding.evidence
    known = found.known
    told = (line(say, one, record.text) for one in evidence)
    reasons = [one if full else mask_text(one, known) for one in told]
    return _Understood(marked(record.text, evidence, known, full=full), reasons)


def _to_do(here: Visit, found: Dossier, say: Wording) -> Iterator[tuple[str, str]]:
    """What this visitor may do about it: where, and what it is called."""
    if here.account.may(May.DO_TASKS):
        for row in found.traces.tasks:
            if row.state != TaskState.DONE:
                yield f"/ops/tasks/{row.task_id}", acting.to_do(say, row.kind, row.due_at, row.owner)
    words = pages_of(here).text
    if here.account.may(May.REVIEW) and found.traces.reviews:
        yield f"/ops/review/{found.complaint_id}", words("complaint.review_it")
    if here.account.may(May.RELINK) and found.case_id is not None and not found.sealed:
        yield f"/ops/links/{found.tracking_number}", words("complaint.relink_it")


def _attachments(found: Dossier, *, full: bool) -> list[dict[str, Any]]:
    """The files of the newest revision: names may name people."""
    newest = found.newest
    known = found.known
    return [
        {
            "id": one.attachment_id,
            "name": (one.name if full else mask_text(one.name, known)) if one.name else None,
            "media_type": one.media_type,
            "size_kb": max(1, one.size_bytes // 1024),
            "state": one.state,
        }
        for one in (newest.attachments if newest is not None else ())
    ]
