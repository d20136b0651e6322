"""Statements on decision rows and row locks. One statement a batch each; measured on PostgreSQL 18."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Table, TextClause, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from workers.runtime.stage import Origin


@dataclass(frozen=True, slots=True)
class Row:
    """One decision as it is stored; `decision` is JSON text."""

    complaint_id: UUID
    revision: int
    origin: Origin
    decision: str


async def lock(connection: AsyncConnection, table: Table, keys: Iterable[str]) -> None:
    """Take the row locks of all keys in one sorted statement, held until the transaction ends.

    Taken one by one, sorted or not, two batches deadlock; advisory locks run out of memory at about 20,000.
    """
    wanted = sorted(set(keys))
    if wanted:
        await connection.execute(_lock_statement(table), {"keys": wanted})


def _lock_statement(table: Table) -> TextClause:
    return text(
        f"INSERT INTO {table.name} (key) SELECT k FROM unnest(CAST(:keys AS text[])) AS k "  # noqa: S608 - our own name
        'ORDER BY k COLLATE "C" ON CONFLICT (key) DO UPDATE SET key = excluded.key'
    )


async def read(connection: AsyncConnection, table: Table, complaint_ids: set[UUID]) -> dict[tuple[UUID, int], Row]:
    """Read what was decided about the complaints, in a statement of its own after the locks: it sees their winners."""
    statement = text(
        'SELECT complaint_id, revision, topic, "partition", "offset", CAST(decision AS text) '  # noqa: S608 - our own name
        f"FROM {table.name} WHERE complaint_id = ANY(CAST(:ids AS uuid[]))"
    )
    found = await connection.execute(statement, {"ids": list(complaint_ids)})
    rows = (Row(one[0], one[1], Origin(one[2], one[3], one[4]), one[5]) for one in found)
    return {(row.complaint_id, row.revision): row for row in rows}


async def insert(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> int:
    """Store decisions, all from one partition; return how many were new. Fewer than given: somebody was faster."""
    statement = text(
        f"INSERT INTO {table.name} "  # noqa: S608 - our own name
        '(complaint_id, revision, topic, "partition", "offset", decision, decided_at) '
        "SELECT i, r, :topic, :partition, o, CAST(d AS jsonb), now() "
        "FROM unnest(CAST(:ids AS uuid[]), CAST(:revisions AS int[]), CAST(:offsets AS bigint[]), "
        "CAST(:decisions AS text[])) AS rows(i, r, o, d) ORDER BY i, r ON CONFLICT DO NOTHING"
    )
    written = await connection.execute(
        statement,
        {
            "topic": rows[0].origin.topic,
            "partition": rows[0].origin.partition,
            "ids": [row.complaint_id for row in rows],
            "revisions": [row.revision for row in rows],
            "offsets": [row.origin.offset for row in rows],
            "decisions": [row.decision for row in rows],
        },
    )
    return written.rowcount


async def adopt(connection: AsyncConnection, table: Table, rows: Sequence[tuple[tuple[UUID, int], Origin]]) -> None:
    """Give decisions whose dead letter was replayed the replay's origin, so that a second replay is a redelivery."""
    for (complaint_id, revision), origin in rows:
        await connection.execute(
            update(table)
            .where(table.c.complaint_id == complaint_id, table.c.revision == revision)
            .values(topic=origin.topic, partition=origin.partition, offset=origin.offset)
        )


async def last_offset(connection: AsyncConnection, table: Table, topic: str, partition: int) -> int | None:
    """The highest offset of the partition that was decided, None when there is none."""
    statement = select(table.c.offset).where(table.c.topic == topic, table.c.partition == partition)
    found: int | None = await connection.scalar(statement.order_by(table.c.offset.desc()).limit(1))
    return found
