"""Whom no message of ours goes to, whatever it says: machines, our own addresses, ways a person has closed."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.reply import Way

ClosedWay = tuple[str, str]
"""Channel and pseudonym of the recipient."""

_CLOSED = text(
    "SELECT channel, recipient_key, min(reason) AS reason FROM closed_ways "
    "WHERE recipient_key = ANY(CAST(:recipients AS text[])) AND closed_at > coalesce(reopened_at, '-infinity') "
    "GROUP BY channel, recipient_key"
)


@dataclass(frozen=True, slots=True)
class KeyedWay:
    """A way to a person with the pseudonym of its address."""

    way: Way
    recipient_key: str


def never_answered(address: str, own: frozenset[str], robots: tuple[str, ...]) -> bool:
    """Whether an address is one of our `own` (with or without plus-tag) or belongs to a machine by its name.

    `own` are in small letters; `robots` are what the local parts of machines begin with.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    bare = f"{local.partition('+')[0]}@{domain}"
    return bare in own or address.strip().lower() in own or local.startswith(robots)


async def closed_ways(connection: AsyncConnection, recipients: Iterable[str]) -> dict[ClosedWay, str]:
    """The closed ways to these recipients, and why each is closed."""
    found = await connection.execute(_CLOSED, {"recipients": sorted(set(recipients))})
    return {(row.channel, row.recipient_key): row.reason for row in found}


def all_closed(ways: Iterable[KeyedWay], closed: dict[ClosedWay, str]) -> str:
    """The reason of an outcome where every way is closed, each named by channel and why."""
    named = (f"{one.way.channel} {closed[one.way.channel, one.recipient_key]}" for one in ways)
    return f"every way is closed: {', '.join(dict.fromkeys(named))}"
