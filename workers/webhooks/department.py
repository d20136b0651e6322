"""The posts of one department: a consumer group of its own, so that its lag and its stops are seen like any other's."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import client_options
from infra.logs import log
from infra.service import Health
from schemas.settings import KafkaSettings, PostingSettings
from workers.persistent import State
from workers.runtime import stops
from workers.runtime.abandon import stop_consumer
from workers.runtime.backoff import rest
from workers.webhooks.lanes import Lanes
from workers.webhooks.posting import Poster
from workers.webhooks.target import Target

_log = log(__name__)
_POLL_MS = 200
_AT_ONCE = 100
_LOOK_EVERY_S = 2.0
"""While it is stopped: whether a person has let it go on."""
_SESSION_MS = 30_000


class DepartmentPosts:
    """Reads a department's topic and posts it. Any number may run: the group shares the partitions."""

    def __init__(
        self,
        target: Target,
        engine: AsyncEngine,
        kafka: KafkaSettings,
        settings: PostingSettings,
        now: Callable[[], datetime],
    ) -> None:
        self.state = State(target.group)
        self._target = target
        self._engine = engine
        self._kafka = kafka
        self._settings = settings
        self._now = now
        self._stopped: str | None = None
        self._poster: Poster | None = None

    def health(self) -> Health:
        """Not ready while it is stopped, waits for the platform, or its receiver takes nothing."""
        if self._stopped is not None:
            return Health(self._target.group, False, f"stopped: {self._stopped}")
        if self._poster is not None and self._poster.troubled is not None:
            return Health(self._target.group, False, f"the receiver takes nothing: {self._poster.troubled}")
        return self.state.health()

    async def work(self, stop: asyncio.Event) -> None:
        """Post until `stop`, or until a person must act; that is stored, so that a restart changes nothing."""
        found = await stops.current(self._engine, self._target.group)
        self._stopped = found.detail if found is not None else None
        self.state.waits_for = None
        if found is not None:
            await rest(stop, _LOOK_EVERY_S)
            return
        judged = await stops.judged(self._engine, self._target.group)
        async with self._client() as client:
            self._poster = Poster(self._target, client, self._settings, self._now, judged)
            try:
                await self._read(self._poster, stop)
            finally:
                self._poster = None

    async def _read(self, poster: Poster, stop: asyncio.Event) -> None:
        lanes = Lanes(poster.post)
        async with self._consumer(lanes) as consumer:
            try:
                while not stop.is_set() and poster.stop is None:
                    self._hold_back(consumer, lanes)
                    got = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_AT_ONCE)
                    for records in got.values():
                        for record in records:
                            lanes.add(record)
                    await _commit(consumer, lanes)
            finally:
                await lanes.close()
        if poster.stop is not None:
            _log.error("posts stopped", department=self._target.department, reason=poster.stop.reason)
            await stops.store(self._engine, poster.stop)

    def _hold_back(self, consumer: AIOKafkaConsumer, lanes: Lanes) -> None:
        """Read no further in partitions of which enough is on its way."""
        places = consumer.assignment()
        full = {place for place in places if lanes.waiting(place) >= self._settings.window}
        consumer.pause(*full)
        consumer.resume(*(consumer.paused() & places - full))

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        timeout = httpx.Timeout(self._settings.timeout.total_seconds())
        limits = httpx.Limits(max_connections=self._settings.concurrency)
        async with httpx.AsyncClient(timeout=timeout, limits=limits, follow_redirects=False) as client:
            yield client

    @asynccontextmanager
    async def _consumer(self, lanes: Lanes) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            **client_options(self._kafka),
            group_id=self._target.group,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            session_timeout_ms=_SESSION_MS,
        )
        consumer.subscribe([self._target.topic], listener=_Revoked(consumer, lanes))
        try:
            await consumer.start()
            await asyncio.sleep(0)  # a task it starts last has to run once before it can be stopped in order
            yield consumer
            await _commit(consumer, lanes)
        finally:
            await stop_consumer(consumer)


class _Revoked(ConsumerRebalanceListener):  # type: ignore[misc]
    """Commits what is done of a partition before it goes to somebody else, and posts no more of it."""

    def __init__(self, consumer: AIOKafkaConsumer, lanes: Lanes) -> None:
        self._consumer = consumer
        self._lanes = lanes

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Let go."""
        await _commit(self._consumer, self._lanes)
        await self._lanes.drop(revoked)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Nothing: reading goes on where the group stands."""


async def _commit(consumer: AIOKafkaConsumer, lanes: Lanes) -> None:
    settled = lanes.settled()
    if settled:
        await consumer.commit(settled)
