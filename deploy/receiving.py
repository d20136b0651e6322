"""The receiving parts as services: the gateway with its intake path, the mailbox pollers with theirs."""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from connectors.contract import Connector
from connectors.imap.poll import MailboxPoller
from connectors.web import Web
from deploy.assembly import connector_of, hooks_of, numbering_of, pseudonym_key_of, token_keys_of, with_spool_of
from deploy.http import address_of
from deploy.local.files import write_private
from deploy.local.status import GatewayAddress, read_gateway
from deploy.supervisor import Plan, Supervisor
from gateway.app import create_app
from gateway.intake import IntakePath, open_intake
from gateway.parts import GatewayParts
from gateway.server import GatewayServer
from infra.objects import open_store
from infra.service import Health
from schemas.complaint import Channel
from schemas.errors import SettingsInvalid
from schemas.settings import Settings

GATEWAY = "gateway"
IMAP = "imap"


class GatewayService:
    """The gateway: its intake path is open as long as it serves. `others` are shown in its `/readyz`."""

    name = GATEWAY

    def __init__(
        self, settings: Settings, bound: socket.socket, others: Callable[[], Sequence[Health]] = tuple
    ) -> None:
        self._settings = settings
        self._bound = bound
        self._others = others
        self._intake: IntakePath | None = None
        self._server: GatewayServer | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; then requests in flight end, and what is under way becomes durable."""
        async with open_own_intake(self._settings, GATEWAY) as intake:
            self._intake = intake
            app = create_app(self._parts(intake))
            self._server = GatewayServer(self._settings.gateway, app, self._bound.dup())
            with published(self._settings.home, address_of(self._bound)):
                await self._server.run(stop)

    def health(self) -> Health:
        """Ready while it serves and can make deliveries durable."""
        if self._server is None or self._intake is None:
            return Health(self.name, False, "starting")
        serving, durable = self._server.health(), self._intake.health()
        detail = f"{address_of(self._bound)} {serving.detail}, {durable.detail}"
        return Health(self.name, serving.ready and durable.ready, detail, durable.facts)

    def _parts(self, intake: IntakePath) -> GatewayParts:
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
            healths=self._others,
            hooks=hooks_of(settings),
        )


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


class MailboxesService:
    """All mailboxes of one process on one intake path of their own; each is polled by itself."""

    name = IMAP

    def __init__(self, settings: Settings, accounts: Sequence[str] = ()) -> None:
        unknown = set(accounts) - set(settings.mailboxes)
        if unknown or not settings.mailboxes:
            known = ", ".join(settings.mailboxes) or "none, set INTAKE_MAILBOXES__<account>__HOST, __USER, __PASSWORD"
            raise SettingsInvalid(f"no mailbox {', '.join(sorted(unknown))}; mailboxes: {known}")
        self._settings = settings
        self._accounts = accounts or tuple(settings.mailboxes)
        self._pollers = Supervisor(())
        self._intake: IntakePath | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; a mail in hand is finished first."""
        connector = connector_of(self._settings, Channel.EMAIL.value)
        async with open_own_intake(self._settings, IMAP) as intake:
            self._intake = intake
            self._pollers = Supervisor([self._plan(account, intake, connector) for account in self._accounts])
            await self._pollers.run(stop)

    def health(self) -> Health:
        """Ready while every mailbox is connected and mails can be made durable."""
        if self._intake is None:
            return Health(self.name, False, "starting")
        parts = [self._intake.health(), *self._pollers.health()]
        detail = "; ".join(f"{one.name}: {one.detail}" for one in parts)
        facts = {f"{one.name} {name}": value for one in parts for name, value in one.facts.items()}
        return Health(self.name, all(one.ready for one in parts), detail, facts)

    def _plan(self, account: str, intake: IntakePath, connector: Connector) -> Plan:
        def build() -> MailboxPoller:
            return MailboxPoller(
                account,
                self._settings.mailboxes[account],
                connector=connector,
                receive=intake.receive,
                suspend=intake.suspend,
                folder=self._settings.home / "mailboxes",
            )

        return Plan(f"mailbox {account}", build)


def open_own_intake(settings: Settings, part: str) -> IntakePath:
    """Return the intake path of a part, with a spool of its own; use it with `async with`."""
    own = with_spool_of(settings, part)
    return open_intake(own, numbering_of(own), pseudonym_key_of(own), open_store(own))
