"""Accounts of people whom an identity provider knows: found by issuer and subject, made at the first sign-in."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.staff import accounts
from gateway.staff.accounts import account_of
from gateway.staff.oidc import Identity
from gateway.staff.roles import Account
from schemas.tables.staff import STAFF_ACCOUNTS, STAFF_IDENTITIES

_NO_PASSWORD = "!"  # noqa: S105 - no hash begins so: nothing that is typed fits
_NOT_IN_NAMES = re.compile(r"[^a-z0-9._-]+")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_PREFIX_CHARS, _HASH_CHARS = 24, 10


@dataclass(frozen=True, slots=True)
class Known:
    """Whose sign-in it is. `made`: just now. `differs`: the provider gives other roles than the account has."""

    account: Account
    made: bool = False
    differs: bool = False


async def known(connection: AsyncConnection, now: datetime, identity: Identity) -> Known | None:
    """The account of an identity, made with the mapped roles when it comes first.

    None for one that may not come in: disabled, or without any role at the provider. Later sign-ins never change
    roles: what the provider gives or takes since then, an administrator sees on record and decides.
    """
    await connection.execute(_LOCK, {"key": f"{identity.issuer}\x1f{identity.subject}"})
    found = await connection.execute(
        select(STAFF_ACCOUNTS)
        .join(STAFF_IDENTITIES, STAFF_IDENTITIES.c.account_id == STAFF_ACCOUNTS.c.account_id)
        .where(STAFF_IDENTITIES.c.issuer == identity.issuer, STAFF_IDENTITIES.c.subject == identity.subject)
    )
    row = found.first()
    if not identity.roles or (row is not None and row.disabled_at is not None):
        return None
    if row is None:
        return Known(await _made(connection, now, identity), made=True)
    account = account_of(row)
    return Known(account, differs=set(account.roles) != set(identity.roles))


async def _made(connection: AsyncConnection, now: datetime, identity: Identity) -> Account:
    """A new account; its name never meets one that somebody else has, so that nobody inherits rights by a name."""
    account = await accounts.add(
        connection, now, _name(identity), _NO_PASSWORD, identity.roles, display_name=identity.display_name[:80]
    )
    await _link(connection, now, identity, account.account_id)
    return account


async def _link(connection: AsyncConnection, now: datetime, identity: Identity, account_id: UUID) -> None:
    await connection.execute(
        insert(STAFF_IDENTITIES).values(
            issuer=identity.issuer, subject=identity.subject, account_id=account_id, made_at=now
        )
    )


def _name(identity: Identity) -> str:
    """The provider's name as far as it can be typed, with a mark of issuer and subject that makes it this person's."""
    local = unicodedata.normalize("NFKD", identity.name.partition("@")[0]).lower()
    readable = _NOT_IN_NAMES.sub("-", local).strip("-._")[:_PREFIX_CHARS] or "staff"
    mark = hashlib.sha256(f"{identity.issuer}\x1f{identity.subject}".encode()).hexdigest()[:_HASH_CHARS]
    return f"{readable}-{mark}"
