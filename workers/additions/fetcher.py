"""The fetcher as a service: takes up announced files, fetches several at once, publishes what became of each."""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from infra import metrics
from infra.failpoints import reached
from infra.kafka import producer
from infra.logs import log
from infra.service import Health
from schemas.additions import Addition
from schemas.errors import ChannelUnavailable, NotDurable, Unreachable
from schemas.settings import KafkaSettings
from schemas.topics import ADDITIONS
from schemas.wire import headers
from workers.additions import jobs
from workers.additions.fetching import Files, pause_before, without_file
from workers.additions.jobs import DELETE, DONE, FETCH, PUBLISH, TRANSCRIBE, Job, Step
from workers.persistent import State, persist
from workers.runtime.backoff import rest

_log = log(__name__)

_LOOK_BACK = timedelta(minutes=10)
"""No transaction that announces a file takes longer; a wide look now and then proves it."""
_EVERYTHING = timedelta(days=36_500)
_WIDE_EVERY = 300
"""Looks between two wide ones."""
_PLATFORM = (KafkaError, NotDurable, Unreachable)


@dataclass(frozen=True, slots=True)
class FetcherParts:
    """What the fetcher needs. `transcription_tries` are those of one recording; `now` is the clock of leases."""

    engine: AsyncEngine
    files: Files
    kafka: KafkaSettings
    now: Callable[[], datetime]
    drain: timedelta
    transcription_tries: int = 1


