"""A member of staff changes the password: the one that was handed over is its owner's alone after that."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.staff import accounts, administering, sessions
from gateway.staff.audit import audit
from gateway.staff.passwords import hashed
from gateway.staff.sign_in_routes import signed_in
from gateway.staff.visit import Typed, Visit, database, visit
from schemas.errors import InvalidRequest

router = APIRouter(prefix="/staff/password", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("")
async def show(request: Request) -> Response:
    """The form."""
    return _form(await visit(request))


@router.post("")
async def change(request: Request) -> Response:
    """Take a new password from who knows the old one; every session of the account but this browser's new one ends."""
    here = await visit(request)
    async with here.sent() as typed:
        wrong, password_hash = await _judged(here, typed)
    if wrong is not None or password_hash is None:
        return _form(here, wrong, 422)
    now, account_id = here.parts.now(), here.account.account_id
    async with database(here.parts) as connection:
        await administering.set_password(connection, account_id, password_hash)
        await audit(connection, now, account_id, "staff.password", [account_id])
        session_id = await sessions.begin(connection, now, account_id, here.parts.staff)
    return signed_in(here.parts, "/staff", session_id)


async def _judged(here: Visit, typed: Typed) -> tuple[str | None, str | None]:
    """What is wrong, as the key of a text, or the hash of the new password."""
    fields, parts = typed.fields, here.parts
    if fields.get("new", "") != fields.get("again", ""):
        return "password.differ", None
    try:
        password_hash = await asyncio.to_thread(hashed, fields.get("new", ""), parts.staff)
    except InvalidRequest:
        return "password.length", None
    async with database(parts) as connection:
        claimed = await accounts.claim_try(connection, parts.now(), here.account.name, parts.staff)
    if not await parts.passwords.fit(fields.get("old", ""), claimed[1] if claimed else None):
        return "password.wrong", None
    return None, password_hash


def _form(here: Visit, notice: str | None = None, status: int = 200) -> Response:
    pages, least = here.pages, here.parts.staff.min_password_chars
    said = pages.text(notice, least=least) if notice else None
    return pages.page("password.html", status, notice=said, least=least)
