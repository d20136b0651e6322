"""Loops of services that are no stages: they wait for the platform, are woken or look by themselves, never give up."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infra.logs import log
from infra.service import Health
from workers.runtime.backoff import delays, rest
from workers.runtime.failures import Verdict, part_of, verdict

_log = log(__name__)


@dataclass(slots=True)
class State:
    """How a loop is doing, for `/readyz`."""

    name: str
    waits_for: str | None = None

    def health(self) -> Health:
        """Ready unless it waits for a part of the platform."""
        if self.waits_for is not None:
            return Health(self.name, False, f"waits for the {self.waits_for}")
        return Health(self.name, True, "working")


async def persist(stop: asyncio.Event, state: State, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` again and again until `stop`, with growing pauses while a part of the platform is away.

    `work` sets the pace itself (it may run until `stop`). A failure that no waiting heals is raised.
    """
    pauses = delays()
    while not stop.is_set():
        try:
            await work()
        except Exception as error:  # what outages raise is many classes; all others are raised again
            if verdict(error) is Verdict.POISON:
                raise
            state.waits_for = part_of(error)
            pause = next(pauses)
            _log.warning("waits for the platform", part=state.waits_for, worker=state.name, retry_in_s=pause)
            await rest(stop, pause)
        else:
            state.waits_for = None
            pauses = delays()


async def end(task: "asyncio.Task[None]", limit_s: float) -> None:
    """Let a task that was told to stop finish, and cancel it when it has not by then."""
    await asyncio.wait({task}, timeout=limit_s)
    task.cancel()


async def wait_for_work(stop: asyncio.Event, wake: asyncio.Event, seconds: float) -> None:
    """Return when woken, told to stop, or after some seconds."""
    waits = [asyncio.create_task(event.wait()) for event in (stop, wake)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
    wake.clear()
