"""`/api/v1/cases/{case_id}/contact` and `/api/v1/attachments/{attachment_id}`, with a department's token."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from connectors.web.errors import FieldError, InvalidFields
from gateway.openapi import problems
from gateway.parts import parts_of
from gateway.problems import (
    AttachmentFailed,
    AttachmentPending,
    AttachmentRefused,
    AttachmentWithheld,
    Away,
    NotYours,
)
from gateway.staff.audit import audit
from gateway.tokens import Scope
from operations.departments.access import Caller, access_of, caller, complaints_of, file_of, id_of, transaction
from operations.departments.contacts import Contacts, from_log, from_promises, places_of, ref_of, told
from operations.departments.files import MEDIA_TYPES, Download, download
from schemas.base import storable
from schemas.errors import IntakeError, Unreachable
from schemas.settings import AccessSettings

router = APIRouter(prefix="/api/v1", tags=["departments"])
_MAX_PURPOSE_CHARS = 500
_BLANKS = r"\s\u0000-\u001f\u007f-\u009f\ufeff"
_SAID = re.compile(f"[^{_BLANKS}]")
"""A character that says something; dialects of expressions differ on which control characters `\\s` is."""
_NOT_HERE: Mapping[str, tuple[type[IntakeError], str]] = {
    "pending": (AttachmentPending, "we are still fetching it; an assignment.corrected says when it is there"),
    "failed": (AttachmentFailed, "its channel never handed it over: ask the customer for it"),
    "refused": (AttachmentRefused, "it was too large or not allowed and never stored: ask the customer for it"),
    "withheld": (AttachmentWithheld, "it may say who reported this: only who answers authorities sees it"),
}
"""State of an attachment → why there are no bytes."""
_LEAST_CHARS: int = AccessSettings.model_fields["purpose_min_chars"].default
_PURPOSE = {
    "name": "purpose",
    "in": "query",
    "required": True,
    "description": "What you need the contact for, in words; kept on record. An installation may ask for more words",
    "schema": {
        "type": "string",
        "maxLength": _MAX_PURPOSE_CHARS,
        "pattern": f"([^{_BLANKS}][{_BLANKS}]*){{{_LEAST_CHARS}}}",
    },
    "example": "call back about the refund",
}
"""Read by hand: what FastAPI reads it refuses before the token is asked for."""
_Id = Annotated[str, Path(json_schema_extra={"format": "uuid"})]
_Ref = Annotated[str | None, Query(description="`contact.ref` of a record: that complaint's contact only")]
_DISPOSITION = {
    "Content-Disposition": {
        "description": "Always a download, named by the id of the file",
        "required": True,
        "schema": {"type": "string", "pattern": r'^attachment; filename="[0-9a-f-]{36}\.[a-z0-9]{2,4}"$'},
    }
}
_TOKEN: dict[str, Any] = {"security": [{"bearer": []}]}


def _answers(*statuses: int, **said: str) -> dict[int | str, dict[str, Any]]:
    """Documented problems; `said` has a description of its own for some, `s404="…"`."""
    made = problems(*statuses)
    return {
        status: made[status] | {"description": said.get(f"s{status}", made[status]["description"])} for status in made
    }


@router.get(
    "/cases/{case_id}/contact",
    summary="The full contacts of a case",
    response_model=Contacts,
    responses=_answers(
        401, 403, 404, 422, 429, 503, s403="The token lacks the scope `contact`", s404="No case of your department's"
    ),
    openapi_extra=_TOKEN | {"parameters": [_PURPOSE]},
)
async def contact(request: Request, case_id: _Id, ref: _Ref = None) -> Response:
    """Who complained in a case of your department, for a purpose that is kept. `ref` asks for one complaint only."""
    access, who = access_of(request), await caller(request, Scope.CONTACT)
    access.contacts.take(str(who.token.token_id))
    reason = _purpose(request.query_params.get("purpose", ""), access.settings.access.purpose_min_chars)
    number, at_most = id_of(case_id, "case"), access.settings.access.contacts_at_once
    async with transaction(request) as connection:
        rows = await complaints_of(connection, number, who, None if ref else at_most + 1)
    if ref is not None:
        rows = [row for row in rows if ref_of(parts_of(request).pseudonym_key, row.complaint_id) == ref]
        if not rows:
            raise NotYours("no complaint of this case has this ref")
    shown = rows[:at_most]
    logged = await from_log(access.settings, places_of(shown))
    async with transaction(request) as connection:
        promised = await from_promises(connection, [row.complaint_id for row in shown])
        about = [number, who.token.token_id, *(row.complaint_id for row in shown)]
        now = parts_of(request).now()
        await audit(connection, now, None, "contact.read", about, by=who.named, purpose=reason)
    found = Contacts(case_id=number, purpose=reason, contacts=told(shown, logged, promised), more=len(rows) > at_most)
    return JSONResponse(found.model_dump(mode="json", exclude_none=True), headers={"Cache-Control": "no-store"})


@router.get(
    "/attachments/{attachment_id}",
    summary="A file of a case",
    response_class=Response,
    responses={
        200: {
            "description": "The bytes; pictures without the place they were taken at",
            "headers": _DISPOSITION,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES},
        },
        **_answers(
            401, 403, 404, 409, 410, 429, 503,
            s403="The token lacks the scope `attachments`, or the file is withheld",
            s404="No file of your department's cases",
        ),
    },
    openapi_extra=_TOKEN,
)  # fmt: skip
async def attachment(request: Request, attachment_id: _Id) -> Response:
    """A file that a record named. Always a download, named by its id."""
    access, who = access_of(request), await caller(request, Scope.ATTACHMENTS)
    access.attachments.take(str(who.token.token_id))
    number = id_of(attachment_id, "file")
    with ExitStack() as held:
        held.enter_context(access.downloads.one(str(who.token.token_id)))
        answer = await _file(request, number, who)
        answer.held = held.pop_all()
    return answer


async def _file(request: Request, number: UUID, who: Caller) -> Download:
    """The file, its reading on record."""
    async with transaction(request) as connection:
        row = await file_of(connection, number, who)
    if row.state in _NOT_HERE and not (row.state == "withheld" and row.sealed and row.responsible):
        error, why = _NOT_HERE[row.state]
        raise error(why)
    content = await _bytes(request, row.object_key)
    async with transaction(request) as connection:
        about = (number, row.complaint_id, row.case_id, who.token.token_id)
        await audit(connection, parts_of(request).now(), None, "attachment.read", about, by=who.named)
    return await asyncio.to_thread(download, number, content)  # looking through a film takes a second


async def _bytes(request: Request, key: str | None) -> bytes:
    gone = AttachmentFailed("its bytes are kept no longer")
    if key is None:
        raise gone
    try:
        return await access_of(request).objects.get(key)
    except FileNotFoundError:
        raise gone from None
    except Unreachable as error:
        raise Away("the object store does not answer") from error


def _purpose(typed: str, least: int) -> str:
    """What it is for. Raises `InvalidFields` for what says nothing."""
    detail = f"say in {least} to {_MAX_PURPOSE_CHARS} characters what you need the contact for"
    if len(_SAID.findall(typed)) < least:
        raise InvalidFields([FieldError(("purpose",), "missing", detail)])
    if len(typed) > _MAX_PURPOSE_CHARS:
        raise InvalidFields([FieldError(("purpose",), "too_long", detail)])
    return " ".join(storable(typed).split())
