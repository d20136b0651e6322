"""Sources of the board beside Kafka: asked in the background, so that a slow one holds up nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from operations.lag.rows import BoardRow
from schemas.errors import Unreachable

AWAY = (KafkaError, SQLAlchemyError, OSError, TimeoutError, Unreachable)
"""What it is when something does not answer."""

Ask = Callable[[], Awaitable[Sequence[BoardRow]]]

_AT_MOST_S = 40.0


class Further:
    """One source. `rows` are those of its last answer; `away` is whether the last try failed."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._asking: asyncio.Task[None] | None = None
        self.rows: tuple[BoardRow, ...] = ()
        self.away = False

    async def refresh(self, within_s: float) -> None:
        """Ask unless an answer is still awaited, and wait for it no longer than that."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._once())
        done, _ = await asyncio.wait({self._asking}, timeout=within_s)
        if done:
            asked, self._asking = self._asking, None
            asked.result()

    async def close(self) -> None:
        """Give up what is awaited."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking

    async def _once(self) -> None:
        try:
            async with asyncio.timeout(_AT_MOST_S):
                self.rows = tuple(await self._ask())
        except AWAY:
            self.away = True
        else:
            self.away = False
