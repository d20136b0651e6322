"""Messages to customers that did not simply go out, and what to do about each."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import visit
from operations.pages.parts import operations_of
from operations.pages.working import A_PAGE, Paged, asked, engine_of, id_of, noted, page_of, show
from operations.unsent import TO_DO, message_of, unsent
from schemas.masking import mask_email, mask_phone, mask_text
from schemas.messages import MessageKind
from schemas.task import TaskKind, task_id
from workers.sender.ways import planned

router = APIRouter(prefix="/ops/outbox", include_in_schema=False, default_response_class=HTMLResponse)
_SHOWN_BEFORE_AT = {"email": mask_email, "phone": mask_phone}


@router.get("")
async def show_list(request: Request) -> Response:
    """The latest first, without a word of any message."""
    here = await visit(request, May.SEE_OPERATIONS)
    page, state = page_of(request), asked(request, "state")
    rows = await unsent(
        engine_of(operations_of(request)),
        here.parts.now(),
        state,
        sealed=here.account.may(May.SEE_SEALED),
        offset=(page - 1) * A_PAGE,
        limit=A_PAGE + 1,
    )
    return show(
        here,
        "outbox.html",
        listed=Paged(rows[:A_PAGE], page, len(rows) > A_PAGE),
        state=state,
        states=tuple(TO_DO),
    )


@router.get("/{message}")
async def show_message(request: Request, message: str) -> Response:
    """One message with its words, on record."""
    here = await visit(request, May.SEE_COMPLAINTS)
    engine, outbox_id = engine_of(operations_of(request)), id_of(message)
    found = await message_of(engine, outbox_id, sealed=here.account.may(May.SEE_SEALED))
    if found is None:
        raise NotThere("no such message")
    row, attempt = found
    await noted(here, "outbox.see", [outbox_id, row.complaint_id])
    secret = row.kind == MessageKind.CODE
    ways = [
        (way.channel, _masked(way.channel, way.address), None if secret else mask_text(way.text))
        for way in planned(row)
    ]
    task = task_id(row.complaint_id, TaskKind.UNKNOWN_DELIVERY) if attempt and attempt.state == "unknown" else None
    return show(here, "outbox_message.html", row=row, attempt=attempt, ways=ways, task=task)


def _masked(channel: str, address: str) -> str:
    mask = _SHOWN_BEFORE_AT.get(channel)
    return mask(address) if mask else "***"
