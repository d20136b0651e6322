"""The service that reads one mailbox: connect, collect, wait for news, connect again. One mailbox, one poller."""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from connectors.contract import Connector
from connectors.imap.collect import Collector
from connectors.imap.cursor import CursorFile
from connectors.imap.delivery import Delivery, Receive, Suspend
from connectors.imap.line import Line
from connectors.imap.session import CommandRefused, LoginRefused, Session
from infra.clock import present
from infra.logs import log
from infra.metrics import MAILBOX_CONNECTED, MAILBOX_LAST_POLL
from infra.service import Health
from schemas.errors import ChannelUnavailable
from schemas.settings import MailboxSettings

_LOG = log(__name__)
_VERB_FACTOR = 4
_SLICE_S = 1.0
_LONGEST_IDLE = timedelta(minutes=28)
"""RFC 2177: a client should re-issue IDLE before 29 minutes have passed."""


class MailboxPoller:
    """Reads one mailbox until told to stop. Heals from every outage by itself; `health` says how it is."""

    def __init__(
        self,
        account: str,
        mailbox: MailboxSettings,
        *,
        connector: Connector,
        receive: Receive,
        suspend: Suspend,
        folder: Path,
        now: Callable[[], datetime] = present,
    ) -> None:
        """`folder` keeps the cursor file; `receive` and `suspend` are those of the intake path."""
        self.name = f"mailbox {account}"
        self._account = account
        self._mailbox = mailbox
        self._now = now
        delivery = Delivery(account, connector, receive, suspend, now)
        self._collector = Collector(account, mailbox, delivery, CursorFile(folder, account))
        self._state = "not started"
        self._connected = False
        self._failures = 0
        self._last_poll: datetime | None = None
        self._cause = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; a mail in hand is finished first."""
        while not stop.is_set():
            longest = first = timedelta(0)
            try:
                await self._connection(stop)
                continue
            except LoginRefused as error:
                first, longest = self._mailbox.login_retry_after, self._mailbox.login_retry_at_most
                self._failed(f"login refused: {error}", error.cause)
            except (ChannelUnavailable, OSError) as error:
                first, longest = self._mailbox.retry_after, self._mailbox.retry_at_most
                self._failed(f"mailbox not reachable: {type(error).__name__}", "unreachable")
            except Exception as error:  # noqa: BLE001 (last guard: a defect here must not end the service silently)
                first, longest = self._mailbox.retry_after, self._mailbox.retry_at_most
                _LOG.error("poller crashed", mailbox=self._account, exc_info=error)
                self._failed(f"defect: {type(error).__name__}", "defect")
            await _wait(stop, _pause(first, longest, self._failures))
        self._state = "stopped"

    def health(self) -> Health:
        """Ready while connected; facts: last poll, mails waiting, tries that failed in a row and their cause."""
        cursor = self._collector.cursor
        facts: dict[str, str | int | float | bool] = {
            "connected": self._connected,
            "last_poll": self._last_poll.isoformat() if self._last_poll else "never",
            "waiting": self._collector.waiting,
            "retrying": len(cursor.attempts) if cursor else 0,
            "failures": self._failures,
            "account": self._account,
        }
        if self._cause:
            facts["cause"] = self._cause
        return Health(self.name, self._connected, self._state, facts)

    def _failed(self, detail: str, cause: str) -> None:
        self._failures += 1
        self._state, self._cause = detail, cause
        _LOG.warning("mailbox connection failed", mailbox=self._account, detail=detail, attempt=self._failures)

    async def _connection(self, stop: asyncio.Event) -> None:
        """Everything on one connection. Returns when told to stop, raises when the connection is lost."""
        line = Line(Session(self._mailbox), self._mailbox.timeout.total_seconds() * _VERB_FACTOR)
        self._state = "connecting"
        in_order = False
        try:
            await line.run(line.session.open)
            await self._collector.begin(line)
            self._online(True)
            await self._serve(line, stop)
            in_order = True
        except CommandRefused as error:
            raise ChannelUnavailable("a command was refused that there is no other way for") from error
        finally:
            self._online(False)
            await line.close(polite=in_order)

    def _online(self, connected: bool) -> None:
        self._connected = connected
        MAILBOX_CONNECTED.labels(self._account).set(int(connected))

    async def _serve(self, line: Line, stop: asyncio.Event) -> None:
        postponed = 0
        retry_from = time.monotonic()
        while not stop.is_set():
            self._state = "polling"
            retry = time.monotonic() >= retry_from
            result = await self._collector.collect(line, stop, retry)
            if retry:
                retry_from = time.monotonic() + self._mailbox.poll_every.total_seconds()
            self._polled()
            postponed = postponed + 1 if result.postponed else 0
            if postponed:
                self._state = "waiting until deliveries can be kept"
                retry_from = time.monotonic()
                await _wait(stop, _pause(self._mailbox.retry_after, self._mailbox.poll_every, postponed))
            elif not result.durable:
                await self._wait_for_mail(line, stop)

    def _polled(self) -> None:
        self._failures, self._cause = 0, ""
        self._last_poll = self._now()
        MAILBOX_LAST_POLL.labels(self._account).set(self._last_poll.timestamp())

    async def _wait_for_mail(self, line: Line, stop: asyncio.Event) -> None:
        """Until the server tells of news, or poll_every at most: some servers offer IDLE and never push."""
        self._state = "waiting for mail"
        session = line.session
        if not await line.run(lambda: session.can_idle):
            await _wait(stop, self._mailbox.poll_every)
            return
        until = time.monotonic() + min(self._mailbox.poll_every, _LONGEST_IDLE).total_seconds()
        await line.run(session.idle)
        news = False
        while not news and not stop.is_set() and (left := until - time.monotonic()) > 0:
            news = await line.run(session.idle_news, min(_SLICE_S, left))
        await line.run(session.idle_done)


def _pause(first: timedelta, longest: timedelta, failures: int) -> timedelta:
    """Doubled with each failure in a row up to `longest`, with jitter so that mailboxes do not come back in step."""
    whole = min(longest, first * 2 ** min(failures - 1, 30)) if failures else first
    return whole * (0.5 + secrets.randbelow(1_000) / 2_000)


async def _wait(stop: asyncio.Event, at_most: timedelta) -> None:
    """Wait so long, or until told to stop."""
    try:
        await asyncio.wait_for(stop.wait(), at_most.total_seconds())
    except TimeoutError:
        return
