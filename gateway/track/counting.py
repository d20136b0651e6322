"""Counts in the database, so that several gateways share one limit. Windows that have ended are removed on the way."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ADD = text(
    "INSERT INTO track_counts (key, ends_at, count) "
    "SELECT key, ends_at, 1 FROM unnest(CAST(:keys AS text[]), CAST(:ends AS timestamptz[])) AS given(key, ends_at) "
    "ORDER BY key "
    "ON CONFLICT (key, ends_at) DO UPDATE SET count = track_counts.count + 1 RETURNING key, count AS counted"
)
_ENDED = text(
    "DELETE FROM track_counts WHERE (key, ends_at) IN "
    "(SELECT key, ends_at FROM track_counts WHERE ends_at <= :now LIMIT 200 FOR UPDATE SKIP LOCKED)"
)


class DatabaseTally:
    """Counts within one transaction; committed also when the try was wrong."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def add(self, ends: Mapping[str, datetime]) -> Mapping[str, int]:
        """See `Tally.add`. Rows are taken in the order of their keys, so that two tries never wait for each other."""
        await self._connection.execute(_ENDED, {"now": self._now})
        keys = sorted(ends)
        rows = await self._connection.execute(_ADD, {"keys": keys, "ends": [ends[key] for key in keys]})
        return {row.key: row.counted for row in rows}
