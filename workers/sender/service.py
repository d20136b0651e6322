"""The sender as a service: wakes, claims, sends several at once, writes the endings, publishes the results."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from aiokafka import AIOKafkaProducer

from connectors.contract import Sent
from infra import metrics
from infra.failpoints import reached
from infra.kafka import producer
from infra.logs import log
from infra.service import Health
from schemas.tables.acknowledge import OUTBOX_NOTICE
from workers.persistent import State, end, persist, wait_for_work
from workers.results import publish
from workers.runtime.backoff import delays, rest
from workers.runtime.failures import Verdict, verdict
from workers.sender import claims, results
from workers.sender.bars import barred
from workers.sender.claims import Claim, Ending
from workers.sender.delivery import LeaseLost, ending, hindrance, outgoing, try_to_send
from workers.sender.owner import new_owner, surely_dead
from workers.sender.parts import SenderParts
from workers.sender.unclear import Clearing
from workers.wake import listen

_log = log(__name__)
T = TypeVar("T")

AT_ONCE = 200
_LOOK_BACK = timedelta(minutes=2)
"""No transaction that writes to the outbox takes longer; a wide look now and then proves it."""
_LOOK_WIDE = timedelta(days=3)
_EVERYTHING = timedelta(days=36_500)
"""At the start: nobody knows how long no sender ran."""
_WIDE_EVERY = 300
"""Looks between two wide ones."""


class Sender:
    """Sends what the outbox holds. Any number may run at once."""

    def __init__(self, parts: SenderParts) -> None:
        self.name = "sender"
        self._parts = parts
        self._owner = new_owner()
        self._clearing = Clearing(parts)
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._news = True
        self._looks = 0
        self._looked_at = 0.0
        self._in_flight: set[asyncio.Task[None]] = set()
        self._states = {name: State(self.name) for name in ("send", "publish", "listen", "look")}

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`. At `stop` no more is claimed; what is on its way is finished."""
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(persist(stop, self._states["listen"], lambda: self._listen(stop)))
            looking = tasks.create_task(persist(stop, self._states["look"], lambda: self._look_up_and_rest(stop)))
            publishing = tasks.create_task(persist(stop, self._states["publish"], lambda: self._publish_until(stop)))
            await persist(stop, self._states["send"], lambda: self._round(stop))
            await self._drain()
            self._settled.set()
            listening.cancel()
            looking.cancel()
            await end(publishing, self._parts.drain.total_seconds())

    def health(self) -> Health:
        """Not ready while it waits for the database or Kafka."""
        waiting = next((state for state in self._states.values() if state.waits_for), None)
        return (waiting or self._states["send"]).health()

    async def send_due(self) -> int:
        """Do one round: adopt, expire, hand over, look up, then send what is due; return how many were begun.

        Returns when they have ended. For tests and for whoever wants to send once; `run` overlaps the rounds.
        """
        await self._look_after(_EVERYTHING)
        await self._clearing.clear()
        held = await self._claim()
        await asyncio.gather(*(self._deliver(one) for one in held))
        return len(held)

    async def publish_results(self, client: AIOKafkaProducer) -> int:
        """Publish settled results that Kafka has not acknowledged yet; return how many there were."""
        engine = self._parts.engine
        async with engine.connect() as connection:
            settled = await results.unpublished(connection, AT_ONCE)
        if settled:
            await publish(client, self._parts.kafka.naming, settled)
            async with engine.begin() as connection:
                await results.published(connection, settled)
        return len(settled)

    async def _look_up_and_rest(self, stop: asyncio.Event) -> None:
        if await self._clearing.clear():
            self._settled.set()
            self._wake.set()
        self._states["look"].waits_for = None
        await rest(stop, self._parts.settings.poll_every.total_seconds())

    async def _round(self, stop: asyncio.Event) -> None:
        await self._look_after_now_and_then()
        for held in await self._claim():
            task = asyncio.create_task(self._deliver(held))
            self._in_flight.add(task)
            task.add_done_callback(self._landed)
        self._states["send"].waits_for = None
        await wait_for_work(stop, self._wake, self._parts.settings.poll_every.total_seconds())

    async def _look_after_now_and_then(self) -> None:
        """Look when there is news and once every poll interval, not after every message that has gone out."""
        now = asyncio.get_running_loop().time()
        if not self._news and now < self._looked_at + self._parts.settings.poll_every.total_seconds():
            return
        wide = _EVERYTHING if self._looks == 0 else _LOOK_WIDE
        self._news = False
        await self._look_after(_LOOK_BACK if self._looks % _WIDE_EVERY else wide)
        self._looks, self._looked_at = self._looks + 1, now

    def _notice(self) -> None:
        self._news = True
        self._wake.set()

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._in_flight.discard(task)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a delivery was left to its lease", exc_info=error)

    async def _look_after(self, back: timedelta) -> None:
        now = self._parts.now()
        async with self._parts.engine.begin() as connection:
            await claims.adopt(connection, now, back)
            await claims.end_leases(connection, surely_dead(await claims.owners(connection)))
            await claims.expire(connection, now, self._parts.settings, self._clearing.asked)
            handed_over = await claims.hand_over(connection, now)
            waiting = await claims.waiting(connection)
        for channel in {*waiting, *self._parts.replies}:
            metrics.OUTBOX_WAITING.labels(channel).set(waiting.get(channel, 0))
        if handed_over:
            _log.warning("messages need a person: their outcome is not known", count=handed_over)
            self._settled.set()

    async def _claim(self) -> list[Claim]:
        free = self._parts.settings.concurrency - len(self._in_flight)
        if free <= 0:
            return []
        lease = self._parts.settings.lease
        async with self._parts.engine.begin() as connection:
            now = self._parts.now()
            held = await claims.claim(connection, self._owner, now, lease, free)
            return await barred(connection, held, now, self._parts.window)

    async def _deliver(self, held: Claim) -> None:
        parts = self._parts
        ended = hindrance(held, parts.replies, parts.now(), parts.answering)
        if ended is None:
            reply, message = parts.replies[held.way.channel], outgoing(held, parts.answering.accounts)
            happened = await try_to_send(held, reply, message, self._mark, parts.settings)
            if isinstance(happened, Sent):
                reached("sender.server-answered")
            ended = ending(held, happened, parts.now(), parts.settings, held.way.channel in self._clearing.asked)
        metrics.OUTBOX.labels(held.way.channel, ended.state).inc()
        await self._write(held, ended)
        if ended.outcome is not None:
            self._settled.set()

    async def _mark(self, held: Claim) -> None:
        async with self._parts.engine.begin() as connection:
            if not await claims.mark_sending(connection, held, self._parts.now(), self._parts.settings.lease):
                raise LeaseLost("the lease of this message ended")
        reached("sender.sending-noted")

    async def _write(self, held: Claim, ended: Ending) -> None:
        """Write the ending, waiting for the database as long as the lease allows: only we know what happened."""

        async def write() -> bool:
            async with self._parts.engine.begin() as connection:
                return await claims.settle(connection, held, ended, self._parts.now())

        written = await _within(self._parts.settings.lease, write)
        _log.info(
            "tried to send",
            outbox_id=str(held.outbox_id),
            attempt=held.attempt,
            state=ended.state if written else "taken over",
            error_class=ended.error_class,
        )

    async def _listen(self, stop: asyncio.Event) -> None:
        self._states["listen"].waits_for = None
        await listen(self._parts.engine, OUTBOX_NOTICE, stop, self._notice)

    async def _publish_until(self, stop: asyncio.Event) -> None:
        async with producer(self._parts.kafka) as client:
            while True:
                ending_now = stop.is_set() and not self._in_flight
                while await self.publish_results(client):
                    pass
                self._states["publish"].waits_for = None
                if ending_now:
                    return
                await wait_for_work(asyncio.Event(), self._settled, self._parts.settings.poll_every.total_seconds())

    async def _drain(self) -> None:
        if self._in_flight:
            _, late = await asyncio.wait(self._in_flight, timeout=self._parts.drain.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


async def _within(limit: timedelta, work: Callable[[], Awaitable[T]]) -> T:
    """Repeat `work` while a part of the platform is away, at most for `limit`; then raise what it raised."""
    pauses, never = delays(), asyncio.Event()
    end = asyncio.get_running_loop().time() + limit.total_seconds()
    while True:
        try:
            return await work()
        except Exception as error:
            if verdict(error) is Verdict.POISON or asyncio.get_running_loop().time() > end:
                raise
            await rest(never, next(pauses))
