"""The ledger by source and hour: what came, where it lies, what is missing. Bounded: the last two days only.

Every item of a stored delivery must lie read or suspended once it has had its time to be published again; `intake
reconcile` judges all other places too, at a cost that grows with everything there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas import topics
from schemas.tables.auditor import Kind
from schemas.wire import Naming

WINDOW = timedelta(hours=48)
_MARGIN = timedelta(hours=1)
_AT_MOST = "SET LOCAL statement_timeout = '20s'"
_HASHED = "SET LOCAL enable_nestloop = off"

_LYING = (
    "lying AS (SELECT r.subject, r.topic, r.kind FROM ledger_records r WHERE r.at >= :from_at "
    f"AND r.subject IS NOT NULL AND r.kind IN ({Kind.RECORD:d}, {Kind.COPY:d})), "
    "places AS (SELECT l.subject, bool_or(t.name IN (:received, :suspended)) AS stored, "
    f"bool_or(t.name LIKE :departments AND l.kind = {Kind.RECORD:d}) AS routed, "
    "bool_or(t.name = :acknowledged) AS acknowledged "
    "FROM lying l JOIN ledger_topics t USING (topic) GROUP BY l.subject)"
)
_ITEMS = (
    "raw AS (SELECT unnest(r.items) AS subject, r.subject AS delivery, r.at FROM ledger_records r "
    f"JOIN ledger_topics t USING (topic) WHERE t.name = :raw AND r.kind = {Kind.RECORD:d} AND r.at >= :since), "
    "delivered AS (SELECT w.subject, min(w.at) AS at, min(a.channel) AS channel, min(a.account) AS account, "
    "min(a.received_at) AS received_at FROM raw w LEFT JOIN archived_deliveries a ON a.delivery_id = w.delivery "
    "GROUP BY w.subject), "
    "promised AS (SELECT subject_id AS subject, channel, account, received_at, kind, state FROM promises "
    "WHERE received_at >= :since OR noted_at >= :since)"
)
_HOURS = text(
    f"WITH {_LYING}, {_ITEMS} SELECT coalesce(p.channel, d.channel, '') AS channel, "
    "coalesce(p.account, d.account, '') AS account, "
    "date_trunc('hour', coalesce(p.received_at, d.received_at, d.at)) AS hour, count(*) AS came, "
    "count(*) FILTER (WHERE p.subject IS NOT NULL OR l.stored) AS stored, "
    "count(*) FILTER (WHERE p.kind = 'suspended' AND p.state = 'open') AS suspended, "
    "count(*) FILTER (WHERE l.routed) AS routed, count(*) FILTER (WHERE l.acknowledged) AS acknowledged, "
    "count(*) FILTER (WHERE p.subject IS NULL AND l.stored IS NOT TRUE AND d.at < :settled) AS missing "
    "FROM delivered d FULL JOIN promised p USING (subject) LEFT JOIN places l USING (subject) "
    "WHERE coalesce(p.received_at, d.received_at, d.at) >= :since GROUP BY 1, 2, 3 ORDER BY 3 DESC, 1, 2"
)
_TWICE = text(
    "SELECT count(*) FROM (SELECT 1 FROM ledger_records r JOIN ledger_topics t USING (topic) "
    f"WHERE r.at >= :since AND r.kind IN ({Kind.RECORD:d}, {Kind.COPY:d}) AND r.subject IS NOT NULL "
    "AND (t.name IN (:deduplicated, :classified, :escalated, :review, :acknowledged) OR t.name LIKE :departments) "
    "GROUP BY r.topic, r.subject, r.revision HAVING count(*) > 1) AS twice"
)


@dataclass(frozen=True, slots=True)
class LedgerHour:
    """One source and hour of receipt. `offered` is None where the source cannot be listed (webhooks, the form).

    `missing` is None while it cannot be judged, because nobody writes the ledger.
    """

    channel: str
    account: str
    hour: datetime
    offered: int | None
    stored: int
    suspended: int
    routed: int
    acknowledged: int
    missing: int | None


@dataclass(frozen=True, slots=True)
class LedgerHours:
    """The last two days, the newest hour first. `twice` counts records that lie in one topic twice."""

    at: datetime
    hours: tuple[LedgerHour, ...]
    twice: int

    @property
    def missing(self) -> int | None:
        """All that is missing; None while that cannot be judged."""
        known = [one.missing for one in self.hours if one.missing is not None]
        return sum(known) if known or not self.hours else None


async def ledger_hours(
    connection: AsyncConnection,
    naming: Naming,
    now: datetime,
    *,
    settled_after: timedelta,
    audited: bool,
    listed: Mapping[tuple[str, str], int],
) -> LedgerHours:
    """Look at the last two days. `audited`: somebody writes the ledger; without, nothing is judged missing.

    `settled_after`: so old a delivery has had its time to be published again. `listed`: (channel, account) of sources
    that can be listed → items that wait there now, unread. Raises what the database raises, after 20 s too.
    """
    for setting in (_AT_MOST, _HASHED):
        await connection.execute(text(setting))
    since = now - WINDOW
    names = _names(naming) | {"since": since}
    found = await connection.execute(_HOURS, names | {"from_at": since - _MARGIN, "settled": now - settled_after})
    rows = [_hour(row, now, audited=audited, listed=listed) for row in found]
    twice = int((await connection.execute(_TWICE, names)).scalar_one())
    return LedgerHours(now, tuple([*_only_waiting(rows, now, listed), *rows]), twice)


def _names(naming: Naming) -> dict[str, Any]:
    named = {
        "raw": topics.DELIVERIES_RAW,
        "received": topics.RECEIVED,
        "suspended": topics.SUSPENDED,
        "deduplicated": topics.DEDUPLICATED,
        "classified": topics.CLASSIFIED,
        "escalated": topics.ESCALATED,
        "review": topics.REVIEW,
        "acknowledged": topics.ACKNOWLEDGED,
    }
    prefix = naming.topic(topics.department_topic("x")).partition("departments.")[0]
    like = prefix.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
    return {name: naming.topic(topic) for name, topic in named.items()} | {"departments": f"{like}departments.%"}


def _hour(row: Row[Any], now: datetime, *, audited: bool, listed: Mapping[tuple[str, str], int]) -> LedgerHour:
    source = (row.channel, row.account)
    offered = row.came + (listed[source] if _is_present(row.hour, now) else 0) if source in listed else None
    return LedgerHour(
        channel=row.channel,
        account=row.account,
        hour=row.hour,
        offered=offered,
        stored=row.stored,
        suspended=row.suspended,
        routed=row.routed,
        acknowledged=row.acknowledged,
        missing=row.missing if audited else None,
    )


def _only_waiting(rows: list[LedgerHour], now: datetime, listed: Mapping[tuple[str, str], int]) -> list[LedgerHour]:
    """The present hour of sources from which nothing has been taken in it yet."""
    there = {(one.channel, one.account) for one in rows if _is_present(one.hour, now)}
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [
        LedgerHour(*source, hour, waiting, 0, 0, 0, 0, 0)
        for source, waiting in listed.items()
        if waiting and source not in there
    ]


def _is_present(hour: datetime, now: datetime) -> bool:
    return hour <= now < hour + timedelta(hours=1)
