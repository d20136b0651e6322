"""The gate before every session: a stage with a stored stop waits here, idle, until a person resumes it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from infra import metrics
from infra.logs import log
from workers.runtime import stops
from workers.runtime.backoff import delays, rest
from workers.runtime.breaker import Breaker
from workers.runtime.context import StageContext
from workers.runtime.stops import Stop

T = TypeVar("T")

_log = log(__name__)

_LOOK_FOR_RESUME_EVERY_S = 1.0


class StopGate:
    """Whether the stage may run. `stop` is why it may not, None while it may."""

    def __init__(self, context: StageContext) -> None:
        self.stop: Stop | None = None
        self.waits_for_database = False
        self.breaker: Breaker | None = None
        self._context = context
        self._stage = context.stage.name

    async def passed(self, ending: asyncio.Event) -> Breaker | None:
        """Wait while the stage is stopped; return the breaker to go on with, None when the worker is to end."""
        engine = self._context.engine
        if engine is None:
            return await self._without_database(ending)
        while not ending.is_set():
            known, self.stop = self.stop, await self._asked(lambda: stops.current(engine, self._context.group), ending)
            if self.stop is None and not ending.is_set():
                return await self._open(engine, ending, resumed=known is not None)
            if self.stop is not None and known is None:
                self._tell(self.stop)
            await rest(ending, _LOOK_FOR_RESUME_EVERY_S)
        return None

    async def close(self, stop: Stop, ending: asyncio.Event) -> None:
        """Store the stop; without a database it holds until the process ends.

        One that was read from the database is there already, and may be resumed by now.
        """
        self.stop = stop
        self._tell(stop)
        engine = self._context.engine
        if engine is not None and stop.since is None:
            await self._asked(lambda: stops.store(engine, stop), ending)

    async def _open(self, engine: AsyncEngine, ending: asyncio.Event, *, resumed: bool) -> Breaker | None:
        metrics.STAGE_STOPPED.labels(self._stage).set(0)
        if self.breaker is None or resumed:
            judged = await self._asked(lambda: stops.judged(engine, self._context.group), ending)
            self.breaker = None if judged is None else Breaker(self._context.settings, judged)
        if resumed:
            _log.info("stage resumed", stage=self._stage)
        return self.breaker

    async def _without_database(self, ending: asyncio.Event) -> Breaker | None:
        if self.stop is not None:
            await ending.wait()
            return None
        self.breaker = self.breaker or Breaker(self._context.settings)
        return self.breaker

    async def _asked(self, question: Callable[[], Awaitable[T]], ending: asyncio.Event) -> T | None:
        """Ask the database until it answers; None when the worker is to end before."""
        pauses = delays()
        try:
            while not ending.is_set():
                try:
                    return await question()
                except (SQLAlchemyError, OSError) as error:
                    self.waits_for_database = True
                    pause_s = next(pauses)
                    _log.warning(
                        "waiting", stage=self._stage, part="database", retry_in_s=round(pause_s, 2), exc_info=error
                    )
                    await rest(ending, pause_s)
        finally:
            self.waits_for_database = False
        return None

    def _tell(self, stop: Stop) -> None:
        metrics.STAGE_STOPPED.labels(self._stage).set(1)
        _log.error("stage is stopped, a person must decide", stage=self._stage, reason=stop.reason, detail=stop.detail)
