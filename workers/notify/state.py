"""What the stage reads of customers and writes to the outbox: a fixed number of statements a batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.reply import stored_ways
from schemas.tables.acknowledge import OUTBOX, OUTBOX_NOTICE
from workers.bulk import insert_rows
from workers.notify.judging import NOT_HERE, NOT_KEPT, Customer
from workers.runtime.failures import Contended

_PROMISES = text(
    "SELECT p.*, coalesce(m.sealed, false) AS sealed FROM promises p "
    "LEFT JOIN case_members m ON m.complaint_id = p.subject_id WHERE p.subject_id = ANY(CAST(:ids AS uuid[]))"
)
_KNOWN = text(
    "SELECT asked.id, EXISTS (SELECT 1 FROM clock_decisions c WHERE c.complaint_id = asked.id) AS noted, "
    "EXISTS (SELECT 1 FROM case_members m WHERE m.complaint_id = asked.id) AS linked, now() AS now "
    "FROM unnest(CAST(:ids AS uuid[])) AS asked(id)"
)
_WAKE = text("SELECT pg_notify(:channel, '')")


@dataclass(frozen=True, slots=True)
class Kept:
    """A complaint's promise as the outbox needs it; `row` is None where none is kept."""

    customer: Customer
    row: Any = None


async def kept(connection: AsyncConnection, asked: Mapping[UUID, datetime], patience: timedelta) -> dict[UUID, Kept]:
    """What is kept of complaints. `asked` says when each was first asked for.

    Raises `Contended` while the clock has not come to a complaint: the record is decided later. A complaint that
    nobody knows is waited for as long as `patience`, for the clock may be behind; then it is not here.
    """
    found: dict[UUID, Kept] = {}
    for row in await connection.execute(_PROMISES, {"ids": sorted(asked)}):
        account = row.account if row.reply_channel == row.channel else ""
        ways = stored_ways(row.addresses, row.reply_channel, account)
        customer = Customer(ways, row.is_automatic, row.by_authority or row.sealed)
        found[row.subject_id] = Kept(customer, row)
    if missing := sorted(asked.keys() - found.keys()):
        for row in await connection.execute(_KNOWN, {"ids": missing}):
            if not row.noted and (row.linked or row.now - asked[row.id] < patience):
                raise Contended("the clock has not come to the complaint of a message yet")
            found[row.id] = Kept(Customer(missing=NOT_KEPT if row.noted else NOT_HERE))
    return found


async def write(connection: AsyncConnection, messages: Sequence[Mapping[str, Any]]) -> None:
    """Put messages into the outbox, where the first writer of an id wins, and wake the sender."""
    if messages:
        await insert_rows(connection, OUTBOX, messages)
        await connection.execute(_WAKE, {"channel": OUTBOX_NOTICE})


def earliest(asked: Iterable[tuple[UUID, datetime]]) -> dict[UUID, datetime]:
    """When each complaint was first asked for."""
    first: dict[UUID, datetime] = {}
    for complaint, at in asked:
        first[complaint] = min(first.get(complaint, at), at)
    return first
