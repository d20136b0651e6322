"""Finding deliveries without the records they should have led to, and noting what was done about them.

Works from the auditor's rows, which it only reads, and from the clock's promises: a promise is the cheap proof that a
record was there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.auditor import LEDGER_POSITIONS, LEDGER_TOPICS, Kind
from schemas.topics import DELIVERIES_RAW, RECEIVED, SUSPENDED
from schemas.wire import Naming

_PAGE = 5_000
_LOCK = 0x1A7A4E_0004
"""Key of the advisory lock under which one republisher works while the others stand by."""

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_NOT_PROMISED = text(
    'SELECT r.subject, r.partition, min(r."offset") AS "offset", array_agg(DISTINCT item) AS items '
    "FROM ledger_records r "
    "JOIN unnest(CAST(:partitions AS int[]), CAST(:marks AS bigint[])) AS m(partition, mark) "
    'ON m.partition = r.partition AND r."offset" >= m.mark '
    "CROSS JOIN unnest(r.items) AS item "
    "WHERE r.topic = :raw AND r.at < :before AND r.kind <> :replay AND r.subject IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM promises p WHERE p.subject_id = item) "
    "GROUP BY r.subject, r.partition ORDER BY min(r.at), r.subject, r.partition LIMIT :most OFFSET :skip"
)
_THERE = text(
    "SELECT DISTINCT subject FROM ledger_records WHERE topic = ANY(CAST(:topics AS smallint[])) "
    "AND subject = ANY(CAST(:items AS uuid[]))"
)
_BEGUN_SINCE = text(
    "SELECT subject_id FROM republished WHERE subject_id = ANY(CAST(:items AS uuid[])) AND begun_at >= :cut"
)
_NEXT_MARKS = text(
    'SELECT r.partition, coalesce(min(r."offset") FILTER (WHERE r.at >= :before), max(r."offset") + 1) AS mark '
    "FROM ledger_records r "
    "JOIN unnest(CAST(:partitions AS int[]), CAST(:marks AS bigint[])) AS m(partition, mark) "
    'ON m.partition = r.partition AND r."offset" >= m.mark '
    "WHERE r.topic = :raw GROUP BY r.partition"
)
_BEGIN = text(
    "INSERT INTO republished (subject_id, delivery_id, times, begun_at) "
    "SELECT item, :delivery, 1, clock_timestamp() FROM unnest(CAST(:items AS uuid[])) AS item ORDER BY item "
    "ON CONFLICT (subject_id) DO UPDATE SET times = republished.times + 1, begun_at = excluded.begun_at, "
    "delivery_id = excluded.delivery_id, published_at = NULL, outcome = NULL"
)
_DONE = text(
    "UPDATE republished SET published_at = clock_timestamp(), outcome = done.outcome "
    "FROM unnest(CAST(:items AS uuid[]), CAST(:outcomes AS text[])) AS done(subject_id, outcome) "
    "WHERE republished.subject_id = done.subject_id"
)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A delivery as it lies in the log, and those of its items no record is known of."""

    delivery_id: UUID
    partition: int
    offset: int
    items: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the topics ended at one moment: what the auditor must have passed before anything counts as missing."""

    at: datetime
    ends: Mapping[tuple[str, int], int]


async def present(connection: AsyncConnection) -> datetime:
    """The time by the one clock all republishers share."""
    now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return now


async def alone(connection: AsyncConnection) -> bool:
    """Whether this transaction is the one republisher at work; the database ends that with the connection."""
    return bool((await connection.execute(_TRY_LOCK, {"key": _LOCK})).scalar_one())


async def passed(connection: AsyncConnection, cut: Cut) -> bool:
    """Whether the auditor has written down everything that lay before the cut."""
    query = select(LEDGER_TOPICS.c.name, LEDGER_POSITIONS.c.partition, LEDGER_POSITIONS.c.next_offset)
    rows = await connection.execute(query.join(LEDGER_TOPICS, LEDGER_TOPICS.c.topic == LEDGER_POSITIONS.c.topic))
    reached = {(row.name, row.partition): row.next_offset for row in rows}
    return all(reached.get(where, 0) >= end for where, end in cut.ends.items())


class Search:
    """Goes over the deliveries in the order of the log and remembers up to where all of them are settled."""

    def __init__(self, naming: Naming) -> None:
        self._raw = naming.topic(DELIVERIES_RAW)
        self._read = (naming.topic(RECEIVED), naming.topic(SUSPENDED))
        self._marks: dict[int, int] = {}

    async def orphans(self, connection: AsyncConnection, cut: Cut, after: timedelta) -> list[Orphan]:
        """Return the deliveries older than `after` at a cut that is passed, oldest first, that lack a record.

        Those that were begun after the cut are left out: only a later cut can tell whether they arrived.
        """
        topics = await self._topics(connection)
        if self._raw not in topics:
            return []
        await self._know_partitions(connection, topics[self._raw])
        given = {"raw": topics[self._raw], "before": cut.at - after, **self._arguments()}
        orphans = await self._lacking(connection, topics, given)
        await self._move_marks(connection, given, orphans)
        begun = await _begun_since(connection, cut, [item for one in orphans for item in one.items])
        return [one for one in orphans if not begun.intersection(one.items)]

    async def _topics(self, connection: AsyncConnection) -> dict[str, int]:
        rows = await connection.execute(select(LEDGER_TOPICS.c.name, LEDGER_TOPICS.c.topic))
        return {row.name: row.topic for row in rows}

    async def _know_partitions(self, connection: AsyncConnection, raw: int) -> None:
        rows = await connection.execute(select(LEDGER_POSITIONS.c.partition).where(LEDGER_POSITIONS.c.topic == raw))
        for row in rows:
            self._marks.setdefault(row.partition, 0)

    def _arguments(self) -> dict[str, list[int]]:
        return {"partitions": list(self._marks), "marks": list(self._marks.values())}

    async def _lacking(
        self, connection: AsyncConnection, topics: Mapping[str, int], given: Mapping[str, object]
    ) -> list[Orphan]:
        """Look page by page: when the clock stands still nothing is promised, although all of it may be there."""
        read = [topics[name] for name in self._read if name in topics]
        found: list[Orphan] = []
        skip, full = 0, True
        while full:
            arguments = {**given, "replay": Kind.REPLAY.value, "most": _PAGE, "skip": skip}
            page = list(await connection.execute(_NOT_PROMISED, arguments))
            items = [item for row in page for item in row.items]
            there = set(await connection.scalars(_THERE, {"topics": read, "items": items})) if items else set()
            found += [_orphan(row, there) for row in page if not there.issuperset(row.items)]
            skip, full = skip + len(page), len(page) == _PAGE
        return found

    async def _move_marks(
        self, connection: AsyncConnection, given: Mapping[str, object], orphans: Sequence[Orphan]
    ) -> None:
        """Later looks begin at the first delivery that is too young or still an orphan."""
        marks = {row.partition: row.mark for row in await connection.execute(_NEXT_MARKS, dict(given))}
        for one in orphans:
            marks[one.partition] = min(marks[one.partition], one.offset)
        self._marks |= marks


async def begin(connection: AsyncConnection, orphan: Orphan) -> None:
    """Note what is about to be published, so that it is known even if nobody lives to note the end."""
    await connection.execute(_BEGIN, {"delivery": orphan.delivery_id, "items": list(orphan.items)})


async def done(connection: AsyncConnection, outcomes: Mapping[UUID, str]) -> None:
    """Note what Kafka has acknowledged."""
    await connection.execute(_DONE, {"items": list(outcomes), "outcomes": list(outcomes.values())})


async def _begun_since(connection: AsyncConnection, cut: Cut, items: Collection[UUID]) -> set[UUID]:
    if not items:
        return set()
    return set(await connection.scalars(_BEGUN_SINCE, {"items": list(items), "cut": cut.at}))


def _orphan(row: Row[Any], there: Collection[UUID]) -> Orphan:
    return Orphan(row.subject, row.partition, row.offset, tuple(item for item in row.items if item not in there))
