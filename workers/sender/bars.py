"""Looks, in the transaction that claims messages, whether each may go on its way: closed ways, windows of the case."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.reply import ACKNOWLEDGEMENT
from workers.sender.claims import Bar, Claim

_CLOSED = text(
    "SELECT channel, recipient_key, min(reason) AS reason FROM closed_ways WHERE (recipient_key, channel) IN "
    "(SELECT * FROM unnest(CAST(:recipients AS text[]), CAST(:channels AS text[]))) "
    "AND closed_at > coalesce(reopened_at, '-infinity') GROUP BY channel, recipient_key"
)
# The desk writes a message under the lock of its windows: who waits for it sees that message in the next statement.
_WAIT_FOR_DESK = text(
    'SELECT key FROM acknowledge_locks WHERE key = ANY(CAST(:keys AS text[])) ORDER BY key COLLATE "C" FOR UPDATE'
)
# Of several that fall back to one channel the earliest goes, whoever looks first.
_COVERED = text(
    "SELECT f.outbox_id FROM unnest(CAST(:ids AS uuid[]), CAST(:channels AS text[]), CAST(:recipients AS text[])) "
    "AS f(outbox_id, channel, recipient_key) "
    "JOIN outbox mine ON mine.outbox_id = f.outbox_id WHERE EXISTS ("
    "SELECT 1 FROM outbox o LEFT JOIN outbox_attempts a ON a.outbox_id = o.outbox_id "
    "WHERE o.case_id = mine.case_id AND o.kind = mine.kind AND o.outbox_id <> mine.outbox_id "
    "AND coalesce(a.channel, o.reply_channel) = f.channel "
    "AND coalesce(o.addresses -> coalesce(a.address_index, 0) ->> 'recipient_key', o.recipient_key) = f.recipient_key "
    "AND coalesce(a.state, 'ready') NOT IN ('refused', 'covered', 'given-up') "
    "AND coalesce(a.changed_at, o.created_at) > :since "
    "AND (a.state IN ('sending', 'sent', 'unknown') OR coalesce(a.address_index, 0) = 0 "
    "OR (o.created_at, o.outbox_id) < (mine.created_at, mine.outbox_id)))"
)


async def barred(connection: AsyncConnection, held: Sequence[Claim], now: datetime, window: timedelta) -> list[Claim]:
    """The same claims, each with what bars its way. `window`: one acknowledgement a case, channel and person."""
    closed = await _closed(connection, held)
    fallen = [one for one in held if one.address_index > 0 and one.row.kind == ACKNOWLEDGEMENT]
    covered = await _covered(connection, fallen, now - window)
    return [
        replace(one, barred=Bar(closed.get((one.way.channel, one.way.recipient_key or "")), one.outbox_id in covered))
        for one in held
    ]


async def _closed(connection: AsyncConnection, held: Sequence[Claim]) -> dict[tuple[str, str], str]:
    ways = [one.way for one in held if one.way.recipient_key]
    if not ways:
        return {}
    arguments = {"recipients": [way.recipient_key for way in ways], "channels": [way.channel for way in ways]}
    found = await connection.execute(_CLOSED, arguments)
    return {(row.channel, row.recipient_key): row.reason for row in found}


async def _covered(connection: AsyncConnection, fallen: Sequence[Claim], since: datetime) -> set[UUID]:
    """Those whose case is answered on the way they fall back to; the first way was judged when it was written."""
    fallen = [one for one in fallen if one.way.channel != one.row.reply_channel]
    if not fallen:
        return set()
    keys = [f"{one.row.case_id}/{one.way.channel}" for one in fallen]
    await connection.execute(_WAIT_FOR_DESK, {"keys": keys})
    arguments = {
        "ids": [one.outbox_id for one in fallen],
        "channels": [one.way.channel for one in fallen],
        "recipients": [one.way.recipient_key or "" for one in fallen],
        "since": since,
    }
    return {row.outbox_id for row in await connection.execute(_COVERED, arguments)}
