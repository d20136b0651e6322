"""What the desk reads and writes: guard rows, windows, the outbox; a fixed number of statements a batch."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.acknowledge import ACKNOWLEDGEMENT_WINDOWS, ACKNOWLEDGEMENTS, OUTBOX, OUTBOX_NOTICE
from workers.acknowledge.guards import History, Message
from workers.bulk import insert_rows
from workers.recipients import closed_ways

Window = tuple[UUID, str, str]
"""Case, channel, pseudonym of the recipient."""

_REACHED_NOBODY = frozenset({"refused", "covered", "given-up"})
_ALREADY = text("SELECT complaint_id FROM acknowledgements WHERE complaint_id = ANY(CAST(:ids AS uuid[]))")
# A message that was definitely refused, or that no channel took in time, reached nobody: it closes no window. One that
# fell back uses the window of the channel it was really sent on, too.
_WINDOWS = text(
    "WITH asked AS (SELECT * FROM unnest(CAST(:cases AS uuid[]), CAST(:channels AS text[]), "
    "CAST(:recipients AS text[])) AS one(case_id, channel, recipient_key)) "
    "SELECT w.case_id, w.channel, w.recipient_key, w.last_at, a.state FROM asked JOIN acknowledgement_windows w "
    "USING (case_id, channel, recipient_key) LEFT JOIN outbox_attempts a USING (outbox_id) WHERE w.last_at IS NOT NULL "
    "UNION ALL SELECT o.case_id, a.channel, asked.recipient_key, a.changed_at, a.state "
    "FROM asked JOIN outbox o USING (case_id) "
    "JOIN outbox_attempts a ON a.outbox_id = o.outbox_id AND a.channel = asked.channel "
    "WHERE o.kind = 'acknowledgement' AND o.addresses -> a.address_index ->> 'recipient_key' = asked.recipient_key"
)
_RECENT = text(
    "SELECT recipient_key, created_at, case_id, subject_key FROM outbox "
    "WHERE kind = 'acknowledgement' AND recipient_key = ANY(CAST(:recipients AS text[])) "
    "AND created_at BETWEEN :since AND :until"
)
_USED = "(case_id, channel, recipient_key) DO UPDATE SET last_at = excluded.last_at, outbox_id = excluded.outbox_id"
_WAKE = text("SELECT pg_notify(:channel, '')")


async def already_settled(connection: AsyncConnection, complaints: Iterable[UUID]) -> set[UUID]:
    """Which of these complaints have their guard row."""
    found = await connection.execute(_ALREADY, {"ids": list(complaints)})
    return {row.complaint_id for row in found}


async def windows_used(connection: AsyncConnection, windows: Iterable[Window]) -> dict[Window, datetime]:
    """When each of these windows was used last, if at all. Call under the locks of their keys (`Desk.keys`)."""
    wanted = set(windows)
    cases, channels, recipients = zip(*wanted, strict=True) if wanted else ((), (), ())
    arguments = {"cases": list(cases), "channels": list(channels), "recipients": list(recipients)}
    used: dict[Window, datetime] = {}
    for row in await connection.execute(_WINDOWS, arguments):
        if row.state not in _REACHED_NOBODY:
            window = row.case_id, row.channel, row.recipient_key
            used[window] = max(used.get(window, row.last_at), row.last_at)
    return used


async def recent_messages(
    connection: AsyncConnection, recipients: Iterable[str], times: Sequence[datetime], back: timedelta
) -> dict[str, list[Message]]:
    """The messages to these recipients within `back` of any of the times."""
    recent: dict[str, list[Message]] = {}
    arguments = {"recipients": list(set(recipients)), "since": min(times) - back, "until": max(times) + back}
    for row in await connection.execute(_RECENT, arguments):
        recent.setdefault(row.recipient_key, []).append(Message(row.created_at, row.case_id, row.subject_key))
    return recent


async def read_history(
    connection: AsyncConnection,
    windows: Iterable[Window],
    recipients: Iterable[str],
    times: Sequence[datetime],
    back: timedelta,
) -> History:
    """Everything the guards look at."""
    whom = set(recipients)
    return History(
        await windows_used(connection, windows),
        await recent_messages(connection, whom, times, back),
        await closed_ways(connection, whom),
    )


async def write(
    connection: AsyncConnection, guards: Sequence[Mapping[str, Any]], messages: Sequence[Mapping[str, Any]]
) -> set[UUID]:
    """Write guard rows, and the messages of those that won; return the complaints whose guard row is ours."""
    won = set(await insert_rows(connection, ACKNOWLEDGEMENTS, guards, returning="complaint_id"))
    sendable = [message for message in messages if message["complaint_id"] in won]
    if sendable:
        await insert_rows(connection, OUTBOX, sendable)
        newest = {(one["case_id"], one["reply_channel"], one["recipient_key"]): one for one in sendable}
        await insert_rows(connection, ACKNOWLEDGEMENT_WINDOWS, list(map(_window, newest.values())), on_conflict=_USED)
        await connection.execute(_WAKE, {"channel": OUTBOX_NOTICE})
    return won


def _window(message: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "case_id": message["case_id"],
        "channel": message["reply_channel"],
        "last_at": message["created_at"],
        "outbox_id": message["outbox_id"],
        "recipient_key": message["recipient_key"],
    }
