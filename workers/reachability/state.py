"""What the stage writes, and the messages it looks up: a fixed number of statements a batch."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.signals import Signal, SignalKind
from schemas.tables.reachability import CLOSED_WAYS, DELIVERY_REPORTS, UNDELIVERED_MESSAGES, VISITED_PLACES
from workers.bulk import insert_rows
from workers.reachability.meanings import Change, Key

_LATER = (
    "(recipient_key, channel, reason) DO UPDATE SET "
    "closed_at = greatest(closed_ways.closed_at, excluded.closed_at), "
    "reopened_at = greatest(closed_ways.reopened_at, excluded.reopened_at)"
)
_NEWER = (
    "(channel, account, recipient_key) DO UPDATE SET place = excluded.place, at = excluded.at "
    "WHERE visited_places.at < excluded.at"
)
# A report counts for the way that was sent on last: it names that recipient, or came after that try. Clocks of the
# sender and the database may be some seconds apart.
_LOST = text(
    "WITH asked AS (SELECT unnest(CAST(:ids AS uuid[])) AS outbox_id "
    "UNION SELECT a.outbox_id FROM outbox_attempts a WHERE a.vendor_id = ANY(CAST(:vendor_ids AS text[]))) "
    "SELECT o.*, a.vendor_id, a.address_index, way.channel AS sent_on, way.key AS sent_to "
    "FROM asked JOIN outbox o USING (outbox_id) JOIN outbox_attempts a USING (outbox_id) "
    "CROSS JOIN LATERAL (SELECT coalesce(a.channel, o.reply_channel) AS channel, "
    "o.addresses -> a.address_index ->> 'recipient_key' AS key) way "
    "CROSS JOIN LATERAL (SELECT r.is_delivered FROM delivery_reports r WHERE r.channel = way.channel "
    "AND (r.outbox_id = o.outbox_id OR r.vendor_id = a.vendor_id) "
    "AND (r.recipient_key = way.key OR r.noted_at >= coalesce(a.tried_at, '-infinity') - interval '5 seconds') "
    "ORDER BY r.at DESC, r.is_delivered LIMIT 1) latest "
    "WHERE a.state = 'sent' AND NOT latest.is_delivered "
    "AND NOT EXISTS (SELECT 1 FROM undelivered_messages u WHERE u.outbox_id = o.outbox_id)"
)


async def write_ways(connection: AsyncConnection, changes: Mapping[Key, Change]) -> None:
    """Close and reopen ways; an older event never undoes a newer one."""
    rows = [
        {
            "recipient_key": key[0],
            "channel": key[1],
            "reason": key[2],
            "closed_at": changes[key].closed_at,
            "reopened_at": changes[key].reopened_at,
        }
        for key in sorted(changes)
    ]
    await insert_rows(connection, CLOSED_WAYS, rows, on_conflict=_LATER)


async def write_places(connection: AsyncConnection, places: Mapping[tuple[str, str, str], dict[str, Any]]) -> None:
    """Keep where people were last."""
    await insert_rows(connection, VISITED_PLACES, [places[key] for key in sorted(places)], on_conflict=_NEWER)


async def write_reports(connection: AsyncConnection, reports: Sequence[Signal]) -> None:
    """Keep what vendors report of messages."""
    rows = [
        {
            "report_id": one.signal_id,
            "channel": one.channel,
            "outbox_id": one.outbox_id,
            "vendor_id": one.vendor_id,
            "recipient_key": one.recipient_key,
            "is_delivered": one.kind == SignalKind.DELIVERED,
            "code": one.detail,
            "at": one.at,
        }
        for one in sorted(reports, key=lambda one: one.signal_id)
    ]
    await insert_rows(connection, DELIVERY_REPORTS, rows)


async def undelivered(connection: AsyncConnection, ids: Iterable[UUID], vendor_ids: Iterable[str]) -> list[Any]:
    """The messages among these that were sent, then reported as not delivered, and not told of yet."""
    arguments = {"ids": sorted(set(ids)), "vendor_ids": sorted(set(vendor_ids))}
    if not arguments["ids"] and not arguments["vendor_ids"]:
        return []
    return list(await connection.execute(_LOST, arguments))


async def note_told(connection: AsyncConnection, told: Mapping[UUID, datetime]) -> None:
    """Note that these messages have been told of."""
    rows = [{"outbox_id": one, "noted_at": told[one]} for one in sorted(told)]
    await insert_rows(connection, UNDELIVERED_MESSAGES, rows)
