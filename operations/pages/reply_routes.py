"""The reply box: what a member of staff writes to a customer, shown with its way before it goes out."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from gateway.staff.audit import audit
from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import Visit, database, nonce_of, visit
from operations.answering import Answerable, answerable
from operations.linking import complaint_named
from operations.messaging import reply_id, send_message
from operations.pages.parts import operations_of
from operations.pages.working import asking_kafka, engine_of, show, told
from schemas.base import storable
from schemas.messages import Message, MessageKind
from schemas.tables.staff import AUDIT_LOG

router = APIRouter(prefix="/ops/complaints", include_in_schema=False, default_response_class=HTMLResponse)
LONGEST = 2_000
"""Characters of a reply: some channels cut what is longer."""
_ACTION = "complaint.reply"
_OCCASION = "reply"


@router.get("/{number}/reply")
async def show_form(request: Request, number: str) -> Response:
    """The form with the way the answer will go; or why none may go from here."""
    here = await visit(request, May.REPLY)
    return _page(here, await _found(here, number))


@router.post("/{number}/reply")
async def reply(request: Request, number: str) -> Response:
    """Show what would go out; the same again with `sure` hands it over, once a form."""
    here = await visit(request, May.REPLY)
    async with here.sent() as typed:
        text, nonce = storable(typed.fields.get("text", "").strip()), nonce_of(typed.fields.get("nonce"))
        is_sure = typed.fields.get("sure") == "yes"
    found = await _found(here, number)
    if found.bar is not None:
        return _page(here, found, text, status=409)
    if not text or len(text) > LONGEST:
        return _page(here, found, text, "reply.wrong.blank" if not text else "reply.wrong.long", 422)
    if not is_sure:
        return show(here, "reply_sure.html", found=found, text=text, nonce=nonce)
    await _hand_over(here, found, text, nonce)
    return told(here, f"/ops/complaints/{found.tracking_number}", "reply.sent", detail=found.tracking_number)


async def _hand_over(here: Visit, found: Answerable, text: str, nonce: str) -> None:
    parts, by = operations_of(here.request), here.account
    if found.case_id is None:
        raise NotThere("it has no case")
    message = Message(
        message_id=reply_id(found.complaint_id, str(by.account_id), nonce, text),
        kind=MessageKind.REPLY,
        complaint_id=found.complaint_id,
        case_id=found.case_id,
        tracking_number=found.tracking_number,
        occasion=_OCCASION,
        text=text,
        by=by.name,
        at=here.parts.now(),
    )
    await _note_once(here, found.complaint_id, message.message_id)
    with asking_kafka(parts):
        await send_message(parts.settings, message)


async def _note_once(here: Visit, complaint: UUID, message: UUID) -> None:
    """One entry a message, however often the button is pressed."""
    ids = [str(complaint), str(message)]
    same = AUDIT_LOG.c.account_id == here.account.account_id, AUDIT_LOG.c.action == _ACTION
    async with database(here.parts) as connection:
        known = select(AUDIT_LOG.c.entry_id).where(*same, AUDIT_LOG.c.object_ids == ids).limit(1)
        if (await connection.execute(known)).first() is None:
            await audit(connection, here.parts.now(), here.account.account_id, _ACTION, ids)


async def _found(here: Visit, number: str) -> Answerable:
    engine = engine_of(operations_of(here.request))
    complaint = await complaint_named(engine, number)
    found = await answerable(engine, complaint) if complaint else None
    if found is None:
        raise NotThere("no such complaint")
    return found


def _page(here: Visit, found: Answerable, text: str = "", wrong: str | None = None, status: int = 200) -> Response:
    return show(here, "reply.html", status, found=found, text=text, wrong=wrong)
