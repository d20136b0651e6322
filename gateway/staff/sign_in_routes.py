"""Signing in and out, and the page a member of staff begins at."""

import hashlib
import secrets
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.web.fields import FORM_TYPE
from gateway.parts import GatewayParts, parts_of
from gateway.staff import accounts, sessions
from gateway.staff.audit import audit
from gateway.staff.problems import SIGN_IN, NoDatabase
from gateway.staff.render import StaffPages, secure
from gateway.staff.visit import COOKIE, database, visit
from schemas.base import storable
from schemas.errors import NotGenuine, TooMany
from schemas.tokens import sign, verify

router = APIRouter(prefix="/staff", include_in_schema=False, default_response_class=HTMLResponse)
START = "/staff"
_INSIDE = (START, "/ops")
_VISITOR = "staff_visitor"
_PURPOSE = "staff-sign-in"


@router.get("")
async def start(request: Request) -> Response:
    """What this account may do."""
    here = await visit(request)
    return here.pages.page("start.html")


@router.get("/sign-in")
async def show_sign_in(request: Request, next: str = START) -> Response:
    """The form; the token in it belongs to the visitor's cookie."""
    parts = parts_of(request)
    if parts.engine is None:
        raise NoDatabase("this gateway has no database")
    return form(parts, request, next)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Try a name and a password. Unknown, wrong, locked and disabled are answered alike."""
    parts = parts_of(request)
    async with parts.bodies.read(request, FORM_TYPE) as post:
        pairs = dict(parse_qsl(post.body.decode(errors="replace")))
    typed = {name: storable(value) for name, value in pairs.items()}
    target = typed.get("next", START)
    try:
        parts.sign_in_rate.take(parts.clients.by_address(request).name)
    except TooMany as error:
        return form(parts, request, target, "sign_in.many", 429, {"Retry-After": str(error.retry_after_s)})
    if not _opened_here(parts, request, typed.get("token", "")):
        return form(parts, request, target, "sign_in.again", 403)
    session_id = await _tried(parts, typed.get("name", ""), typed.get("password", ""), request.cookies.get(COOKIE, ""))
    if session_id is None:
        return form(parts, request, target, "sign_in.wrong", 403)
    return signed_in(parts, target, session_id)


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session, in the database too."""
    here = await visit(request)
    async with here.sent(), database(here.parts) as connection:
        await sessions.end(connection, here.session_id)
        await audit(connection, here.parts.now(), here.account.account_id, "sign-out")
    answer = RedirectResponse(SIGN_IN, 303, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(COOKIE, path="/")
    return answer


def signed_in(parts: GatewayParts, target: str, session_id: str) -> Response:
    """To a page inside, with the session's cookie."""
    answer = RedirectResponse(inside(target), 303, headers={"Cache-Control": "no-store"})
    answer.set_cookie(COOKIE, session_id, path="/", secure=secure(parts), httponly=True, samesite="lax")
    answer.delete_cookie(_VISITOR, path="/staff")
    return answer


async def _tried(parts: GatewayParts, name: str, password: str, old_session: str) -> str | None:
    now = parts.now()
    async with database(parts) as connection:
        claimed = await accounts.claim_try(connection, now, name, parts.staff)
    fits = await parts.passwords.fit(password, claimed[1] if claimed else None)
    if claimed is None or not fits:
        async with database(parts) as connection:
            await audit(connection, now, claimed[0].account_id if claimed else None, "sign-in.refused")
        return None
    account = claimed[0]
    async with database(parts) as connection:
        await accounts.forget_tries(connection, account.account_id)
        await audit(connection, now, account.account_id, "sign-in")
        return await sessions.begin(connection, now, account.account_id, parts.staff, instead_of=old_session)


def form(
    parts: GatewayParts,
    request: Request,
    target: str,
    notice: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    """The sign-in page, with a sentence above it where something went wrong."""
    pages = StaffPages(parts, request)
    visitor = request.cookies.get(_VISITOR) or secrets.token_urlsafe(16)
    expires_at = parts.now() + parts.settings.form_token_lifetime
    answer = pages.page(
        "sign_in.html",
        status,
        headers,
        token=sign(parts.token_keys, _PURPOSE, _hash(visitor), expires_at),
        next=inside(target),
        provider=parts.staff.oidc.label if parts.staff.oidc is not None else None,
        notice=pages.text(notice) if notice else None,
    )
    answer.set_cookie(_VISITOR, visitor, path="/staff", secure=secure(parts), httponly=True, samesite="lax")
    return answer


def _opened_here(parts: GatewayParts, request: Request, token: str) -> bool:
    visitor = request.cookies.get(_VISITOR, "")
    try:
        return bool(visitor) and verify(parts.token_keys, _PURPOSE, token, parts.now()) == _hash(visitor)
    except NotGenuine:
        return False


def _hash(visitor: str) -> str:
    return hashlib.sha256(visitor.encode(errors="replace")).hexdigest()


def inside(target: str) -> str:
    """Where to go after signing in: a page of these only, so that nobody is led elsewhere."""
    inside = any(target == one or target.startswith((f"{one}/", f"{one}?")) for one in _INSIDE)
    return target if inside and "\\" not in target and target.isprintable() else START
