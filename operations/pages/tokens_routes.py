"""Tokens of other systems: made and shown once, listed, revoked. For administrators."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from gateway import tokens
from gateway.staff.audit import audit
from gateway.staff.roles import May
from gateway.staff.visit import Typed, Visit, database, visit
from gateway.tokens import LIFETIME, LONGEST, Scope
from operations.pages.parts import operations_of
from operations.pages.render import pages_of
from operations.pages.working import wording_of
from schemas.errors import InvalidRequest

router = APIRouter(prefix="/ops/accounts/tokens", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("")
async def show(request: Request) -> Response:
    """Every token, and the form of a new one."""
    return await _list(await visit(request, May.MANAGE_ACCOUNTS))


@router.post("")
async def make(request: Request) -> Response:
    """Make a token and show it, this once."""
    here = await visit(request, May.MANAGE_ACCOUNTS)
    async with here.sent() as typed:
        try:
            token = await _made(here, typed)
        except InvalidRequest as error:
            return await _list(here, notice=wording_of(here).said(str(error)), status=422)
    return await _list(here, token=token)


@router.post("/{token_id}/revoke")
async def revoke(request: Request, token_id: UUID) -> Response:
    """Let it open nothing any more."""
    here = await visit(request, May.MANAGE_ACCOUNTS)
    async with here.sent():
        try:
            async with database(here.parts) as connection:
                await tokens.revoke(connection, here.parts.now(), token_id)
                await audit(connection, here.parts.now(), here.account.account_id, "token.revoke", [token_id])
        except InvalidRequest as error:
            return await _list(here, notice=wording_of(here).said(str(error)), status=404)
    return RedirectResponse("/ops/accounts/tokens", 303, headers={"Cache-Control": "no-store"})


async def _made(here: Visit, typed: Typed) -> str:
    now, department = here.parts.now(), typed.fields.get("department") or None
    if department is not None and department not in operations_of(here.request).pack.department_codes:
        raise InvalidRequest("department: there is no such department")
    async with database(here.parts) as connection:
        token_id, token = await tokens.make(
            connection,
            now,
            typed.fields.get("name", ""),
            [scope for scope in Scope if typed.fields.get(f"scope.{scope}")],
            department=department,
            expires_at=now + _days(typed.fields.get("days", "")),
            by=here.account.name,
        )
        await audit(connection, now, here.account.account_id, "token.add", [token_id])
    return token


async def _list(here: Visit, *, token: str | None = None, notice: str | None = None, status: int = 200) -> Response:
    async with database(here.parts) as connection:
        found = await tokens.listed(connection)
    pages, pack = pages_of(here), operations_of(here.request).pack
    language = "en" if pages.lang == "en" else "zh-Hans"
    return pages.page(
        "tokens.html",
        status,
        tokens=found,
        token=token,
        notice=notice,
        now=here.parts.now(),
        scopes=list(Scope),
        departments=[(one.code, one.title.of(language)) for one in pack.departments],
        days=LIFETIME.days,
        longest=LONGEST.days,
    )


def _days(typed: str) -> timedelta:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise InvalidRequest(f"days: 1 to {LONGEST.days}")
    return timedelta(days=int(typed))
