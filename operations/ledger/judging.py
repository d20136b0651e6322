"""The judgement at a cut, in one read transaction: every check, then the state of every item."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infra.objects import RemoteStore
from operations.ledger import checks, objects, places, states
from operations.ledger.cut import Cut
from operations.ledger.model import Finding, Gap, State
from operations.ledger.tables import prepare
from schemas.topics import Topic
from schemas.wire import Naming

NOBODY = UUID(int=0)
"""The subject of a finding about a record that names nobody."""

_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_SINCE = text('SELECT greatest((SELECT max("before") FROM ledger_horizon), (SELECT max(noted_at) FROM ledger_gaps))')
_GAPS = text(
    'SELECT t.name, g."partition", g.first, g.last, g.noted_at FROM ledger_gaps g JOIN ledger_topics t USING (topic) '
    'ORDER BY t.name, g."partition", g.first'
)
_ORDER = {place.name: number for number, place in enumerate(places.PLACES)}
_BY_NAME = {place.name: place for place in places.PLACES}


@dataclass(frozen=True, slots=True)
class Share:
    """How many items are in one state, or wait for one part, and when the oldest of them arrived."""

    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A finding with the number people know the complaint by, None when nobody wrote it down."""

    finding: Finding
    tracking_number: str | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the ledger says. `missing` and `twice` are the first of so many; the counts are of all."""

    states: Mapping[State, Share]
    in_flight: Mapping[str, Share]
    missing_count: int
    twice_count: int
    missing: tuple[Named, ...]
    twice: tuple[Named, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is judged: the ledger and the state of one installation. `stages` in the order a complaint meets them."""

    engine: AsyncEngine
    store: RemoteStore
    naming: Naming
    topics: Sequence[Topic]
    stages: Mapping[str, Sequence[Topic]]

    async def judge(self, cut: Cut, settle_for: timedelta, stopped: Sequence[str], at_most: int) -> Judgement:
        """Judge everything at the cut; name `at_most` findings of each kind.

        A raw delivery may be without its complaint for `settle_for`; what a stage of `stopped` has before it waits
        for a person. Raises `Unreachable` when the object store is away, and what PostgreSQL raises.
        """
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin() as transaction:
                named = await self._prepared(connection, cut, settle_for)
                await self._check(connection, named)
                judgement = await self._told(connection, named, stopped, at_most)
                await transaction.rollback()
        return judgement

    async def _prepared(self, connection: AsyncConnection, cut: Cut, settle_for: timedelta) -> dict[str, Any]:
        numbers = await prepare(connection, cut, self.naming, self.topics)
        since = (await connection.execute(_SINCE)).scalar_one() or _BEGINNING
        named: dict[str, Any] = {place.replace("-", "_"): topics for place, topics in numbers.items()}
        return named | {
            "settled": cut.at - settle_for,
            "cut_at": cut.at,
            "since": since,
            "nobody": NOBODY,
        }

    async def _check(self, connection: AsyncConnection, named: dict[str, Any]) -> None:
        await objects.note_listed(connection, self.store, named["raw"])
        for statement in (*(check.statement for check in checks.MISSING), *checks.TWICE, checks.UNREADABLE):
            await _run(connection, text(statement), named)
        await objects.note_missing_attachments(connection, self.store, named)

    async def _told(
        self, connection: AsyncConnection, named: dict[str, Any], stopped: Sequence[str], at_most: int
    ) -> Judgement:
        await self._judge_items(connection, named | {"stopped": list(stopped)})
        return Judgement(
            states={State(row.state): Share(row[1], row.oldest) for row in await connection.execute(states.COUNTS)},
            in_flight={row.waits_for: Share(row[1], row.oldest) for row in await connection.execute(states.WAITING)},
            missing_count=await _count(connection, "found_missing"),
            twice_count=await _count(connection, "found_twice"),
            missing=await _named(connection, "found_missing", at_most),
            twice=await _named(connection, "found_twice", at_most),
            gaps=tuple(Gap(*row) for row in await connection.execute(_GAPS)),
        )

    async def _judge_items(self, connection: AsyncConnection, named: dict[str, Any]) -> None:
        await connection.exec_driver_sql(states.PREPARATION)
        reads = [
            (stage, self.naming.topic(topic), rank)
            for rank, (stage, topics) in enumerate(self.stages.items())
            for topic in topics
        ]
        columns = [list(column) for column in zip(*reads, strict=True)]
        await connection.execute(states.READS, dict(zip(("stages", "names", "ranks"), columns, strict=True)))
        for statement in (states.BEHIND, states.ITEMS, states.LETTERS, states.JUDGED):
            await _run(connection, statement, named)


async def _run(connection: AsyncConnection, statement: TextClause, named: Mapping[str, Any]) -> None:
    await connection.execute(statement, {key: named[key] for key in statement.compile().params})


async def _count(connection: AsyncConnection, table: str) -> int:
    return int(
        (
            await connection.exec_driver_sql(
                f"SELECT count(*) FROM (SELECT DISTINCT place, subject, revision FROM {table}) f"
            )
        ).scalar_one()
    )


async def _named(connection: AsyncConnection, table: str, at_most: int) -> tuple[Named, ...]:
    """The first findings in the order a complaint meets the places, each with its number."""
    statement = text(
        "SELECT f.place, f.subject, f.revision, f.detail, coalesce(p.tracking_number, m.tracking_number) AS number "
        f"FROM (SELECT place, subject, revision, min(detail) AS detail FROM {table} GROUP BY place, subject, revision "
        "ORDER BY array_position(CAST(:order AS text[]), place), subject, revision LIMIT :at_most) f "
        "LEFT JOIN promises p ON p.subject_id = f.subject LEFT JOIN case_members m ON m.complaint_id = f.subject "
        "ORDER BY array_position(CAST(:order AS text[]), f.place), f.subject, f.revision"
    )
    rows = await connection.execute(statement, {"order": list(_ORDER), "at_most": at_most})
    return tuple(Named(Finding(_BY_NAME[row.place], row.subject, row.revision, row.detail), row.number) for row in rows)
