"""The sweeper: at hour 20 everybody who has not been answered is, whatever the pipeline does.

It works from the clock's promises under the desk's guards and ids, so that sweeper and stage answer once together.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import producer
from infra.logs import log
from infra.objects import ObjectStore
from infra.service import Health
from schemas.envelope import Envelope
from schemas.errors import Unreachable
from schemas.identity import named_uuid
from schemas.outcomes import OutboxResult
from schemas.settings import ClockSettings, KafkaSettings
from schemas.tables.acknowledge import ACKNOWLEDGE_LOCKS
from workers.acknowledge.desk import Desk, Settled
from workers.acknowledge.owed import Owed, of_promise
from workers.persistent import State, end, persist, wait_for_work
from workers.results import publish
from workers.runtime.backoff import rest
from workers.runtime.decisions import lock
from workers.runtime.failures import Verdict, verdict

_log = log(__name__)

AT_ONCE = 200
_ENVELOPE_WITHIN = timedelta(minutes=10)
"""How long after its suspension an item's envelope may still be on its way to the object store."""
_OVERLAP = "interval '1 hour'"
"""A transaction may commit a promise this long after its `noted_at`: none runs longer."""

_OPEN = (
    "promises p WHERE p.state = 'open' AND p.noted_at >= :mark "
    "AND NOT EXISTS (SELECT 1 FROM acknowledgements a WHERE a.complaint_id = p.subject_id)"
)
_DUE = text(
    "SELECT p.*, m.case_id, coalesce(m.disclosable OR m.same_recipient, false) AS may_know_case "  # noqa: S608
    "FROM (SELECT p.* FROM " + _OPEN + " AND p.received_at <= :before "
    "ORDER BY p.received_at, p.subject_id LIMIT :most OFFSET :skip) p "
    "LEFT JOIN case_members m ON m.complaint_id = p.subject_id ORDER BY p.received_at, p.subject_id"
)
_MARK = text(
    f"SELECT coalesce(min(p.noted_at), now()) - {_OVERLAP} FROM " + _OPEN  # noqa: S608 - constants
)
_UNPUBLISHED = text(
    "SELECT * FROM acknowledgements WHERE decided_by = 'sweeper' AND outcome IS NOT NULL AND published_at IS NULL "
    "ORDER BY decided_at LIMIT :most"
)
_PUBLISHED = text("UPDATE acknowledgements SET published_at = now() WHERE complaint_id = ANY(CAST(:ids AS uuid[]))")
_BEGINNING_OF_TIME = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class SweeperParts:
    """What the sweeper needs. `now` is the clock of the promise; tests inject it."""

    engine: AsyncEngine
    desk: Desk
    objects: ObjectStore
    clock: ClockSettings
    kafka: KafkaSettings
    now: Callable[[], datetime]
    drain: timedelta


