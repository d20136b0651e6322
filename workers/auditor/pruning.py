"""Forgetting what has ended: whole complaints with all their records, never a part of one.

A complaint has ended when it lies in a department's topic and in the acknowledged topic, a suspended item when its end
is noted. Deliveries tie together what was read from them: all of it goes or nothing.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.settings import KafkaSettings
from schemas.tables.auditor import Kind
from schemas.topics import ACKNOWLEDGED, ADDITIONS, COMMANDS, DEAD_LETTER, DELIVERIES_RAW, SIGNALS, STATUS

_KEY = 0x1A7A4E_0003
"""Key of the advisory lock that lets one process prune."""

_LOOSE_TOPICS = (DEAD_LETTER, COMMANDS, STATUS, ADDITIONS, SIGNALS)
"""Their records are forgotten by age alone: they are about something else, or about nobody that ends."""

_ALONE = text("SELECT pg_try_advisory_xact_lock(:key)")
_ENDED = text(
    "CREATE TEMP TABLE ledger_ended ON COMMIT DROP AS SELECT r.subject FROM ledger_records r "
    "JOIN ledger_topics t USING (topic) WHERE r.subject IS NOT NULL AND NOT t.name = ANY(CAST(:apart AS text[])) "
    "GROUP BY r.subject HAVING max(r.at) < :before AND (bool_or(r.kind = ANY(CAST(:ends AS int[]))) "
    "OR bool_or(t.name = :acknowledged) AND bool_or(t.name LIKE :departments))"
)
_NOT_PROMISED_LATER = text(
    "DELETE FROM ledger_ended e USING promises p WHERE p.subject_id = e.subject AND p.noted_at >= :before"
)
_INDEX = text("CREATE UNIQUE INDEX ON ledger_ended (subject)")
# A delivery stays while it is young or anything read from it stays, and keeps everything read from it.
_TIED = text(
    "WITH staying AS (SELECT r.items FROM ledger_records r JOIN ledger_topics t USING (topic) WHERE t.name = :raw "
    "AND (r.at >= :before OR EXISTS (SELECT 1 FROM unnest(r.items) AS i(item) "
    "WHERE NOT EXISTS (SELECT 1 FROM ledger_ended e WHERE e.subject = i.item)))) "
    "DELETE FROM ledger_ended e USING (SELECT DISTINCT unnest(items) AS item FROM staying) s WHERE e.subject = s.item"
)
_DELIVERIES = text(
    "DELETE FROM ledger_records r USING ledger_topics t WHERE t.topic = r.topic AND t.name = :raw AND r.at < :before "
    "AND NOT EXISTS (SELECT 1 FROM unnest(r.items) AS i(item) "
    "WHERE NOT EXISTS (SELECT 1 FROM ledger_ended e WHERE e.subject = i.item))"
)
_RECORDS = text("DELETE FROM ledger_records r USING ledger_ended e WHERE r.subject = e.subject")
_LOOSE = text(
    "DELETE FROM ledger_records r USING ledger_topics t WHERE t.topic = r.topic AND r.at < :before "
    "AND (t.name = ANY(CAST(:loose AS text[])) OR r.subject IS NULL)"
)
_LETTERS = text(
    "DELETE FROM ledger_letters l WHERE EXISTS (SELECT 1 FROM ledger_letters k WHERE k.dead_letter_id = "
    "l.dead_letter_id AND k.kind = ANY(CAST(:ends AS int[])) AND k.at < :before)"
)
_HORIZON = text('INSERT INTO ledger_horizon ("before") VALUES (:before) ON CONFLICT DO NOTHING')
_OLD_HORIZONS = text('DELETE FROM ledger_horizon WHERE "before" < :before')


async def prune(engine: AsyncEngine, kafka: KafkaSettings, before: datetime) -> int:
    """Remove the rows of everything that ended before then; return how many. May be repeated and run anywhere."""
    named = _arguments(kafka, before)
    async with engine.begin() as connection:
        if not await connection.scalar(_ALONE, {"key": _KEY}):
            return 0
        await _run(connection, _ENDED, named)
        await _run(connection, _NOT_PROMISED_LATER, named)
        await _run(connection, _INDEX, named)
        while await _run(connection, _TIED, named):
            pass
        removed = 0
        for statement in (_DELIVERIES, _RECORDS, _LOOSE, _LETTERS):
            removed += await _run(connection, statement, named)
        if removed:
            await _run(connection, _HORIZON, named)
            await _run(connection, _OLD_HORIZONS, named)
    return removed


def _arguments(kafka: KafkaSettings, before: datetime) -> dict[str, Any]:
    name = kafka.naming.topic
    return {
        "before": before,
        "ends": [int(Kind.REPLAYED), int(Kind.DISCARDED)],
        "acknowledged": name(ACKNOWLEDGED),
        "departments": f"{kafka.prefix}.departments.%" if kafka.prefix else "departments.%",
        "raw": name(DELIVERIES_RAW),
        "apart": [name(topic) for topic in (DELIVERIES_RAW, *_LOOSE_TOPICS)],
        "loose": [name(topic) for topic in _LOOSE_TOPICS],
    }


async def _run(connection: AsyncConnection, statement: TextClause, named: dict[str, Any]) -> int:
    wanted = {key: named[key] for key in statement.compile().params}
    return max(0, (await connection.execute(statement, wanted)).rowcount)
