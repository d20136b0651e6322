"""One process of the product: logs, signals, the event loop, its parts under supervision, a clean end."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import uvloop

from deploy.http import HttpServer, address_of, health_app, listen
from deploy.supervisor import Plan, Supervisor
from infra import collector, failpoints
from infra.logs import configure
from infra.service import Health
from operations.heartbeats import Heart
from schemas.settings import Settings
from workers.pipeline import names

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FORCED = 130

Healths = Callable[[], Sequence[Health]]


def run_loop(settings: Settings, work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `work` on uvloop with an event that the first SIGINT, SIGTERM or SIGHUP sets.

    A second signal cancels the work, a third ends the process at once. Fail points of the environment are armed
    here; SettingsInvalid when one of them does not exist.
    """
    configure(settings.log_format, settings.log_level)
    failpoints.switch_on(os.environ, names())
    # aiokafka reports each retry of what it heals itself, by the hundred; our own loops tell outages once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    collector.relax()
    collector.forget_start()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, suppress(asyncio.CancelledError):
        runner.run(_with_signals(work))


async def _with_signals(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    task = asyncio.create_task(work(stop))
    heard = 0

    def asked() -> None:
        nonlocal heard
        heard += 1
        if heard == 1:
            stop.set()
        elif heard == 2:
            task.cancel()
        else:
            os._exit(FORCED)

    for one in STOPPING:
        loop.add_signal_handler(one, asked)
    await task


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt as SIGINT does, so that what was started is stopped too."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {one: signal.signal(one, interrupt) for one in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


async def run_parts(
    settings: Settings, program: str, plans: list[Plan], stop: asyncio.Event, accounts: Healths = tuple
) -> None:
    """Run parts with a health server of their own (`/healthz`, `/readyz`, `/metrics`) until `stop`.

    `program` is what was started; `accounts` tells of vendors' accounts that parts share.
    """
    parts = Supervisor(plans)
    bound = listen(settings.gateway.host, settings.worker.health_port or 0, setting="INTAKE_WORKER__HEALTH_PORT")
    sys.stderr.write(f"health: {address_of(bound)}/readyz\n")
    health = HttpServer("health", health_app(parts.health), bound)
    drained = asyncio.Event()
    with bound:
        async with asyncio.TaskGroup() as both:
            both.create_task(health.run(drained))
            both.create_task(_then(supervise(settings, program, parts, stop, accounts), drained))


async def supervise(
    settings: Settings, program: str, parts: Supervisor, stop: asyncio.Event, accounts: Healths = tuple
) -> None:
    """Run parts until `stop`, and let the database know how they are until the last of them has ended."""
    heart = Heart(settings, program, lambda: [*parts.every_health(), *accounts()])
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as both:
        both.create_task(heart.run(ended), name="heartbeats")
        both.create_task(_then(parts.run(stop), ended))


async def _then(work: Awaitable[None], done: asyncio.Event) -> None:
    try:
        await work
    finally:
        done.set()
