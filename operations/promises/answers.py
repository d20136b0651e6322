"""The clocks of answers: what a complaint was promised by what it says, and what an authority wrote, until answered.

They stop when a department reports an answer or the case is closed: an answer nobody reported counts as owed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.promises.board import BANDS
from operations.promises.querying import LOOK_BACK_DAYS

_AT_MOST = text("SET LOCAL statement_timeout = '15s'")
_OWED = (
    "FROM complaint_index i LEFT JOIN case_states s ON s.case_id = i.case_id "
    "LEFT JOIN route_cases r ON r.case_id = i.case_id "
    "CROSS JOIN LATERAL jsonb_to_recordset(i.clocks) AS k(clock text, due_at timestamptz) "
    "WHERE NOT i.automatic AND s.answered_at IS NULL AND s.closed_at IS NULL AND k.due_at > :since "
)
_BAND = (
    "CASE WHEN k.due_at > :now + interval '12 hours' THEN 'over-12h' WHEN k.due_at > :now + interval '6 hours' THEN "
    "'6h-12h' WHEN k.due_at > :now + interval '1 hour' THEN '1h-6h' WHEN k.due_at > :now THEN 'under-1h' "
    "ELSE 'breached' END"
)
_COUNTED = text(f"SELECT k.clock, {_BAND} AS band, count(*) AS many {_OWED} GROUP BY 1, 2")
_LISTED = text(
    "SELECT i.tracking_number, i.channel, coalesce(s.department, r.department) AS department, k.due_at "
    f"{_OWED} AND k.clock = :clock AND {_BAND} = :band ORDER BY k.due_at LIMIT :limit"
)


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
    await connection.execute(_AT_MOST)
    found: dict[str, dict[str, int]] = {}
    for row in await connection.execute(_COUNTED, _since(now)):
        found.setdefault(row.clock, dict.fromkeys(BANDS, 0))[row.band] = int(row.many)
    return dict(sorted(found.items()))


async def listed(connection: AsyncConnection, now: datetime, clock: str, band: str, limit: int) -> Sequence[AnswerRow]:
    """The complaints behind one number, the most urgent first."""
    found = await connection.execute(_LISTED, _since(now) | {"clock": clock, "band": band, "limit": limit})
    return [AnswerRow(row.tracking_number, row.channel, row.department, row.due_at) for row in found]


def _since(now: datetime) -> dict[str, Any]:
    return {"now": now, "since": now - timedelta(days=LOOK_BACK_DAYS)}
