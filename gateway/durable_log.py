"""The one durable place with two halves: Kafka while it answers, the spool from its first timeout until it is empty."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from gateway.log import Log, LogUnavailable, MessageTooLarge
from gateway.oversize import Shrinker
from gateway.spool import Spool
from gateway.spool_folder import Entry
from infra.failpoints import reached
from infra.logs import log
from infra.metrics import SPOOLING
from infra.service import Health
from schemas.errors import IntakeError
from schemas.wire import Message

_LOG = log(__name__)
RETRY_EVERY = timedelta(milliseconds=500)
"""Between two tries to reach a log that is away; each try has its own time limit besides."""
REBUILD_AFTER = 3
"""Tries in a row over one connection before it is dropped for a new one."""
ROUND_ENTRIES = 64
ROUND_BYTES = 4 * 1024 * 1024
SMALLEST_ROUND_BYTES = 64 * 1024
"""What a log does not acknowledge in time is tried again in smaller rounds: one that just came back may be slow."""


class DurableLog:
    """Takes rounds of records and returns when they are safe.

    Only code without a wait between looking at `_direct` and joining the spool decides where a round goes, and
    only such code switches back: on one event loop that is the lock under which both happen.
    """

    def __init__(self, kafka: Log, spool: Spool, shrinker: Shrinker, part: str = "gateway") -> None:
        self.spool = spool
        self._kafka = kafka
        self._shrinker = shrinker
        self._part = part
        self._direct = False
        self._connected = False
        self._failures = 0
        self._round_bytes = ROUND_BYTES
        self._cause = "starting"
        self.refused = 0
        """Complaints the broker does not take for their size, suspended or with their entry kept for a person."""
        self._set_aside = 0
        self._spooling = asyncio.Event()
        self._drained = asyncio.Event()
        self._drainer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Own and adopt the spool, try Kafka once; without it the work starts in spool mode.

        So it does where an earlier process left entries, which go first: then nobody waits here for Kafka.
        Raises `SettingsInvalid` when the spool folder cannot be used.
        """
        await self.spool.open()
        if self.spool.empty:
            await self._reach()
        self._switch_back_if_empty()
        if not self._direct:
            self._to_spool(self._cause)
        self._drainer = asyncio.create_task(self._drain_for_ever(), name="spool-drainer")

    async def append(self, messages: Sequence[Message]) -> str:
        """Return where the round is durable: `kafka` or `spool`. Raises `NotDurable` when neither took it.

        May be repeated; a round that timed out may still arrive in Kafka besides the spool.
        """
        if self._direct:
            try:
                await self._kafka.append(messages)
            except (LogUnavailable, MessageTooLarge) as error:
                self._to_spool(str(error))
            else:
                reached("gateway.kafka-acked")
                return "kafka"
        await self.spool.append(messages)
        reached("gateway.spooled")
        return "spool"

    def health(self) -> Health:
        """Ready while rounds are taken, in Kafka or in the spool."""
        alive = self._drainer is not None and not self._drainer.done()
        where = "writing to Kafka" if self._direct else f"writing to the spool: {self._cause}"
        return Health(
            name="intake",
            ready=alive and (self._direct or self.spool.failure is None),
            detail=where if self.spool.failure is None else f"{where}; {self.spool.failure}",
            facts={
                "durable": "kafka" if self._direct else "spool",
                "spool_entries": self.spool.entries,
                "spool_bytes": self.spool.size_bytes,
                "spool_torn": self.spool.torn,
                "spool_refused": self._set_aside,
                "cause": "" if self._direct else _cause(self.spool),
                "spool_max_bytes": self.spool.max_bytes,
            },
        )

    async def drained(self, within: timedelta) -> bool:
        """Wait until the spool is empty and Kafka is written directly; False when that takes longer."""
        try:
            async with asyncio.timeout(within.total_seconds()):
                await self._drained.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Stop draining, close Kafka, let the spool go; what is in it waits for the next start."""
        if self._drainer is not None:
            self._drainer.cancel()
            await asyncio.wait([self._drainer])
        await self._kafka.close()
        await self.spool.close()

    def _to_spool(self, cause: str) -> None:
        if self._direct or not self._spooling.is_set():
            _LOG.warning("spooling begins", part=self._part, detail=cause)
        self._direct = False
        self._cause = cause
        SPOOLING.labels(self._part).set(1)
        self._spooling.set()
        self._drained.clear()

    def _switch_back_if_empty(self) -> None:
        if not (self._connected and self.spool.empty):
            return
        spooled = self._spooling.is_set()
        if spooled:
            reached("gateway.before-switch-back")
            _LOG.info("spooling ends", part=self._part)
        self._direct = True
        SPOOLING.labels(self._part).set(0)
        self._spooling.clear()
        self._drained.set()
        if spooled:
            reached("gateway.after-switch-back")

    async def _drain_for_ever(self) -> None:
        while True:
            await self._next_outage()
            try:
                await self._drain()
            except IntakeError as error:
                self._failures += 1
                self._round_bytes = max(self._round_bytes // 2, SMALLEST_ROUND_BYTES)
                self._connected = self._connected and self._failures % REBUILD_AFTER != 0
                self._cause = str(error)
                await self.spool.probe()
                await asyncio.sleep(RETRY_EVERY.total_seconds())
            except Exception as error:  # noqa: BLE001 (last guard: a stopped drainer would fill the spool in silence)
                _LOG.error("drain failed", part=self._part, exc_info=error)
                self._cause = f"drain failed: {type(error).__name__}"
                await asyncio.sleep(RETRY_EVERY.total_seconds())

    async def _next_outage(self) -> None:
        """Wait until rounds go to the spool; one that failed is tried meanwhile: nobody reads of an old fault."""
        while self.spool.failure is not None and not self._spooling.is_set():
            await self.spool.probe()
            await asyncio.sleep(RETRY_EVERY.total_seconds())
        await self._spooling.wait()

    async def _reach(self) -> None:
        if self._connected:
            return
        try:
            await self._kafka.connect()
        except LogUnavailable as error:
            self._cause = str(error)
            return
        self._connected = True

    async def _drain(self) -> None:
        """Send everything that waits, oldest first; raises as soon as the log does not answer."""
        await self._reach()
        if not self._connected:
            raise LogUnavailable(self._cause)
        while not self.spool.empty:
            entries = await self.spool.oldest(ROUND_ENTRIES, self._round_bytes)
            try:
                await self._kafka.append([message for _, messages in entries for message in messages])
            except MessageTooLarge:
                for entry, messages in entries:
                    await self._drain_alone(entry, messages)
            else:
                if entries:
                    reached("gateway.draining")
                await self.spool.remove([entry for entry, _ in entries])
            self._failures = 0
            self._round_bytes = min(self._round_bytes * 2, ROUND_BYTES)
            await self.spool.settled()
        self._switch_back_if_empty()

    async def _drain_alone(self, entry: Entry, messages: Sequence[Message]) -> None:
        """Send one entry record by record; what the broker refuses for its size goes by reference.

        What does not fit even so is kept with its entry for a person, and holds up nobody.
        """
        refused = [message for message in messages if not await self._sent_or_shrunk(message, messages)]
        if not refused:
            reached("gateway.draining")
            await self.spool.remove([entry])
            return
        self._set_aside += 1
        self.refused += 1
        _LOG.error("spool entry refused by the broker", part=self._part, records=len(refused))
        await self.spool.set_aside(entry, "refused")

    async def _sent_or_shrunk(self, message: Message, entry: Sequence[Message]) -> bool:
        try:
            await self._kafka.append([message])
        except MessageTooLarge:
            return await self._shrunk(message, entry)
        return True

    async def _shrunk(self, message: Message, entry: Sequence[Message]) -> bool:
        try:
            instead = await self._shrinker.by_reference(message, entry)
            await self._kafka.append(instead)
        except MessageTooLarge:
            return False
        self.refused += any(one.topic != message.topic for one in instead)
        return True


def _cause(spool: Spool) -> str:
    if spool.failure is None:
        return "spooling"
    return "spool-full" if spool.over_limit else "spool-failed"
