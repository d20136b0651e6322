"""Tokens of other systems: made once and shown once, known by their hash, each with scopes and an end."""

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from fastapi import Request
from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.web.errors import ScopeRequired
from gateway.parts import parts_of
from gateway.problems import Unauthorized
from gateway.staff.visit import database
from schemas.tables.tokens import API_TOKENS

_PREFIX = "cit_"
"""So that a token that got into a repository or a log is recognised by scanners."""
_NOTED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may do."""

    STATUS = "status"
    CONTACT = "contact"
    ATTACHMENTS = "attachments"
    METRICS = "metrics"


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
    """Make a token and return its id and the token itself, which nobody can read again."""
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


async def bearer(request: Request, scope: Scope) -> ApiToken:
    """Who calls. Raises `Unauthorized` for no, an unknown, ended or revoked token, `ScopeRequired`, `NoDatabase`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    parts = parts_of(request)
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("send Authorization: Bearer with a token that an administrator made for you")
    async with database(parts) as connection:
        found = await _known(connection, parts.now(), token.strip())
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
