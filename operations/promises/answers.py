"""The clocks of answers: what a complaint was promised by what it says, and what an authority wrote, until answered.

They stop when a department reports an answer or the case is closed: an answer nobody reported counts as owed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.promises.board import BANDS
from operations.promises.querying import LOOK_BACK_DAYS

_AT_MOST = text("SET LOCAL statement_timeout = '15s'")
_MEMORY = text("SET LOCAL work_mem = '64MB'")
_ONE = "NOT i.automatic AND i.due_at IS NOT NULL AND i.due_at > :above AND i.due_at <= :until"
"""The first clock of a complaint, by the index that holds all clocks: no wide row is read."""
_SEVERAL = "NOT i.automatic AND jsonb_array_length(i.clocks) > 1 AND i.due_at <= :until"
"""The others: few complaints have more than one. The earliest of them may be long over."""
_OPEN = (
    "FROM complaint_index i LEFT JOIN case_states s ON s.case_id = i.case_id "
    "CROSS JOIN LATERAL jsonb_to_recordset(i.clocks) AS k(clock text, due_at timestamptz) "
    "WHERE s.answered_at IS NULL AND s.closed_at IS NULL AND k.due_at > :above AND k.due_at <= :until "
)
_FIRST = f"{_OPEN} AND {_ONE} AND k.due_at = i.due_at"
_OTHERS = f"{_OPEN} AND {_SEVERAL} AND k.due_at > i.due_at"
_BAND = (
    "CASE WHEN due_at > :now + interval '12 hours' THEN 'over-12h' WHEN due_at > :now + interval '6 hours' THEN "
    "'6h-12h' WHEN due_at > :now + interval '1 hour' THEN '1h-6h' WHEN due_at > :now THEN 'under-1h' "
    "ELSE 'breached' END"
)
_COUNTED = text(
    f"SELECT clock, {_BAND} AS band, count(*) AS many FROM (SELECT k.clock, k.due_at {_FIRST} "  # noqa: S608 - our words
    f"UNION ALL SELECT k.clock, k.due_at {_OTHERS}) AS k GROUP BY 1, 2"
)
_WANTED = "i.clocks @> jsonb_build_array(jsonb_build_object('clock', CAST(:clock AS text)))"
_UNANSWERED = (
    "SELECT i.complaint_id, i.clocks FROM complaint_index i LEFT JOIN case_states s "  # noqa: S608 - our words
    f"ON s.case_id = i.case_id WHERE s.answered_at IS NULL AND s.closed_at IS NULL AND {_WANTED}"
)
_LISTED = text(
    f"WITH first AS MATERIALIZED ({_UNANSWERED} AND {_ONE} ORDER BY i.due_at LIMIT :limit), "  # noqa: S608 - our words
    f"others AS MATERIALIZED ({_UNANSWERED} AND {_SEVERAL} AND i.due_at <= :above) "
    "SELECT i.tracking_number, i.channel, coalesce(s.department, r.department) AS department, k.due_at "
    "FROM (SELECT * FROM first UNION ALL SELECT * FROM others) AS o "
    "CROSS JOIN LATERAL jsonb_to_recordset(o.clocks) AS k(clock text, due_at timestamptz) "
    "JOIN complaint_index i USING (complaint_id) LEFT JOIN case_states s ON s.case_id = i.case_id "
    "LEFT JOIN route_cases r ON r.case_id = i.case_id "
    "WHERE k.clock = :clock AND k.due_at > :above AND k.due_at <= :until ORDER BY k.due_at LIMIT :limit"
)
_BY_INDEX = tuple(text(f"SET LOCAL enable_{one} = off") for one in ("hashjoin", "mergejoin", "sort"))
"""For a list: the index gives it in its order, and is left when there are enough."""
_WITHIN: Mapping[str, tuple[timedelta, timedelta]] = {
    "over-12h": (timedelta(hours=12), timedelta(days=36_500)),
    "6h-12h": (timedelta(hours=6), timedelta(hours=12)),
    "1h-6h": (timedelta(hours=1), timedelta(hours=6)),
    "under-1h": (timedelta(0), timedelta(hours=1)),
    "breached": (timedelta(days=-LOOK_BACK_DAYS), timedelta(0)),
}
"""Band → how much time is left: more than the first, no more than the second."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer that is owed. `department` is None while it has none."""

    tracking_number: str
    channel: str
    department: str | None
    due_at: datetime


async def counted(connection: AsyncConnection, now: datetime) -> dict[str, dict[str, int]]:
    """Return clock → how many are in each band. Costs what is open; raises what the database raises, after 15 s too.

    Give it a connection of its own: how long its transaction may take is set on it.
    """
    for setting in (_AT_MOST, _MEMORY):
        await connection.execute(setting)
    found: dict[str, dict[str, int]] = {}
    every = {"above": now + _WITHIN["breached"][0], "until": now + _WITHIN["over-12h"][1]}
    for row in await connection.execute(_COUNTED, every | {"now": now}):
        found.setdefault(row.clock, dict.fromkeys(BANDS, 0))[row.band] = int(row.many)
    return dict(sorted(found.items()))


async def listed(connection: AsyncConnection, now: datetime, clock: str, band: str, limit: int) -> Sequence[AnswerRow]:
    """The complaints behind one number, the most urgent first."""
    above, until = (now + left for left in _WITHIN[band])
    for setting in _BY_INDEX:
        await connection.execute(setting)
    found = await connection.execute(_LISTED, {"above": above, "until": until, "clock": clock, "limit": limit})
    return [AnswerRow(row.tracking_number, row.channel, row.department, row.due_at) for row in found]
