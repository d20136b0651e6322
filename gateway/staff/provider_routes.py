"""Signing in at the company's identity provider, and coming back from it."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from gateway.parts import GatewayParts, parts_of
from gateway.staff import identities, sessions
from gateway.staff.audit import audit
from gateway.staff.oidc import Identity, Oidc, Pending, ProviderAway, SignInRefused
from gateway.staff.problems import NotThere
from gateway.staff.render import secure
from gateway.staff.sign_in_routes import form, inside, signed_in
from gateway.staff.visit import COOKIE, database
from infra.logs import log
from schemas.errors import NotGenuine, TooMany
from schemas.tokens import sign, verify

_LOG = log(__name__)
PATH = "/staff/sign-in/provider"
router = APIRouter(prefix=PATH, include_in_schema=False, default_response_class=HTMLResponse)
_PENDING = "staff_provider"
_PURPOSE = "staff-provider"
_AWAY_AT_MOST = timedelta(minutes=10)


@router.get("")
async def go(request: Request, next: str = "/staff") -> Response:
    """To the provider; what is needed on the way back is kept in a signed cookie of this browser."""
    parts, oidc = _parts(request)
    target = inside(next)
    try:
        parts.sign_in_rate.take(parts.clients.by_address(request).name)
        url, pending = await oidc.begin(target)
    except TooMany as error:
        return form(parts, request, target, "sign_in.many", 429, {"Retry-After": str(error.retry_after_s)})
    except ProviderAway as error:
        _LOG.warning("identity provider", reason=str(error))
        return form(parts, request, target, "sign_in.provider_away", 503, {"Retry-After": "30"})
    answer = RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
    kept = sign(parts.token_keys, _PURPOSE, pending.packed(), parts.now() + _AWAY_AT_MOST)
    answer.set_cookie(_PENDING, kept, path=PATH, secure=secure(parts), httponly=True, samesite="lax")
    return answer


@router.get("/back")
async def back(request: Request) -> Response:
    """From the provider: signed in, or the sign-in page with the reason. The kept cookie is good once."""
    parts, oidc = _parts(request)
    answer = await _came_back(parts, oidc, request)
    answer.delete_cookie(_PENDING, path=PATH)
    return answer


async def _came_back(parts: GatewayParts, oidc: Oidc, request: Request) -> Response:
    pending = _pending(parts, request)
    if pending is None:
        return form(parts, request, "/staff", "sign_in.again", 403)
    target = inside(pending.target)
    try:
        parts.sign_in_rate.take(parts.clients.by_address(request).name)
        identity = await oidc.finish(pending, request.query_params)
    except TooMany as error:
        return form(parts, request, target, "sign_in.many", 429, {"Retry-After": str(error.retry_after_s)})
    except ProviderAway as error:
        _LOG.warning("identity provider", reason=str(error))
        return form(parts, request, target, "sign_in.provider_away", 503, {"Retry-After": "30"})
    except SignInRefused as error:
        _LOG.warning("sign-in refused", reason=str(error))
        await _note_refusal(parts)
        return form(parts, request, target, "sign_in.provider_refused", 403)
    session_id = await _begun(parts, identity, request.cookies.get(COOKIE, ""))
    if session_id is None:
        return form(parts, request, target, "sign_in.no_role", 403)
    return signed_in(parts, target, session_id)


async def _begun(parts: GatewayParts, identity: Identity, old_session: str) -> str | None:
    now = parts.now()
    async with database(parts) as connection:
        known = await identities.known(connection, now, identity)
        if known is None:
            await audit(connection, now, None, "sign-in.refused")
            return None
        account_id = known.account.account_id
        if known.made:
            await audit(connection, now, account_id, "staff.add", [account_id], purpose="identity provider")
        if known.differs:
            told = ",".join(identity.roles)
            await audit(connection, now, account_id, "sign-in.roles-differ", [account_id], purpose=told)
        await audit(connection, now, account_id, "sign-in", purpose="identity provider")
        return await sessions.begin(connection, now, account_id, parts.staff, instead_of=old_session)


async def _note_refusal(parts: GatewayParts) -> None:
    async with database(parts) as connection:
        await audit(connection, parts.now(), None, "sign-in.refused")


def _parts(request: Request) -> tuple[GatewayParts, Oidc]:
    parts = parts_of(request)
    if parts.oidc is None:
        raise NotThere("no identity provider is set")
    return parts, parts.oidc


def _pending(parts: GatewayParts, request: Request) -> Pending | None:
    try:
        packed = verify(parts.token_keys, _PURPOSE, request.cookies.get(_PENDING, ""), parts.now())
    except NotGenuine:
        return None
    return Pending.unpacked(packed)
