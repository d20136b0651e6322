"""An opened page: a signed cookie that says which one complaint it opens, until when. Nothing is kept of it.

Signed, not stored: any gateway of the installation reads it, and it opens nothing after its half hour.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from gateway.parts import GatewayParts
from schemas.errors import NotGenuine
from schemas.identity import pseudonym
from schemas.tokens import sign, verify

_PURPOSE, _FORM_PURPOSE = "track-session", "track-form"
_NONCE_BYTES = 16
TOKEN_FIELD = "token"  # noqa: S105 (a field's name)


@dataclass(frozen=True, slots=True)
class Session:
    """An opened page of one complaint."""

    number: str
    value: str


def open_session(parts: GatewayParts, number: str, answer: Response) -> None:
    """Let the browser that gets this answer see this one complaint for a while."""
    lifetime = parts.track.session_lifetime
    value = sign(parts.token_keys, _PURPOSE, f"{number}:{secrets.token_urlsafe(8)}", parts.now() + lifetime)
    secure = _secure(parts)
    answer.set_cookie(
        _cookie(parts, number),
        value,
        max_age=int(lifetime.total_seconds()),
        path="/" if secure else "/track",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def session_of(parts: GatewayParts, request: Request, number: str) -> Session | None:
    """The session of this complaint's page; None where there is none, it has ended or is another's."""
    value = request.cookies.get(_cookie(parts, number), "")
    try:
        of = verify(parts.token_keys, _PURPOSE, value, parts.now()).partition(":")[0]
    except NotGenuine:
        return None
    return Session(number, value) if of == number else None


def close_session(parts: GatewayParts, number: str, answer: Response) -> None:
    """Forget it in this browser."""
    secure = _secure(parts)
    answer.delete_cookie(
        _cookie(parts, number), path="/" if secure else "/track", secure=secure, httponly=True, samesite="strict"
    )


def form_token(parts: GatewayParts, session: Session) -> str:
    """What a form of this session carries: it cannot be forged, and sent twice it counts once."""
    payload = f"{_print(session)}:{secrets.token_urlsafe(_NONCE_BYTES)}"
    return sign(parts.token_keys, _FORM_PURPOSE, payload, parts.now() + parts.track.session_lifetime)


def nonce_of(parts: GatewayParts, session: Session, token: str) -> str:
    """The nonce of a form of this session. Raises `NotGenuine` for any other."""
    of, _, nonce = verify(parts.token_keys, _FORM_PURPOSE, token, parts.now()).partition(":")
    if not hmac.compare_digest(of, _print(session)):
        raise NotGenuine("a form of another session")
    return nonce


def from_here(parts: GatewayParts, request: Request) -> bool:
    """Whether a browser says that a post comes from our own page; one that says nothing is believed.

    Our pages send no referrer, so browsers make the origin of their posts `null`: then `Sec-Fetch-Site` tells.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site not in {None, "same-origin", "none"}:
        return False
    if origin in {None, "null"}:
        return True
    ours = {urlsplit(parts.public_url).netloc, request.headers.get("host", "")}
    return urlsplit(origin or "").netloc in ours


def _secure(parts: GatewayParts) -> bool:
    return parts.public_url.startswith("https:")


def _cookie(parts: GatewayParts, number: str) -> str:
    """One cookie a complaint, so that two opened pages do not close each other; its name says nothing of the number."""
    prefix = "__Host-" if _secure(parts) else ""
    return f"{prefix}track_{pseudonym(parts.pseudonym_key, 'track-cookie', number)[:12]}"


def _print(session: Session) -> str:
    return hashlib.sha256(session.value.encode()).hexdigest()
