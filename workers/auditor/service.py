"""The auditor as a service: one works while others stand by; outages are waited for, nothing waits for it."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiokafka.errors import OffsetOutOfRangeError
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.logs import log
from infra.service import Health
from schemas.settings import KafkaSettings
from workers.auditor import store
from workers.auditor.pruning import prune
from workers.auditor.reading import consumer_of_all
from workers.auditor.session import LOOK_EVERY_S, Session, Stuck
from workers.persistent import State, end, persist
from workers.runtime.backoff import rest

_log = log(__name__)

_STAND_BY_S = 2.0
_PRUNE_EVERY_S = 6 * 3600.0
_PRUNE_FIRST_AFTER_S = 60.0
_END_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class AuditorParts:
    """What the auditor needs. `topics` are the broker names of all declared ones; others it finds by itself."""

    engine: AsyncEngine
    kafka: KafkaSettings
    topics: Collection[str]
    retention: timedelta
    now: Callable[[], datetime]
    look_every_s: float = LOOK_EVERY_S


class Auditor:
    """Writes down every record of every topic, once. Any number may run: one works, the others stand by."""

    def __init__(self, parts: AuditorParts) -> None:
        self.name = "auditor"
        self._parts = parts
        self._state = State(self.name)
        self._session: Session | None = None
        self._standing_by = False

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`."""
        async with asyncio.TaskGroup() as tasks:
            pruning = tasks.create_task(persist(stop, State(self.name), lambda: self._prune_and_rest(stop)))
            await persist(stop, self._state, lambda: self._audit(stop))
            await end(pruning, _END_WITHIN_S)

    def health(self) -> Health:
        """Ready while it reads or stands by for one that does."""
        session = self._session
        if session is None:
            return Health(self.name, self._standing_by, "stands by") if self._standing_by else self._state.health()
        if session.ahead:
            names = ", ".join(sorted(session.ahead))
            return Health(self.name, False, f"{names}: the topic ends before where the ledger stands; made anew?")
        return Health(self.name, True, "writing down what lies on the topics", {"waiting": session.waiting})

    async def _audit(self, stop: asyncio.Event) -> None:
        async with await store.connect(self._parts.engine) as connection:
            while not stop.is_set() and not await store.chosen(connection):
                self._standing_by, self._state.waits_for = True, None
                await rest(stop, _STAND_BY_S)
            self._standing_by = False
            if not stop.is_set():
                await self._session_on(connection, stop)

    async def _session_on(self, connection: store.Connection, stop: asyncio.Event) -> None:
        async with consumer_of_all(self._parts.kafka) as consumer:
            self._session = Session(connection, consumer, self._parts.kafka, self._parts.topics)
            self._state.waits_for = None
            try:
                await self._session.run(stop, self._parts.look_every_s)
            except (store.Overtaken, Stuck, OffsetOutOfRangeError) as cause:
                _log.warning("the auditor begins again", reason=type(cause).__name__, detail=str(cause))
                await rest(stop, _STAND_BY_S)
            finally:
                self._session = None

    async def _prune_and_rest(self, stop: asyncio.Event) -> None:
        await rest(stop, _PRUNE_FIRST_AFTER_S)
        if not stop.is_set():
            removed = await prune(self._parts.engine, self._parts.kafka, self._parts.now() - self._parts.retention)
            if removed:
                _log.info("ledger rows of what has ended are removed", count=removed)
            await rest(stop, _PRUNE_EVERY_S)
