"""The gateway as a service, with its intake path and, for the staff pages, the database."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.web import Web
from deploy.http import address_of
from deploy.local.files import write_private
from deploy.local.status import GatewayAddress, read_gateway
from deploy.polling import open_own_intake
from deploy.supervisor import Plan, Supervisor
from gateway.app import create_app
from gateway.intake import IntakePath
from gateway.log import KafkaLog
from gateway.parts import GatewayParts
from gateway.reports import Reports
from gateway.server import GatewayServer
from infra.database import create_engine
from infra.service import Health, Service
from operations.assembly import connector_of, hooks_of, pack_of, places_of, pseudonym_key_of, token_keys_of
from operations.lag.sampler import LagSampler
from operations.pages import OperationsParts, extension
from operations.watching import Watch
from schemas.complaint import Channel
from schemas.settings import Settings

GATEWAY = "gateway"


class GatewayService:
    """The gateway: its intake path is open as long as it serves. `others` are shown in its `/readyz`."""

    name = GATEWAY

    def __init__(
        self,
        settings: Settings,
        bound: socket.socket,
        others: Callable[[], Sequence[Health]] = tuple,
        watch: Watch | None = None,
    ) -> None:
        self._settings = settings
        self._watch = watch
        self._bound = bound
        self._others = others
        self._intake: IntakePath | None = None
        self._server: GatewayServer | None = None
        self._lag: LagSampler | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; then requests in flight end, and what is under way becomes durable."""
        async with open_own_intake(self._settings, GATEWAY) as intake, staff_database(self._settings) as engine:
            self._intake = intake
            self._lag = self._sampler(engine) if engine is not None else None
            parts = self._parts(intake, engine)
            app = create_app(parts, [extension(self._operations(engine))])
            self._server = GatewayServer(self._settings.gateway, app, self._bound.dup())
            async with aclosing(parts), beside(stop, *([self._lag] if self._lag else [])):
                with published(self._settings.home, address_of(self._bound)):
                    await self._server.run(stop)

    def health(self) -> Health:
        """Ready while it serves and can make deliveries durable."""
        if self._server is None or self._intake is None:
            return Health(self.name, False, "starting")
        serving, durable = self._server.health(), self._intake.health()
        detail = f"{address_of(self._bound)} {serving.detail}, {durable.detail}"
        return Health(self.name, serving.ready and durable.ready, detail, durable.facts)

    def _parts(self, intake: IntakePath, engine: AsyncEngine | None) -> GatewayParts:
        settings = self._settings
        web = connector_of(settings, Channel.WEB.value)
        assert isinstance(web, Web)  # noqa: S101 - tells mypy what the registry makes
        return GatewayParts(
            intake=intake,
            web=web,
            settings=settings.gateway,
            token_keys=token_keys_of(settings),
            pseudonym_key=pseudonym_key_of(settings),
            public_url=(settings.gateway.public_url or address_of(self._bound)).rstrip("/"),
            healths=self._shown,
            hooks=hooks_of(settings),
            engine=engine,
            home=settings.home,
            staff=settings.staff,
            qr=settings.qr,
            draft_settings=settings.drafts,
            regulator=connector_of(settings, Channel.REGULATOR_12315.value),
            places=places_of(settings),
            pack=pack_of(settings),
            track=settings.track,
            reports=reports_of(settings),
        )

    def _sampler(self, engine: AsyncEngine) -> LagSampler:
        """Lag for all viewers, with what the watch sees besides consumer groups; the watch sees the lag."""
        watch = self._watch
        lag = LagSampler(self._settings, engine, [watch.rows] if watch is not None else [])
        if watch is not None:
            watch.board = lambda: lag.board
        return lag

    def _operations(self, engine: AsyncEngine | None) -> OperationsParts:
        return OperationsParts(self._settings, pack_of(self._settings), engine, self._lag, self._watch)

    def _shown(self) -> list[Health]:
        """What `/readyz` shows beside the intake path, which alone decides."""
        return [*self._others(), *([self._lag.health()] if self._lag else [])]


@asynccontextmanager
async def beside(stop: asyncio.Event, *services: Service) -> AsyncIterator[None]:
    """Run services beside the server until `stop`; one that fails is started again and never disturbs receiving."""
    supervisor = Supervisor([Plan(one.name, lambda one=one: one) for one in services])  # type: ignore[misc]
    running = asyncio.create_task(supervisor.run(stop))
    try:
        yield
    finally:
        if not stop.is_set():
            running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def reports_of(settings: Settings) -> Reports:
    """What takes the reports of departments."""
    systems = settings.systems
    keys = {code: one.status_key.get_secret_value().encode() for code, one in systems.items() if one.status_key}
    return Reports(lambda: KafkaLog(settings.kafka), settings.kafka.naming, keys)


@asynccontextmanager
async def staff_database(settings: Settings) -> AsyncIterator[AsyncEngine | None]:
    """Give what the staff pages work with; None where no database is set: receiving needs none."""
    if settings.database.url is None:
        yield None
        return
    engine = create_engine(settings.database)
    try:
        yield engine
    finally:
        await engine.dispose()


@contextmanager
def published(home: Path, url: str) -> Iterator[None]:
    """Tell other programs where the gateway is, in `<home>/gateway.json`, as long as it serves."""
    file, address = home / "gateway.json", GatewayAddress(url=url)
    write_private(file, json.dumps({"url": url, "pid": os.getpid()}) + "\n")
    try:
        yield
    finally:
        if read_gateway(home) == address:
            file.unlink(missing_ok=True)
