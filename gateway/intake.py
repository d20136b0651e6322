"""The one intake path: raw bytes → parse → durable. Every connector's deliveries come through here."""

import asyncio
import time
from collections.abc import Coroutine
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

from connectors.contract import Connector, Numbering
from connectors.envelopes import keep_envelope
from connectors.rounds import Round, Rounds
from gateway.durable_log import DurableLog
from gateway.log import KafkaLog, Log
from gateway.oversize import Shrinker
from gateway.spool import Spool
from gateway.spool_folder import SpoolFolder
from infra.failpoints import reached
from infra.logs import log
from infra.metrics import COMPLAINTS, DELIVERIES, RECEIVE_SECONDS, SUSPENDED
from infra.objects import ObjectStore
from infra.service import Health
from schemas.base import Record
from schemas.errors import NotDurable, Reason
from schemas.inbound import Inbound, Receipt
from schemas.settings import Settings
from schemas.topics import Topic
from schemas.wire import Message, headers, value

_LOG = log(__name__)
INLINE_PARSE_BYTES = 16 * 1024
"""Larger deliveries are read in a thread, so that one of them never keeps the others waiting."""


class IntakePath:
    """Makes deliveries durable. Open it before the connectors start, close it after they have stopped."""

    def __init__(self, rounds: Rounds, durable: DurableLog, objects: ObjectStore) -> None:
        self._rounds = rounds
        self._durable = durable
        self._objects = objects
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._durable.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def receive(self, inbound: Inbound, connector: Connector) -> Receipt:
        """Read one delivery and return once all of it is durable.

        Raises `NotDurable` (nothing promised, try again), `InvalidRequest` or `NotGenuine` (nothing stored).
        What cannot be read is durable too: suspended with a reason and its raw bytes. The same delivery again
        gives the same ids and numbers.
        """
        started = time.perf_counter()
        small = len(inbound.body) + sum(len(part.content) for part in inbound.parts) <= INLINE_PARSE_BYTES
        ready = self._read(inbound, connector) if small else await asyncio.to_thread(self._read, inbound, connector)
        return await self._keep(inbound.channel, ready, started)

    async def suspend(self, inbound: Inbound, reason: Reason, detail: str) -> Receipt:
        """Keep a delivery that its channel could not hand over as it should; returns and raises like `receive`.

        `detail` is for operators and never quotes the content. An address under `reply_to` in the delivery's
        `source` is where an acknowledgement goes.
        """
        started = time.perf_counter()
        ready = self._rounds.make(inbound, [self._rounds.unread(inbound, reason, detail)])
        return await self._keep(inbound.channel, ready, started)

    async def publish(self, topic: Topic, record: Record, key: str, subject: UUID, at: datetime) -> None:
        """Make one record that is no delivery durable; `subject` names its event, the same again is the same event.

        Raises `NotDurable`. A caller that goes away does not stop it.
        """
        await asyncio.shield(self._started(self._append(topic, record, key, subject, at)))

    def publish_soon(self, topic: Topic, record: Record, key: str, subject: UUID, at: datetime) -> None:
        """The same without waiting, for an answer whose time must not tell whether there is a record at all."""
        self._started(self._append(topic, record, key, subject, at))

    def health(self) -> Health:
        """Ready while deliveries can be made durable, in Kafka or in the spool."""
        return self._durable.health()

    @property
    def suspended_again(self) -> int:
        """How many complaints the broker refused for their size since the start: suspended, or kept for a person."""
        return self._durable.refused

    async def drained(self, within: timedelta) -> bool:
        """Wait until everything that was taken is in Kafka; False when it is not by then."""
        return await self._durable.drained(within)

    async def close(self) -> None:
        """Finish what is under way, then let Kafka and the spool go."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._durable.close()

    def _read(self, inbound: Inbound, connector: Connector) -> Round:
        return self._rounds.make(inbound, self._rounds.parsed(inbound, connector))

    async def _keep(self, channel: str, ready: Round, started: float) -> Receipt:
        """Make a round durable. A caller that goes away does not stop half of it from being written."""
        task = self._started(self._store(channel, ready))
        try:
            await asyncio.shield(task)
        except NotDurable:
            DELIVERIES.labels(channel, "not_durable").inc()
            raise
        RECEIVE_SECONDS.labels(channel).observe(time.perf_counter() - started)
        return ready.receipt

    def _started(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._finished)
        return task

    async def _append(self, topic: Topic, record: Record, key: str, subject: UUID, at: datetime) -> None:
        naming = self._rounds.naming
        pairs = headers(topic, naming, event_id=f"{topic.name}:{subject}", time=at, subject=subject)
        await self._durable.append([Message(naming.topic(topic), key.encode(), value(record), tuple(pairs))])

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # seen here, too, when the caller has gone away

    async def _store(self, channel: str, ready: Round) -> None:
        for key, data in ready.objects:
            await self._objects.put(key, data)
        if ready.envelope is not None:
            await keep_envelope(self._objects, ready.envelope)
        if ready.objects or ready.envelope is not None:
            reached("gateway.raw-stored")
        durable = await self._durable.append(ready.messages)
        DELIVERIES.labels(channel, "accepted").inc()
        for item in ready.receipt.items:
            if item.reason is None:
                COMPLAINTS.labels(channel, durable).inc()
            else:
                SUSPENDED.labels(channel, item.reason.value).inc()
                _LOG.warning("suspended", channel=channel, suspended_id=str(item.complaint_id), reason=item.reason)


def open_intake(
    settings: Settings, numbering: Numbering, pseudonym_key: bytes, objects: ObjectStore, kafka: Log | None = None
) -> IntakePath:
    """Put the intake path of this process together; use it with `async with`.

    `kafka` replaces the broker of the settings. The spool lies in `INTAKE_SPOOL__FOLDER`.
    """
    naming = settings.kafka.naming
    folder = settings.spool.folder or settings.home.absolute() / "spool" / "gateway"
    spool = Spool(SpoolFolder(folder), settings.spool.max_bytes)
    durable = DurableLog(kafka or KafkaLog(settings.kafka), spool, Shrinker(naming, objects))
    rounds = Rounds(naming, numbering, pseudonym_key, settings.archive.inline_bytes)
    return IntakePath(rounds, durable, objects)
