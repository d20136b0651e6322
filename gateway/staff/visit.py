"""One request of a signed-in member of staff: who it is, what may be done, forms that cannot be forged."""

import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.web.fields import FORM_TYPE
from gateway.api import MULTIPART_TYPE
from gateway.parts import GatewayParts, parts_of
from gateway.staff import sessions
from gateway.staff.problems import Forged, NoDatabase, NotAllowed, SignInFirst
from gateway.staff.render import StaffPages
from gateway.staff.roles import Account, May
from schemas.base import storable
from schemas.errors import NotGenuine
from schemas.inbound import UploadedFile
from schemas.tokens import sign, verify

COOKIE = "staff_session"
CSRF_FIELD = "csrf"
_CSRF = "staff-form"
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Typed:
    """A sent form: what was typed, by field, and the files."""

    fields: dict[str, str]
    files: tuple[UploadedFile, ...] = ()

    def chosen(self, names: Sequence[str]) -> dict[str, str]:
        """Those of these fields that are not blank."""
        return {name: self.fields[name].strip() for name in names if self.fields.get(name, "").strip()}


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody signed in asks for something."""

    request: Request
    parts: GatewayParts
    account: Account
    session_id: str

    @property
    def pages(self) -> StaffPages:
        """The pages as this visitor sees them."""
        return StaffPages(self.parts, self.request, self.account, self.csrf)

    @property
    def csrf(self) -> str:
        """What every form of this session carries."""
        return sign(self.parts.token_keys, _CSRF, sessions.session_hash(self.session_id))

    def must_cover(self, store: str | None, region: str | None = None) -> None:
        """Raise `NotAllowed` when what happened there is not this visitor's business."""
        if not self.account.covers(store, region):
            raise NotAllowed("another store's")

    @asynccontextmanager
    async def sent(self) -> AsyncIterator[Typed]:
        """The form of a post. Raises `Forged`, or what `Bodies.read` raises."""
        async with self.parts.bodies.read(self.request, FORM_TYPE, MULTIPART_TYPE) as post:
            typed = dict(parse_qsl(post.body.decode(errors="replace"), keep_blank_values=True))
            fields = {storable(name): storable(value) for name, value in typed.items()}
            self._check(fields.pop(CSRF_FIELD, ""))
            yield Typed(fields, post.files)

    def _check(self, token: str) -> None:
        try:
            of = verify(self.parts.token_keys, _CSRF, token, self.parts.now())
        except NotGenuine as error:
            raise Forged("a form without its token") from error
        if not secrets.compare_digest(of, sessions.session_hash(self.session_id)):
            raise Forged("a form of another session")


async def visit(request: Request, what: May = May.SIGN_IN) -> Visit:
    """Who asks. Raises `NoDatabase`, `SignInFirst` or `NotAllowed`."""
    parts = parts_of(request)
    session_id = request.cookies.get(COOKIE, "")
    async with database(parts) as connection:
        account = await sessions.seen(connection, parts.now(), session_id, parts.staff) if session_id else None
    if account is None:
        raise SignInFirst("no session")
    if not account.may(what):
        raise NotAllowed(what)
    return Visit(request, parts, account, session_id)


@asynccontextmanager
async def database(parts: GatewayParts) -> AsyncIterator[AsyncConnection]:
    """One transaction. Raises `NoDatabase` when there is none or it does not answer."""
    if parts.engine is None:
        raise NoDatabase("this gateway has no database")
    try:
        async with parts.engine.begin() as connection:
            yield connection
    except (OperationalError, PoolTimeout) as error:
        raise NoDatabase("the database does not answer") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise NoDatabase("the database went away") from error
        raise


def nonce_of(typed: str | None) -> str:
    """The nonce a form carries, a new one when it carries none of ours: sent twice it stays one complaint."""
    return typed if typed and _NONCE.fullmatch(typed) else secrets.token_urlsafe(16)
