"""The republisher as a service: looks for deliveries whose records are missing and publishes those records again.

The gateway sends a delivery and its complaints in one round, which is no transaction: when the broker or the gateway
fails in between, the delivery alone may be there. Whatever is published twice is absorbed, for numbers never change
and every stage decides once.
"""

import asyncio
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import ValidationError

from infra import metrics
from infra.failpoints import reached
from infra.kafka import producer
from infra.logs import log
from infra.service import Health
from schemas.records import RawDelivery
from schemas.topics import DELIVERIES_RAW, RECEIVED, SUSPENDED
from schemas.wire import read_headers
from workers.looking import looker
from workers.persistent import State, persist
from workers.republisher import kafka, orphans
from workers.republisher.again import Again, CannotBeRead
from workers.republisher.orphans import Cut, Orphan, Search
from workers.republisher.publishing import Publishing, RepublisherParts
from workers.runtime.backoff import rest

_log = log(__name__)

AT_ONCE = 200
"""Deliveries of one look; the next look goes on."""
_LOOKS = 10
_SELDOM_S, _OFTEN_S = 30.0, 0.5


class Republisher:
    """Publishes what is missing. Any number may run: one works at a time."""

    def __init__(self, parts: RepublisherParts) -> None:
        self.name = "republisher"
        self._parts = parts
        self._again = Again(parts.rounds, parts.connector_of, parts.objects)
        self._search = Search(parts.kafka.naming)
        self.cut: Cut | None = None
        """The cut that is judged next; None before the first look."""
        self._state = State(self.name)
        self._unreadable: set[UUID] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`."""
        pause_s = min(max(self._parts.after.total_seconds() / _LOOKS, _OFTEN_S), _SELDOM_S)

        async def look_and_rest() -> None:
            await self.look()
            self._state.waits_for = None
            await rest(stop, pause_s)

        await persist(stop, self._state, look_and_rest)

    def health(self) -> Health:
        """Not ready while a part is away or a delivery can neither be read nor suspended."""
        if self._unreadable:
            return Health(self.name, False, f"{len(self._unreadable)} deliveries cannot be read again, see the log")
        return self._state.health()

    async def look(self) -> int:
        """Judge the last cut once the auditor has passed it and take a new one; return how many were published.

        So a first look only notes where the topics end.
        """
        naming = self._parts.kafka.naming
        async with looker(self._parts.kafka) as consumer:
            async with self._parts.engine.connect() as connection:
                now = await orphans.present(connection)
            topics = (naming.topic(RECEIVED), naming.topic(SUSPENDED))
            cut = Cut(now, await kafka.ends(self._parts.kafka, consumer, topics))
            if self.cut is None:
                self.cut = cut
                return 0
            published = await self._judge(consumer, self.cut)
            if published is not None:
                self.cut = cut
            return published or 0

    async def _judge(self, consumer: AIOKafkaConsumer, cut: Cut) -> int | None:
        """Publish what lacks at a cut; None while that cannot be told or another republisher is at work."""
        async with self._parts.engine.begin() as guard:
            if not await orphans.alone(guard) or not await orphans.passed(guard, cut):
                return None
            found = await self._search.orphans(guard, cut, self._parts.after)
            self._unreadable &= {one.delivery_id for one in found}
            # What could not be read the last time comes last, so that it holds up nothing.
            found.sort(key=lambda one: one.delivery_id in self._unreadable)
            return await self._publish(consumer, found[:AT_ONCE]) if found else 0

    async def _publish(self, consumer: AIOKafkaConsumer, found: list[Orphan]) -> int:
        published = 0
        async with producer(self._parts.kafka) as client:
            for orphan in found:
                try:
                    await self._publish_one(consumer, client, orphan)
                except CannotBeRead as error:
                    self._unreadable.add(orphan.delivery_id)
                    _log.error("not published again", delivery_id=str(orphan.delivery_id), detail=str(error))
                else:
                    self._unreadable.discard(orphan.delivery_id)
                    published += 1
        return published

    async def _publish_one(self, consumer: AIOKafkaConsumer, client: AIOKafkaProducer, orphan: Orphan) -> None:
        raw, trace = await self._delivery(consumer, orphan)
        inbound = await self._again.inbound(raw, trace)
        rounds = await self._again.read(inbound, orphan.items)
        async with self._parts.engine.begin() as connection:
            await orphans.begin(connection, orphan)
        outcomes = await Publishing(self._parts, self._again, client).publish(inbound, rounds, orphan.items)
        reached("republisher.published")
        async with self._parts.engine.begin() as connection:
            await orphans.done(connection, outcomes)
        for outcome in outcomes.values():
            metrics.REPUBLISHED.labels(raw.channel, outcome).inc()
        _log.warning("published again", delivery_id=str(orphan.delivery_id), channel=raw.channel, count=len(outcomes))

    async def _delivery(self, consumer: AIOKafkaConsumer, orphan: Orphan) -> tuple[RawDelivery, str | None]:
        topic = self._parts.kafka.naming.topic(DELIVERIES_RAW)
        record = await kafka.record_at(consumer, topic, orphan.partition, orphan.offset)
        if record is None:
            raise CannotBeRead(f"nothing lies at {topic}/{orphan.partition}@{orphan.offset} any more")
        try:
            raw = RawDelivery.model_validate_json(record.value or b"")
        except ValidationError as error:
            raise CannotBeRead("the record is no raw delivery") from error
        return raw, read_headers(record.headers).get("traceparent")