class Fetcher:
    """Fetches what channels announced. Any number may run at once.

    `parked` is how many additions had waited too long for their complaint when it looked last.
    """

    def __init__(self, parts: FetcherParts) -> None:
        self.name = "fetcher"
        self._parts = parts
        self._settings = parts.files.settings
        self._looks = 0
        self.parked = 0
        self._waiting: dict[str, int] = {}
        self._looking = State(self.name)
        self._working = [State(self.name) for _ in range(self._settings.concurrency)]

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`. At `stop` no more is claimed; files that are coming in are finished."""
        async with asyncio.TaskGroup() as tasks:
            looking = tasks.create_task(persist(stop, self._looking, lambda: self._look_until(stop)))
            working = [
                tasks.create_task(persist(stop, state, lambda state=state: self._work_until(stop, state)))  # type: ignore[misc]
                for state in self._working
            ]
            await stop.wait()
            await asyncio.wait(working, timeout=self._parts.drain.total_seconds())
            for task in (looking, *working):
                task.cancel()

    def health(self) -> Health:
        """Not ready while it waits for the platform; says for which channels nobody can fetch files."""
        waits = next((one for one in (self._looking, *self._working) if one.waits_for), None)
        if waits is not None:
            return waits.health()
        helpless = sorted(self._waiting.keys() - self._parts.files.media.keys())
        detail = f"no way to fetch files of {', '.join(helpless)} is set up" if helpless else "working"
        return Health(self.name, True, detail, {f"waiting {name}": count for name, count in self._waiting.items()})

    async def look(self) -> int:
        """Take up files that were announced, and see what waits; return how many files were new."""
        back = _LOOK_BACK if self._looks % _WIDE_EVERY else _EVERYTHING
        now = self._parts.now()
        async with self._parts.engine.begin() as connection:
            new = await jobs.adopt(connection, now, back)
            waiting = await jobs.waiting(connection)
            parked = await jobs.parked(connection, now - self._settings.visible_after)
        self._looks += 1
        for channel in {*waiting, *self._waiting}:
            metrics.MEDIA_WAITING.labels(channel).set(waiting.get(channel, 0))
        metrics.ADDITIONS_PARKED.set(parked)
        if parked > self.parked:
            _log.warning("additions have no complaint: look at parked_additions", count=parked)
        self._waiting, self.parked = waiting, parked
        return new

    async def work(self, client: AIOKafkaProducer) -> bool:
        """Do what is left of the file that is due longest; False when there is none."""
        owner = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:12]}"
        async with self._parts.engine.begin() as connection:
            job = await jobs.claim(connection, owner, self._parts.now(), self._settings.lease)
        if job is None:
            return False
        while job is not None and job.state != DONE:
            job = await self._next(job, client)
        return True

    async def _next(self, job: Job, client: AIOKafkaProducer) -> Job | None:
        """Do one step and write it down; None when the file is given back or somebody else has it."""
        try:
            step = await self._step(job, client)
        except ChannelUnavailable as error:
            step = self._failed(job, error)
        except _PLATFORM as error:
            await self._write(job, self._later(job, error))
            raise
        if not await self._write(job, step) or step.later is not None:
            return None
        return replace(job, state=step.state, addition=step.addition, attempts=jobs.attempts_of(job, step))

    async def _step(self, job: Job, client: AIOKafkaProducer) -> Step:
        now = self._parts.now()
        if job.state == FETCH or job.addition is None:
            addition = await self._parts.files.fetch(job, now)
            metrics.MEDIA.labels(job.channel, addition.attachments[0].state).inc()
            return Step(PUBLISH, addition)
        if job.state == PUBLISH:
            await self._publish(job.addition, client)
            return Step(self._after_publishing(job.addition), job.addition)
        if job.state == TRANSCRIBE:
            await self._transcribe(job, job.addition, client)
            return Step(DELETE, job.addition)
        await self._parts.files.delete(job)
        return Step(DONE, None)

    def _after_publishing(self, addition: Addition) -> str:
        if addition.attachments[0].state != "stored":
            return DONE
        return TRANSCRIBE if self._parts.files.is_recording(addition) else DELETE

    async def _transcribe(self, job: Job, stored: Addition, client: AIOKafkaProducer) -> None:
        async with self._parts.engine.connect() as connection:
            if not await jobs.lacks_words(connection, job.complaint_id):
                return
        words = await self._parts.files.transcribe(job, stored, self._parts.now())
        metrics.TRANSCRIPTIONS.labels("words" if words else "none").inc()
        if words is not None:
            await self._publish(words, client)

    async def _publish(self, addition: Addition, client: AIOKafkaProducer) -> None:
        naming = self._parts.kafka.naming
        number = addition.addition_id
        pairs = headers(ADDITIONS, naming, event_id=f"fetcher:{number}", time=addition.at, subject=number)
        await client.send_and_wait(
            naming.topic(ADDITIONS), addition.to_json(), key=str(addition.complaint_id).encode(), headers=pairs
        )
        reached("fetcher.published")

    def _failed(self, job: Job, error: ChannelUnavailable) -> Step:
        """What a passing failure means: later again, or, when the time is over, on without what was asked for."""
        later = self._later(job, error)
        if job.state == TRANSCRIBE:
            if job.attempts < self._parts.transcription_tries:
                return later
            metrics.TRANSCRIPTIONS.labels("failed").inc()
            return Step(DELETE, job.addition, error_class=later.error_class)
        if later.later is None or later.later < job.give_up_at:
            return later
        if job.state == FETCH:
            metrics.MEDIA.labels(job.channel, "failed").inc()
            return Step(PUBLISH, without_file(job, "failed", "attachment-not-fetched", self._parts.now()))
        return Step(DONE, None, error_class=later.error_class)

    def _later(self, job: Job, error: Exception) -> Step:
        later = self._parts.now() + pause_before(job.attempts + 1, self._settings)
        return Step(job.state, job.addition, later, type(error.__cause__ or error).__name__)

    async def _write(self, job: Job, step: Step) -> bool:
        async with self._parts.engine.begin() as connection:
            written = await jobs.write(connection, job, step, self._parts.now(), self._settings.lease)
        _log.info(
            "worked on a file",
            complaint_id=str(job.complaint_id),
            attempt=job.attempts,
            state=step.state if written else "taken over",
            error_class=step.error_class,
        )
        return written

    async def _look_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            self._looking.waits_for = None
            await rest(stop, self._settings.poll_every.total_seconds())

    async def _work_until(self, stop: asyncio.Event, state: State) -> None:
        async with producer(self._parts.kafka) as client:
            while not stop.is_set():
                worked = await self.work(client)
                state.waits_for = None
                if not worked:
                    await rest(stop, self._settings.poll_every.total_seconds())
