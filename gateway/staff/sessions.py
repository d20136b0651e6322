"""Sessions of signed-in members of staff: the cookie holds a random id, the database its hash."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.staff.accounts import account_of
from gateway.staff.roles import Account
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import STAFF_ACCOUNTS, STAFF_SESSIONS

_NOTED_EVERY = timedelta(minutes=1)


def session_hash(session_id: str) -> str:
    """What is kept of a session's id."""
    return hashlib.sha256(session_id.encode(errors="replace")).hexdigest()


async def begin(
    connection: AsyncConnection, now: datetime, account_id: UUID, settings: StaffSettings, instead_of: str = ""
) -> str:
    """Begin a session under a new id and return what the cookie holds; ended ones are removed, and `instead_of`."""
    if instead_of:
        await end(connection, instead_of)
    session_id = secrets.token_urlsafe(32)
    await connection.execute(delete(STAFF_SESSIONS).where(STAFF_SESSIONS.c.expires_at <= now))
    await connection.execute(
        insert(STAFF_SESSIONS).values(
            session_hash=session_hash(session_id),
            account_id=account_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + settings.session_lifetime,
        )
    )
    return session_id


async def seen(connection: AsyncConnection, now: datetime, session_id: str, settings: StaffSettings) -> Account | None:
    """Whose session it is, noted as seen now; None when it has ended or its account is disabled."""
    sessions, accounts = STAFF_SESSIONS, STAFF_ACCOUNTS
    found = await connection.execute(
        select(accounts, sessions.c.last_seen_at)
        .join(sessions, sessions.c.account_id == accounts.c.account_id)
        .where(
            sessions.c.session_hash == session_hash(session_id),
            sessions.c.expires_at > now,
            sessions.c.last_seen_at > now - settings.session_idle,
            accounts.c.disabled_at.is_(None),
        )
    )
    row = found.first()
    if row is None:
        return None
    if now - row.last_seen_at >= _NOTED_EVERY:
        noted = update(sessions).where(sessions.c.session_hash == session_hash(session_id))
        await connection.execute(noted.values(last_seen_at=now))
    return account_of(row)


async def end(connection: AsyncConnection, session_id: str) -> None:
    """Sign out."""
    await connection.execute(delete(STAFF_SESSIONS).where(STAFF_SESSIONS.c.session_hash == session_hash(session_id)))
