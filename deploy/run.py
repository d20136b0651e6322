"""Putting processes together: everything in one (`run`), or one part each for scale-out."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from deploy.authorities import DROP_FOLDERS, DropFoldersService, folders_of
from deploy.http import address_of, listen
from deploy.local import EmbeddedPlatform
from deploy.local.progress import Report
from deploy.mailboxes import IMAP, MailboxesService
from deploy.polling import PollingService
from deploy.preparation import Preparation, prepare
from deploy.process import run_loop, run_parts, signals_interrupt, supervise
from deploy.receiving import GATEWAY, GatewayService
from deploy.settings import Installation, load, with_keys
from deploy.supervisor import Plan, Supervisor
from deploy.twilio_lists import TWILIO_LISTS, TwilioListsService, working_accounts
from deploy.working import ALL, chosen, stage_plans, worker_context
from infra.database import create_engine
from infra.objects import open_store
from operations.alerts import Watcher
from operations.assembly import pack_of
from operations.watching import Watch
from schemas.errors import Unreachable
from schemas.settings import Settings
from workers.context import WorkerContext

if TYPE_CHECKING:
    from deploy.greeting import Show

POLLED: Mapping[str, Callable[..., PollingService]] = {
    IMAP: MailboxesService,
    TWILIO_LISTS: TwilioListsService,
    DROP_FOLDERS: DropFoldersService,
}
"""What is asked for instead of being told, by the name of `intake connector`."""
_START = "start everything with `intake run`, only the platform with `intake platform up`"


def run_all(report: Report, *, demo: bool) -> None:
    """Run the whole product in this process until it is told to stop; the embedded platform ends with it.

    A platform that ran before is used and stays.
    """
    from deploy.greeting import Show, demo_vendors  # the demo and all its vendors: nothing for a process of production

    installation = load()
    platform = EmbeddedPlatform(installation.settings.home, parts=installation.embedded)
    with signals_interrupt():
        try:
            if installation.embedded:
                platform.up(report, owner_pid=os.getpid())
            with demo_vendors(installation.settings.home, begin=demo and installation.keeps_own_keys) as vendors:
                installation = load()
                settings = _quiet(with_keys(installation), installation)
                _require_kafka(settings)
                _require_database(settings)
                show = Show(installation, report, demo, vendors)
                run_loop(settings, lambda stop: _everything(settings, show, stop))
        finally:
            if installation.embedded and platform.owner() == os.getpid():
                report("stopping the platform")
                platform.down()
                report("stopped; no process and no port is left")


def run_gateway(report: Report) -> None:
    """Run the gateway alone. It receives while Kafka is away, and needs no database."""
    installation = load()
    settings = with_keys(installation)
    _require_kafka(settings)

    async def work(stop: asyncio.Event) -> None:
        preparation = Preparation(settings, tables=False)
        with _listen(settings, installation) as bound:
            report(f"gateway: {address_of(bound)}")
            parts = _with_gateway(settings, bound, [Plan(preparation.name, lambda: preparation)])
            await supervise(settings, GATEWAY, parts, stop)

    run_loop(settings, work)


def run_connector(name: str, accounts: Sequence[str]) -> None:
    """Run one connector alone, with an intake path of its own."""
    settings = with_keys(load())
    _require_kafka(settings)
    POLLED[name](settings, accounts)  # names what is wrong with the settings before anything starts

    async def work(stop: asyncio.Event) -> None:
        preparation = Preparation(settings, tables=False)
        plans = [Plan(preparation.name, lambda: preparation), Plan(name, lambda: POLLED[name](settings, accounts))]
        await run_parts(settings, f"connector {name}", plans, stop)

    run_loop(settings, work)


def run_workers(stages: Sequence[str]) -> None:
    """Run some stages or services alone. They wait for Kafka and PostgreSQL as long as it takes."""
    parts = chosen(stages)
    settings = with_keys(load())
    _require_kafka(settings)
    _require_database(settings)

    async def work(stop: asyncio.Event) -> None:
        preparation = Preparation(settings, tables=True)
        engine = create_engine(settings.database)
        try:
            context = worker_context(settings, engine, open_store(settings))
            plans = [Plan(preparation.name, lambda: preparation), *stage_plans(context, parts, preparation)]
            await run_parts(settings, f"worker {' '.join(stages)}", plans, stop, context.accounts)
        finally:
            await engine.dispose()

    run_loop(settings, work)


async def _everything(settings: Settings, show: "Show", stop: asyncio.Event) -> None:
    await prepare(settings)
    engine = create_engine(settings.database)
    try:
        with _listen(settings, show.installation) as bound:
            url = address_of(bound)
            settings = _with_public_url(settings, url)
            context = worker_context(settings, engine, open_store(settings))
            parts = _with_gateway(settings, bound, [*show.plans(settings), *_other_parts(settings, context)])
            greeting = asyncio.create_task(show.greet(parts, settings, engine, url))
            await supervise(settings, "run", parts, stop, context.accounts)
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)
    finally:
        await engine.dispose()


def _other_parts(settings: Settings, context: WorkerContext) -> list[Plan]:
    plans = stage_plans(context, chosen([ALL]))
    set_up = {IMAP: settings.mailboxes, TWILIO_LISTS: working_accounts(settings), DROP_FOLDERS: folders_of(settings)}
    plans += [Plan(name, partial(POLLED[name], settings)) for name, accounts in set_up.items() if accounts]
    return plans


def _with_gateway(settings: Settings, bound: socket.socket, others: Sequence[Plan]) -> Supervisor:
    """Put the gateway before the other parts of its process, which its `/readyz` shows; the watcher comes last."""
    watch = Watch(settings, pack_of(settings)) if settings.database.url is not None else None
    gateway = Plan(GATEWAY, lambda: GatewayService(settings, bound, lambda: parts.health()[1:], watch))
    watchers = []
    if watch is not None:
        url = settings.gateway.public_url or address_of(bound)
        watchers = [Plan(Watcher.name, partial(Watcher, watch, url))]
    parts = Supervisor([gateway, *others, *watchers])
    return parts


def _listen(settings: Settings, installation: Installation) -> socket.socket:
    """Listen on the gateway's port; on the next free one only where nobody chose the port and all is embedded."""
    free = installation.keeps_own_keys and installation.origin(("gateway", "port")) == "default"
    return listen(settings.gateway.host, settings.gateway.port, or_next=free)


def _with_public_url(settings: Settings, url: str) -> Settings:
    if settings.gateway.public_url is not None:
        return settings
    return settings.model_copy(update={"gateway": settings.gateway.model_copy(update={"public_url": url})})


def _quiet(settings: Settings, installation: Installation) -> Settings:
    """Show only warnings, for the eye, unless the log was set up by a person: they would bury the addresses."""
    update: dict[str, str] = {}
    if installation.origin(("log_level",)) == "default":
        update["log_level"] = "WARNING"
    if installation.origin(("log_format",)) == "default":
        update["log_format"] = "console"
    return settings.model_copy(update=update)


def _require_kafka(settings: Settings) -> None:
    if not settings.kafka.bootstrap_servers:
        raise Unreachable(f"Kafka does not run and INTAKE_KAFKA__BOOTSTRAP_SERVERS is not set: {_START}")


def _require_database(settings: Settings) -> None:
    if settings.database.url is None:
        raise Unreachable(f"PostgreSQL does not run and INTAKE_DATABASE__URL is not set: {_START}")
