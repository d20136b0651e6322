"""What an administrator does with accounts: roles, locks, passwords, sessions. The last administrator stays one."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.staff.accounts import Listed, account_of
from gateway.staff.roles import Role
from schemas.errors import InvalidRequest
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import STAFF_ACCOUNTS, STAFF_SESSIONS

_TABLE = STAFF_ACCOUNTS.c
_PASSWORD_BYTES = 15
"""Of a password made here: 20 characters, 120 bits."""


class LastAdmin(InvalidRequest):
    """Nobody could give rights any more."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its administrator sees it: `session_key` names it and opens nothing."""

    session_key: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def new_password(settings: StaffSettings) -> str:
    """A password nobody has chosen, to be shown once."""
    return secrets.token_urlsafe(max(_PASSWORD_BYTES, settings.min_password_chars))


async def one(connection: AsyncConnection, account_id: UUID) -> Listed | None:
    """An account; None when there is none."""
    row = (await connection.execute(select(STAFF_ACCOUNTS).where(_TABLE.account_id == account_id))).first()
    return Listed(account_of(row), row.created_at, row.disabled_at, row.locked_until) if row is not None else None


async def set_roles(connection: AsyncConnection, account_id: UUID, roles: Collection[Role]) -> None:
    """Give an account these roles and no others; it signs in again. Raises `InvalidRequest`, `LastAdmin`."""
    if not roles:
        raise InvalidRequest(f"role: choose one or more of {', '.join(Role)}")
    if Role.ADMIN not in roles:
        await keep_an_admin(connection, account_id)
    await _change(connection, account_id, roles=sorted(str(role) for role in roles))
    await end_sessions(connection, account_id)


async def disable(connection: AsyncConnection, now: datetime, account_id: UUID) -> None:
    """Let an account sign in no more and end its sessions. Raises `InvalidRequest`, `LastAdmin`."""
    await keep_an_admin(connection, account_id)
    await _change(connection, account_id, disabled_at=func.coalesce(_TABLE.disabled_at, now))
    await end_sessions(connection, account_id)


async def enable(connection: AsyncConnection, account_id: UUID) -> None:
    """Let a disabled account sign in again. Raises `InvalidRequest`."""
    await _change(connection, account_id, disabled_at=None, failed_tries=0, locked_until=None)


async def unlock(connection: AsyncConnection, account_id: UUID) -> None:
    """Lift the lock that wrong passwords have put on an account. Raises `InvalidRequest`."""
    await _change(connection, account_id, failed_tries=0, locked_until=None)


async def set_password(connection: AsyncConnection, account_id: UUID, password_hash: str) -> None:
    """Give a new password, lift any lock and end the sessions. Raises `InvalidRequest`."""
    await _change(connection, account_id, password_hash=password_hash, failed_tries=0, locked_until=None)
    await end_sessions(connection, account_id)


async def sessions_of(connection: AsyncConnection, now: datetime, account_id: UUID) -> list[Session]:
    """The sessions of an account that have not ended, the one seen last first."""
    table = STAFF_SESSIONS.c
    wanted = select(STAFF_SESSIONS).where(table.account_id == account_id, table.expires_at > now)
    found = await connection.execute(wanted.order_by(table.last_seen_at.desc()))
    return [Session(row.session_hash[:16], row.created_at, row.last_seen_at, row.expires_at) for row in found]


async def end_sessions(connection: AsyncConnection, account_id: UUID, session_key: str | None = None) -> int:
    """End all sessions of an account, or the one of this key; return how many there were."""
    gone = delete(STAFF_SESSIONS).where(STAFF_SESSIONS.c.account_id == account_id)
    if session_key is not None:
        gone = gone.where(STAFF_SESSIONS.c.session_hash.startswith(session_key, autoescape=True))
    return (await connection.execute(gone)).rowcount


async def keep_an_admin(connection: AsyncConnection, account_id: UUID) -> None:
    """Raise `LastAdmin` when no other account could give rights.

    Two administrators that take each other's rights at once wait for one another: the second is refused.
    """
    admins = select(_TABLE.account_id).where(_TABLE.roles.contains([str(Role.ADMIN)]), _TABLE.disabled_at.is_(None))
    found: Sequence[UUID] = list((await connection.scalars(admins.order_by(_TABLE.account_id).with_for_update())).all())
    if list(found) == [account_id]:
        raise LastAdmin("the last administrator: give somebody else the role admin first")


async def _change(connection: AsyncConnection, account_id: UUID, **values: Any) -> None:
    changed = update(STAFF_ACCOUNTS).where(_TABLE.account_id == account_id).values(**values)
    if (await connection.execute(changed)).rowcount == 0:
        raise InvalidRequest("no such account")
