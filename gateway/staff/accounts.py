"""Accounts of members of staff in the database: made at the command line, tried at the sign-in page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.staff.passwords import pause_after
from gateway.staff.roles import Account, Role
from schemas.errors import InvalidRequest
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import STAFF_ACCOUNTS, STAFF_SESSIONS

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One account as an administrator sees it."""

    account: Account
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None


def canonical_name(typed: str) -> str:
    """The name as it is kept. Raises `InvalidRequest`."""
    name = typed.strip().lower()
    if not _NAME.fullmatch(name):
        raise InvalidRequest("name: 2 to 40 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit")
    return name


async def add(
    connection: AsyncConnection,
    now: datetime,
    name: str,
    password_hash: str,
    roles: Sequence[Role],
    *,
    display_name: str = "",
    stores: Sequence[str] = (),
    regions: Sequence[str] = (),
) -> Account:
    """Make an account. Raises `InvalidRequest` when the name is taken or no name, or without a role."""
    canonical = canonical_name(name)
    if not roles:
        raise InvalidRequest(f"role: choose one or more of {', '.join(Role)}")
    taken = await connection.scalar(select(STAFF_ACCOUNTS.c.account_id).where(STAFF_ACCOUNTS.c.name == canonical))
    if taken is not None:
        raise InvalidRequest(f"there is an account {canonical}; see `intake staff list`")
    made = Account(uuid4(), canonical, display_name.strip() or canonical, tuple(roles), tuple(stores), tuple(regions))
    await connection.execute(
        insert(STAFF_ACCOUNTS).values(
            account_id=made.account_id,
            name=made.name,
            display_name=made.display_name,
            password_hash=password_hash,
            roles=[str(role) for role in made.roles],
            stores=list(made.stores),
            regions=list(made.regions),
            created_at=now,
            failed_tries=0,
        )
    )
    return made


async def listed(connection: AsyncConnection) -> list[Listed]:
    """Every account, by name."""
    found = await connection.execute(select(STAFF_ACCOUNTS).order_by(STAFF_ACCOUNTS.c.name))
    return [Listed(account_of(row), row.created_at, row.disabled_at, row.locked_until) for row in found]


async def named(connection: AsyncConnection, name: str) -> UUID:
    """The id of an account. Raises `InvalidRequest` for an unknown name."""
    wanted = select(STAFF_ACCOUNTS.c.account_id).where(STAFF_ACCOUNTS.c.name == name.strip().lower())
    account_id: UUID | None = await connection.scalar(wanted)
    if account_id is None:
        raise InvalidRequest(f"no account {name}; see `intake staff list`")
    return account_id


async def disable(connection: AsyncConnection, now: datetime, name: str) -> UUID:
    """Let an account sign in no more and end its sessions. Raises `InvalidRequest` for an unknown name."""
    return await _changed(connection, name, disabled_at=func.coalesce(STAFF_ACCOUNTS.c.disabled_at, now))


async def set_password(connection: AsyncConnection, name: str, password_hash: str) -> UUID:
    """Give a new password, lift any lock and end the sessions. Raises `InvalidRequest` for an unknown name."""
    return await _changed(connection, name, password_hash=password_hash, failed_tries=0, locked_until=None)


async def claim_try(
    connection: AsyncConnection, now: datetime, name: str, settings: StaffSettings
) -> tuple[Account, str] | None:
    """Count a try before the password is looked at, so that many at once gain nothing.

    Returns the account and its hash; None for an unknown, disabled or locked one.
    """
    table = STAFF_ACCOUNTS
    found = await connection.execute(select(table).where(table.c.name == name.strip().lower()).with_for_update())
    row = found.first()
    if row is None or row.disabled_at is not None or (row.locked_until is not None and row.locked_until > now):
        return None
    tries = row.failed_tries + 1
    pause = pause_after(tries, settings)
    changed = update(table).where(table.c.account_id == row.account_id)
    await connection.execute(changed.values(failed_tries=tries, locked_until=now + pause if pause else None))
    return account_of(row), row.password_hash


async def forget_tries(connection: AsyncConnection, account_id: UUID) -> None:
    """After the right password."""
    changed = update(STAFF_ACCOUNTS).where(STAFF_ACCOUNTS.c.account_id == account_id)
    await connection.execute(changed.values(failed_tries=0, locked_until=None))


def account_of(row: Row[Any]) -> Account:
    """The account of a row; a role of a newer release is left out."""
    known = {str(role) for role in Role}
    roles = tuple(Role(one) for one in row.roles if one in known)
    return Account(row.account_id, row.name, row.display_name, roles, tuple(row.stores), tuple(row.regions))


async def _changed(connection: AsyncConnection, name: str, **values: Any) -> UUID:
    changed = update(STAFF_ACCOUNTS).where(STAFF_ACCOUNTS.c.name == name.strip().lower()).values(**values)
    account_id: UUID | None = await connection.scalar(changed.returning(STAFF_ACCOUNTS.c.account_id))
    if account_id is None:
        raise InvalidRequest(f"no account {name}; see `intake staff list`")
    await connection.execute(delete(STAFF_SESSIONS).where(STAFF_SESSIONS.c.account_id == account_id))
    return account_id
