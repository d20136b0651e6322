"""A poller under test, with an intake path that remembers what it was given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from connectors.contract import Connector
from connectors.imap import MailboxPoller
from connectors.imap.cursor import Cursor, CursorFile
from schemas.errors import NotDurable, Reason
from schemas.inbound import Inbound
from schemas.settings import MailboxSettings
from tests.connectors.imap.reading import MAIL

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@dataclass
class Intake:
    """Keeps deliveries. `broken` says which bodies crash the reader, `closed` that nothing can be kept."""

    kept: list[Inbound] = field(default_factory=list)
    suspended: list[tuple[Inbound, Reason]] = field(default_factory=list)
    broken: Callable[[bytes], bool] = lambda _: False
    closed: bool = False
    before: Callable[[], None] = lambda: None
    tries: int = 0

    async def receive(self, inbound: Inbound, _: Connector) -> None:
        self.tries += 1
        if self.closed:
            raise NotDurable("neither Kafka nor spool")
        if self.broken(inbound.body):
            raise RuntimeError("a defect")
        await asyncio.sleep(0)
        self.kept.append(inbound)

    async def suspend(self, inbound: Inbound, reason: Reason, detail: str) -> None:
        assert "@" not in detail
        if self.closed:
            raise NotDurable("neither Kafka nor spool")
        self.suspended.append((inbound, reason))

    @property
    def uids(self) -> list[int]:
        """UIDs of what was kept, in order."""
        return [int(one.source["uid"]) for one in self.kept]


def mailbox(port: int, **changes: object) -> MailboxSettings:
    """Settings with short pauses."""
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "plain",
        "user": "service@huimin-market.example",
        "password": SecretStr("secret"),
        "poll_every": timedelta(milliseconds=10),
        "timeout": timedelta(seconds=5),
        "retry_after": timedelta(milliseconds=2),
        "retry_at_most": timedelta(milliseconds=20),
        "login_retry_after": timedelta(milliseconds=2),
        "login_retry_at_most": timedelta(milliseconds=20),
        "max_attempts": 3,
    }
    return MailboxSettings.model_validate(given | changes)


def poller_of(settings: MailboxSettings, intake: Intake, folder: Path) -> MailboxPoller:
    """The poller as the product makes it."""
    return MailboxPoller(
        "service", settings, connector=MAIL, receive=intake.receive, suspend=intake.suspend, folder=folder,
        now=lambda: NOW,
    )  # fmt: skip


@asynccontextmanager
async def polling(settings: MailboxSettings, intake: Intake, folder: Path) -> AsyncIterator[MailboxPoller]:
    """Run a poller for the time of a test, then stop it in order."""
    poller, stop = poller_of(settings, intake, folder), asyncio.Event()
    task = asyncio.create_task(poller.run(stop))
    try:
        yield poller
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


def cursor(folder: Path) -> Cursor:
    """What is written down."""
    return CursorFile(folder, "service").load()