class Sweeper:
    """Looks for promises that come due without an answer, and settles each in a transaction of its own."""

    def __init__(self, parts: SweeperParts) -> None:
        self.name = "sweeper"
        self._parts = parts
        self._mark = _BEGINNING_OF_TIME
        self._state = State(self.name)
        self._publishing = State(self.name)
        self._unsettled = 0
        self._store_away = False
        self._wake = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`. The message to a customer needs PostgreSQL only; Kafka may be away."""
        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(persist(stop, self._publishing, lambda: self._publish_until(stop)))
            await persist(stop, self._state, lambda: self._sweep_and_rest(stop))
            await end(publishing, self._parts.drain.total_seconds())

    def health(self) -> Health:
        """Not ready while a part is away or a promise cannot be settled."""
        if self._unsettled:
            return Health(self.name, False, f"{self._unsettled} promises cannot be settled, see the log")
        return self._state.health() if self._state.waits_for else self._publishing.health()

    async def sweep(self, now: datetime) -> int:
        """Settle every promise that is due at `now`; return how many this sweeper settled."""
        settled, skipped = 0, 0
        self._store_away = False
        while due := await self._due(now, skipped):
            for promise in due:
                done = await self._settle_or_report(promise, now)
                settled += done is True
                skipped += done is None
        self._unsettled = skipped
        await self._move_mark()
        return settled

    async def publish_outcomes(self, client: AIOKafkaProducer) -> int:
        """Publish the sweeper's own outcomes that Kafka has not acknowledged yet; return how many there were."""
        async with self._parts.engine.connect() as connection:
            rows = list(await connection.execute(_UNPUBLISHED, {"most": AT_ONCE}))
        if rows:
            await publish(client, self._parts.kafka.naming, [_result(row) for row in rows])
            async with self._parts.engine.begin() as connection:
                await connection.execute(_PUBLISHED, {"ids": [row.complaint_id for row in rows]})
        return len(rows)

    async def _sweep_and_rest(self, stop: asyncio.Event) -> None:
        if await self.sweep(self._parts.now()):
            self._wake.set()
        self._state.waits_for = None
        await rest(stop, self._parts.clock.sweep_every.total_seconds())

    async def _due(self, now: datetime, skip: int) -> Sequence[Any]:
        arguments = {"mark": self._mark, "before": now - self._parts.clock.sweep_at, "most": AT_ONCE, "skip": skip}
        async with self._parts.engine.connect() as connection:
            return list(await connection.execute(_DUE, arguments))

    async def _settle_or_report(self, promise: Any, now: datetime) -> bool | None:
        """True: settled by us, False: somebody was before, None: not now. One bad promise never stops the others."""
        try:
            owed = await self._owed(promise, now)
            return None if owed is None else (await self._settle(owed, now)).first
        except Exception as error:  # a defect in one promise's data; outages are raised again
            if verdict(error) is not Verdict.POISON:
                raise
            _log.error("a promise cannot be settled", complaint_id=str(promise.subject_id), exc_info=error)
            return None

    async def _settle(self, owed: Owed, now: datetime) -> Settled:
        async with self._parts.engine.begin() as connection:
            await lock(connection, ACKNOWLEDGE_LOCKS, self._parts.desk.keys(owed))
            [settled] = await self._parts.desk.settle(connection, [(owed, now)], self.name)
        if settled.first:
            _log.info("swept", complaint_id=str(owed.complaint_id), outcome=settled.plan.outcome or "outbox")
        return settled

    async def _owed(self, promise: Any, now: datetime) -> Owed | None:
        """What the promise asks for; None while a suspended item's envelope is on its way or cannot be asked for."""
        if promise.kind != "suspended" or promise.envelope_key is None or promise.is_automatic:
            return of_promise(promise)
        if self._store_away:
            return None
        try:
            stored = await self._parts.objects.get(promise.envelope_key)
        except FileNotFoundError:
            return None if now - promise.noted_at < _ENVELOPE_WITHIN else of_promise(promise)
        except Unreachable:
            self._store_away = True  # a store that is away may take minutes to say so: asked once a round
            _log.warning("waits for the platform", part="object store", suspended_id=str(promise.subject_id))
            return None
        notes = Envelope.model_validate_json(stored).suspended
        found = [note.reply_to for note in notes if note.suspended_id == promise.subject_id and note.reply_to]
        return of_promise(promise, found)

    async def _move_mark(self) -> None:
        """Everything noted before the mark is settled for good: later rounds need not look there."""
        async with self._parts.engine.connect() as connection:
            self._mark = (await connection.execute(_MARK, {"mark": self._mark})).scalar_one()

    async def _publish_until(self, stop: asyncio.Event) -> None:
        async with producer(self._parts.kafka) as client:
            while not stop.is_set():
                if not await self.publish_outcomes(client):
                    self._publishing.waits_for = None
                    await wait_for_work(stop, self._wake, self._parts.clock.sweep_every.total_seconds())


def _result(row: Any) -> OutboxResult:
    return OutboxResult(
        result_id=named_uuid("result", str(row.complaint_id), row.outcome, row.reason),
        complaint_id=row.complaint_id,
        case_id=row.case_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        outcome=row.outcome,
        reason=row.reason,
        received_at=row.received_at,
        at=row.decided_at,
    )
