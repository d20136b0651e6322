"""The worker of one stage: sessions of a consumer one after the other, until told to end or stopped for a person."""

import asyncio
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncEngine

from infra import collector, metrics
from infra.logs import log
from infra.service import Health
from schemas.base import rfc3339
from schemas.settings import KafkaSettings, WorkerSettings
from workers.runtime import abandon
from workers.runtime.backoff import delays, rest
from workers.runtime.breaker import Breaker
from workers.runtime.context import StageContext
from workers.runtime.gate import StopGate
from workers.runtime.session import Ending, Session
from workers.runtime.stage import AnyStage, DecidingStage
from workers.runtime.stops import Stopped

_log = log(__name__)


class State(StrEnum):
    """How the worker is, as `/readyz` tells it."""

    STARTING = "starting"
    RUNNING = "running"
    REBALANCING = "rebalancing"
    REBUILDING = "rebuilding"
    WAITING_FOR_KAFKA = "waiting for kafka"
    WAITING_FOR_DATABASE = "waiting for database"
    WAITING_FOR_OBJECTS = "waiting for object store"
    STOPPED = "stopped"
    ENDED = "ended"


READY = frozenset({State.RUNNING, State.REBALANCING})

WAITING = {
    "database": State.WAITING_FOR_DATABASE,
    "kafka": State.WAITING_FOR_KAFKA,
    "object store": State.WAITING_FOR_OBJECTS,
}
"""What a loop waits for → how the worker is."""


_AWAY = frozenset({"kafka", "deadline"})
"""Causes of an ending that mean that the broker does not answer."""


class StageWorker:
    """Runs one stage exactly once over its topics. Implements `infra.service.Service`.

    `engine` keeps decisions and stops; a pure stage may do without, then a flood stop does not survive a restart.
    """

    def __init__(
        self,
        stage: AnyStage,
        *,
        kafka: KafkaSettings,
        engine: AsyncEngine | None,
        settings: WorkerSettings | None = None,
    ) -> None:
        if engine is None and isinstance(stage, DecidingStage):
            raise TypeError(f"stage {stage.name} keeps decisions and needs a database")
        self.name = stage.name
        self._context = StageContext(stage, kafka, engine, settings or WorkerSettings())
        self._gate = StopGate(self._context)
        self._session: Session | None = None
        self._between = State.STARTING
        self._rebuilds = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish the batches in flight and leave the group.

        Heals from outages by itself; a stage that stopped for a person stays here, idle, until it is resumed.
        """
        collector.relax()
        pauses = delays()
        try:
            while (breaker := await self._gate.passed(stop)) is not None:
                ending, worked = await self._one_session(breaker, stop)
                if stop.is_set():
                    break
                if isinstance(ending.error, Stopped):
                    await self._gate.close(ending.error.stop, stop)
                    continue
                pauses = delays() if worked else pauses
                await self._rebuild(ending, next(pauses), stop)
        finally:
            self._between = State.ENDED
            await abandon.settled()

    def health(self) -> Health:
        """The present state, without waiting."""
        state = self._present()
        facts: dict[str, str | int | float | bool] = {"state": state.value, "rebuilds": self._rebuilds}
        if self._session is not None:
            facts |= _progress(self._session)
        if self._gate.breaker is not None:
            facts["failed_recently"] = self._gate.breaker.failed
        detail = self._gate.stop.detail if self._gate.stop is not None else state.value
        return Health(self.name, state in READY, detail, facts)

    def _present(self) -> State:
        if self._between is State.ENDED:
            return State.ENDED
        if self._gate.stop is not None:
            return State.STOPPED
        if self._gate.waits_for_database:
            return State.WAITING_FOR_DATABASE
        return self._between if self._session is None else _state_of(self._session, self._between)

    async def _one_session(self, breaker: Breaker, stop: asyncio.Event) -> tuple[Ending, bool]:
        """Run a session to its end; also tell whether it joined the group."""
        self._session = session = Session(self._context, breaker)
        try:
            ending = await session.run(stop)
            self._between = State.STARTING
            return ending, session.joined
        finally:
            self._session = None

    async def _rebuild(self, ending: Ending, pause_s: float, stop: asyncio.Event) -> None:
        self._rebuilds += 1
        self._between = State.WAITING_FOR_KAFKA if ending.cause in _AWAY else State.REBUILDING
        metrics.STAGE_REBUILDS.labels(self.name, ending.cause).inc()
        _log.warning(
            "rebuilding the consumer",
            stage=self.name,
            reason=ending.cause,
            retry_in_s=round(pause_s, 2),
            exc_info=ending.error,
        )
        await rest(stop, pause_s)


def _state_of(session: Session, before: State) -> State:
    for loop in session.loops.values():
        if loop.waits_for is not None:
            return WAITING[loop.waits_for]
    if not session.broker_answers:
        return State.WAITING_FOR_KAFKA
    if not session.joined:
        return before
    return State.REBALANCING if session.rebalancing else State.RUNNING


def _progress(session: Session) -> dict[str, str | int | float | bool]:
    facts: dict[str, str | int | float | bool] = {
        "partitions": ", ".join(sorted(f"{one.topic}-{one.partition}" for one in session.loops))
    }
    finished = [loop.finished_at for loop in session.loops.values() if loop.finished_at is not None]
    if finished:
        facts["last_progress"] = rfc3339(max(finished))
    return facts | {f"waiting {place}": count for place, count in session.waiting.items()}
