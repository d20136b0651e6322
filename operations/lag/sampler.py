"""Looks every few seconds at everything that can be behind, once for everybody who watches."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.clock import present
from infra.logs import log
from infra.service import Health
from operations.assembly import pack_of
from operations.lag.composing import RowComposer, Stop
from operations.lag.exposition import COLLECTOR
from operations.lag.further import AWAY, Ask, Further
from operations.lag.measuring import LagEngine
from operations.lag.rows import Board, BoardRow, Point
from operations.lag.titles import Titles
from operations.lag.watched import Look, Readers
from operations.lag.who import owners_of, readers_of
from operations.saying import Said
from operations.stages import open_stops
from operations.stopping import why_stopped
from schemas.settings import Settings

_CLOSE_WITHIN_S = 5.0
_FURTHER_WITHIN_S = 1.0
"""A look waits no longer for what does not come from Kafka; the rows of the answer before stay meanwhile."""
_DATABASE_AWAY = Said(
    "数据库没有响应：哪些阶段被停止、通道与挂起的情况暂不可知",
    "PostgreSQL does not answer: which stages were stopped and how channels are is not known",
)

_log = log(__name__)


class LagSampler:
    """One board for all viewers. It heals by itself when Kafka or PostgreSQL is back; it never raises for them.

    `extra` gives further rows; what it raises for a lost database or broker is said on the board.
    """

    name = "lag"

    def __init__(self, settings: Settings, engine: AsyncEngine | None, extra: Sequence[Ask] = ()) -> None:
        self._settings = settings
        self._database = engine
        self._further = tuple(Further(ask) for ask in (self._learn_stops, *extra))
        self._composer = RowComposer(Titles(pack_of(settings)), owners_of(settings))
        self._readers: Readers | None = None
        self._measuring: LagEngine | None = None
        self._look: Look | None = None
        self._lag_rows: tuple[BoardRow, ...] = ()
        self._stops: dict[str, Stop] = {}
        self._away_since: datetime | None = None
        self._board: Board | None = None
        self._changed = asyncio.Event()
        self._running = False

    @property
    def board(self) -> Board | None:
        """The last board; None before the first."""
        return self._board

    @property
    def measured(self) -> Look | None:
        """The last look at Kafka, partition by partition; None before the first and while Kafka is away."""
        return self._look if self._away_since is None else None

    def history(self, key: str) -> Sequence[Point]:
        """A row's last 24 hours, a point a minute, the oldest first."""
        return self._composer.history(key)

    async def subscribe(self) -> AsyncIterator[Board]:
        """Yield every new board from now on, to a slow reader the newest only. Ends when the sampler stops."""
        shown = self._board
        while self._running:
            changed = self._changed
            if self._board is not shown and self._board is not None:
                shown = self._board
                yield shown
            else:
                await changed.wait()

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`."""
        self._running = True
        every_s = self._settings.lag.every.total_seconds()
        try:
            with COLLECTOR.showing(self):
                while not stop.is_set():
                    next_at = asyncio.get_running_loop().time() + every_s
                    await self._refresh()
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(next_at):
                            await stop.wait()
        finally:
            self._running = False
            self._wake()
            await self._close()
            await asyncio.gather(*(one.close() for one in self._further))

    def health(self) -> Health:
        """Ready while Kafka can be looked at."""
        if self._look is None and self._away_since is None:
            return Health(self.name, False, "looks for the first time")
        if self._away_since is not None:
            return Health(self.name, False, f"Kafka does not answer since {self._away_since:%H:%M:%S} UTC")
        asked = self._look.requests if self._look else 0
        return Health(self.name, True, f"{len(self._lag_rows)} rows", {"requests": asked})

    async def _refresh(self) -> None:
        look, _ = await asyncio.gather(self._measure(), self._from_database())
        now = present()
        if look is not None:
            self._look = look
            self._lag_rows = self._composer.finished(now, self._composer.lag_rows(look, self._stops))
        extra = [row for one in self._further for row in one.rows]
        rows = (*self._lag_rows, *self._composer.finished(now, extra))
        unknown = (_DATABASE_AWAY,) if any(one.away for one in self._further) else ()
        self._composer.forget_except(row.key for row in rows)
        self._board = Board(self._look.at if self._look else now, rows, (*self._kafka_away(), *unknown))
        self._wake()

    async def _measure(self) -> Look | None:
        try:
            if self._readers is None:
                # Reading the stages' models takes a moment, in which the gateway must go on.
                self._readers = await asyncio.to_thread(readers_of, self._settings)
            if self._measuring is None:
                self._measuring = LagEngine(self._settings.kafka, self._readers)
                self._composer.begin_anew()
                await self._measuring.start()
            look = await self._measuring.look()
        except AWAY as error:
            if self._away_since is None:
                self._away_since = present()
                _log.warning("lag cannot be measured", part=self.name, error=type(error).__name__)
            await self._close()
            return None
        self._away_since = None
        return look

    async def _from_database(self) -> None:
        await asyncio.gather(*(one.refresh(_FURTHER_WITHIN_S) for one in self._further))

    async def _learn_stops(self) -> Sequence[BoardRow]:
        if self._database is not None:
            found = await open_stops(self._database)
            self._stops = {
                group: Stop(why_stopped(row.reason, row.failed, row.seen), row.since) for group, row in found.items()
            }
        return ()

    def _kafka_away(self) -> tuple[Said, ...]:
        if self._away_since is None:
            return ()
        since = f"{self._away_since:%H:%M:%S} UTC"
        return (
            Said(
                f"Kafka 自 {since} 起没有响应，积压数字停留在上一次：检查 Kafka",
                f"Kafka does not answer since {since}, what waits is as of the last look: look at Kafka",
            ),
        )

    async def _close(self) -> None:
        measuring, self._measuring = self._measuring, None
        if measuring is not None:
            with suppress(*AWAY):
                async with asyncio.timeout(_CLOSE_WITHIN_S):
                    await measuring.close()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
