"""The ledger's tables as the auditor writes them: rows and position in one transaction, over one connection of its own.

Commits are not flushed one by one: what a crash of PostgreSQL takes back is position and rows together, and Kafka
still has the records.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg
from aiokafka import TopicPartition
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from sqlalchemy.ext.asyncio import AsyncEngine

from infra import failpoints
from workers.auditor.entries import Letter

Connection = AsyncConnection[TupleRow]

_CONNECT_TIMEOUT_S = 5
_SESSION = "-c timezone=UTC -c synchronous_commit=off -c lock_timeout=30s -c idle_session_timeout=60s"
"""An auditor that was frozen loses its connection and with it the right to write; a live one asks more often."""

_ONLY_ONE = 0x1A7A4E_0002
"""Key of the advisory lock that makes one auditor work while others stand by."""

_NAMES = "INSERT INTO ledger_topics (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"
_POSITIONS = (
    'SELECT t.name, p."partition", p.next_offset FROM ledger_positions p JOIN ledger_topics t USING (topic) '
    "WHERE t.name = ANY(%s)"
)
_BEGIN = (
    'INSERT INTO ledger_positions (topic, "partition", next_offset) VALUES (%s, %s, %s) '
    'ON CONFLICT (topic, "partition") DO UPDATE SET next_offset = excluded.next_offset, moved_at = now()'
)
_GAP = 'INSERT INTO ledger_gaps (topic, "partition", first, last) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING'
_HOLD = (
    'SELECT p.next_offset FROM unnest(%s::smallint[], %s::int[]) WITH ORDINALITY AS g(topic, "partition", n) '
    'JOIN ledger_positions p USING (topic, "partition") ORDER BY n FOR UPDATE OF p'
)
_COPY = 'COPY ledger_records (topic, "partition", "offset", subject, revision, kind, at, items) FROM STDIN'
_LETTERS = (
    'INSERT INTO ledger_letters (dead_letter_id, kind, stage, topic, "partition", "offset", complaint_id, at) '
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_MOVE = (
    "UPDATE ledger_positions p SET next_offset = g.next_offset, moved_at = now() "
    'FROM unnest(%s::smallint[], %s::int[], %s::bigint[]) AS g(topic, "partition", next_offset) '
    'WHERE p.topic = g.topic AND p."partition" = g."partition"'
)


class Overtaken(Exception):
    """Another auditor has moved a position meanwhile: nothing was written, look again where it stands."""


@dataclass(slots=True)
class Batch:
    """What is written in one transaction: COPY lines, letters with their time, partition → (from, to)."""

    lines: list[str] = field(default_factory=list)
    letters: list[tuple[Letter, str]] = field(default_factory=list)
    moves: dict[TopicPartition, tuple[int, int]] = field(default_factory=dict)


async def connect(engine: AsyncEngine) -> Connection:
    """Open the auditor's connection to the engine's database. Raises psycopg's errors."""
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await psycopg.AsyncConnection.connect(
        address,
        autocommit=True,
        connect_timeout=_CONNECT_TIMEOUT_S,
        application_name="complaint-intake auditor",
        options=_SESSION,
        tcp_user_timeout=20_000,
    )


async def chosen(connection: Connection) -> bool:
    """Try to be the one auditor that writes, for as long as the connection lives."""
    found = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", [_ONLY_ONE])).fetchone()
    return bool(found and found[0])


async def still_there(connection: Connection) -> None:
    """Ask the database for nothing, so that it does not take the connection for a dead one. Raises when it is gone."""
    await connection.execute("SELECT 1")


async def topic_ids(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """The numbers of topics in the ledger; those of new ones are given now."""
    found = await _ids(connection, names)
    missing = sorted(set(names) - set(found))
    if missing:
        await connection.execute(_NAMES, [missing])
        found = await _ids(connection, names)
    return found


async def _ids(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    rows = await connection.execute("SELECT name, topic FROM ledger_topics WHERE name = ANY(%s)", [list(names)])
    return {name: topic for name, topic in await rows.fetchall()}


async def positions(connection: Connection, names: Iterable[str]) -> dict[TopicPartition, int]:
    """Where the ledger stands in each partition of these topics; partitions never seen are missing."""
    rows = await connection.execute(_POSITIONS, [list(names)])
    return {TopicPartition(name, partition): offset for name, partition, offset in await rows.fetchall()}


async def begin(
    connection: Connection, ids: Mapping[str, int], starts: Mapping[TopicPartition, tuple[int | None, int]]
) -> None:
    """Move positions to where their logs begin now: partition → (before, begin). What lies between is a gap."""
    async with connection.transaction():
        for part, (before, first) in sorted(starts.items()):
            await connection.execute(_BEGIN, [ids[part.topic], part.partition, first])
            if first > (before or 0):
                await connection.execute(_GAP, [ids[part.topic], part.partition, before or 0, first - 1])


async def write(connection: Connection, ids: Mapping[str, int], batch: Batch) -> None:
    """Write a batch and move its positions, or nothing. Raises `Overtaken` when they are not where it began."""
    parts = sorted(batch.moves)
    places = [[ids[part.topic] for part in parts], [part.partition for part in parts]]
    async with connection.transaction():
        held = await (await connection.execute(_HOLD, places)).fetchall()
        if [offset for (offset,) in held] != [batch.moves[part][0] for part in parts]:
            raise Overtaken
        if batch.lines:
            async with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                await copy.write("".join(batch.lines))
        if batch.letters:
            async with connection.cursor() as cursor:
                await cursor.executemany(_LETTERS, [[*letter, at] for letter, at in batch.letters])
        await connection.execute(_MOVE, [*places, [batch.moves[part][1] for part in parts]])
        failpoints.reached("auditor.inserted")
