"""Forgetting row locks: their rows mean nothing once the batch that took them is done."""

import asyncio
import time

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from infra.logs import log
from workers.runtime.context import StageContext

_log = log(__name__)

_EVERY_S = 600.0
_AT_ONCE = 2_000
_ROUND_WITHIN_S = 10.0


class Housekeeping:
    """Removes lock rows nobody holds, every few minutes. Several workers may do it at once."""

    def __init__(self, context: StageContext) -> None:
        self._engine = context.engine
        self._locks = getattr(context.stage, "locks", None)
        self._due = time.monotonic() + _EVERY_S

    async def when_due(self) -> None:
        """Work if it is time. An outage is no reason to fail: the next round does it."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _EVERY_S
        try:
            async with asyncio.timeout(_ROUND_WITHIN_S):
                while await self.forget_locks() == _AT_ONCE:
                    pass
        except (SQLAlchemyError, OSError) as error:
            _log.info("lock rows stay until the next round", part="database", error_class=type(error).__name__)

    async def forget_locks(self) -> int:
        """Delete some lock rows that no transaction holds; return how many. Whoever needs one again inserts it.

        Few at once, because whoever needs one of them meanwhile waits.
        """
        if self._engine is None or self._locks is None:
            return 0
        statement = text(
            f"DELETE FROM {self._locks.name} WHERE key IN "  # noqa: S608 - our own name
            f"(SELECT key FROM {self._locks.name} LIMIT :at_once FOR UPDATE SKIP LOCKED)"
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(statement, {"at_once": _AT_ONCE})).rowcount
