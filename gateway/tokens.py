"""Tokens of other systems: made once and shown once, known by their hash, each with scopes and an end."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from fastapi import Request
from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.web.errors import ScopeRequired
from gateway.parts import parts_of
from gateway.problems import Away, Unauthorized
from gateway.staff.problems import NoDatabase
from gateway.staff.visit import database
from schemas.errors import InvalidRequest
from schemas.tables.tokens import API_TOKENS

_PREFIX = "cit_"
"""So that a token that got into a repository or a log is recognised by scanners."""
_NOTED_EVERY = timedelta(minutes=1)
_MAX_NAME = 80
LIFETIME = timedelta(days=180)
"""Of a token, where nothing else is said."""
LONGEST = timedelta(days=730)
"""No token is made for longer."""


class Scope(StrEnum):
    """What a token may do."""

    STATUS = "status"
    CONTACT = "contact"
    ATTACHMENTS = "attachments"
    METRICS = "metrics"


_OF_DEPARTMENTS = frozenset({Scope.STATUS, Scope.CONTACT, Scope.ATTACHMENTS})
"""What only a department may do."""


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as an administrator sees it."""

    token_id: UUID
    name: str
    department: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None

    def state(self, now: datetime) -> str:
        """active, revoked or ended."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if self.expires_at > now else "ended"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token that was recognised. `department` is the only one it speaks for."""

    token_id: UUID
    name: str
    department: str | None
    scopes: frozenset[str]


async def make(
    connection: AsyncConnection,
    now: datetime,
    name: str,
    scopes: Collection[Scope],
    *,
    department: str | None,
    expires_at: datetime,
    by: str,
) -> tuple[UUID, str]:
    """Make a token and return its id and the token itself, which nobody can read again. Raises `InvalidRequest`."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= _MAX_NAME:
        raise InvalidRequest(f"name: what it is for, 1 to {_MAX_NAME} characters")
    if not scopes:
        raise InvalidRequest(f"scope: choose one or more of {', '.join(Scope)}")
    if department is None and _OF_DEPARTMENTS & set(scopes):
        raise InvalidRequest(f"department: needed for {', '.join(sorted(_OF_DEPARTMENTS & set(scopes)))}")
    if not now < expires_at <= now + LONGEST:
        raise InvalidRequest(f"days: 1 to {LONGEST.days}")
    token_id, token = uuid4(), _PREFIX + secrets.token_urlsafe(32)
    await connection.execute(
        insert(API_TOKENS).values(
            token_id=token_id,
            token_hash=_hash(token),
            name=name,
            department=department,
            scopes=sorted(scopes),
            created_at=now,
            created_by=by,
            expires_at=expires_at,
        )
    )
    return token_id, token


async def listed(connection: AsyncConnection) -> list[ListedToken]:
    """Every token, the newest first; none can be read again."""
    table = API_TOKENS.c
    found = await connection.execute(select(API_TOKENS).order_by(table.created_at.desc(), table.token_id))
    return [
        ListedToken(
            row.token_id,
            row.name,
            row.department,
            tuple(row.scopes),
            row.created_at,
            row.created_by,
            row.expires_at,
            row.revoked_at,
            row.last_used_at,
        )
        for row in found
    ]


async def revoke(connection: AsyncConnection, now: datetime, token_id: UUID) -> None:
    """Let a token open nothing any more, from its next use on. Raises `InvalidRequest` for an unknown one."""
    table = API_TOKENS.c
    ended = update(API_TOKENS).where(table.token_id == token_id)
    done = await connection.execute(ended.values(revoked_at=func.coalesce(table.revoked_at, now)))
    if done.rowcount == 0:
        raise InvalidRequest("no such token")


async def bearer(request: Request, scope: Scope) -> ApiToken:
    """Who calls. Raises `Unauthorized` for no, an unknown, ended or revoked token, `ScopeRequired`, or `Away`.

    Who is refused counts for its address: `TooMany` after too many of that.
    """
    try:
        return await _shown(request, scope)
    except (Unauthorized, ScopeRequired):
        parts = parts_of(request)
        parts.rate.take(parts.clients.by_address(request).name)
        raise


async def _shown(request: Request, scope: Scope) -> ApiToken:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    parts = parts_of(request)
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("send Authorization: Bearer with a token that an administrator made for you")
    try:
        async with database(parts) as connection:
            found = await _known(connection, parts.now(), token.strip())
    except NoDatabase as error:  # has a page as its answer, and programs read problems
        raise Away("tokens cannot be checked: the database does not answer") from error
    if found is None:
        raise Unauthorized("the token is unknown, has ended or was revoked: ask an administrator for a new one")
    if scope not in found.scopes:
        raise ScopeRequired(f"the token lacks the scope {scope}")
    return found


async def _known(connection: AsyncConnection, now: datetime, token: str) -> ApiToken | None:
    table = API_TOKENS.c
    valid = (table.token_hash == _hash(token), table.revoked_at.is_(None), table.expires_at > now)
    row = (await connection.execute(select(API_TOKENS).where(*valid))).one_or_none()
    if row is None:
        return None
    stale = or_(table.last_used_at.is_(None), table.last_used_at < now - _NOTED_EVERY)
    await connection.execute(update(API_TOKENS).where(table.token_id == row.token_id, stale).values(last_used_at=now))
    return ApiToken(row.token_id, row.name, row.department, frozenset(row.scopes))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
