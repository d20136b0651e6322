"""The service that tells people: one watcher at a time, the others stand by. Restarting it tells nobody twice."""

import asyncio
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from infra.clock import present
from infra.logs import log
from infra.service import Health
from operations.alerts import storing, wording
from operations.alerts.certificates import certificates
from operations.alerts.deciding import Alert, Message, messages, pushed, recovered
from operations.alerts.events import events
from operations.alerts.sending import AppriseDelivery, Deliver, NotDelivered
from operations.findings import Finding
from operations.watching import Snapshot, Watch
from schemas.settings.alerts import AlertSettings

_LOG = log(__name__)
_AWAY = (SQLAlchemyError, OSError, TimeoutError)
_CERTIFICATES_EVERY_S = 6 * 3600.0
_AT_MOST_S = 20.0


@dataclass(slots=True)
class _Pause:
    """How long a target that took nothing is left alone."""

    until: float
    length_s: float


class Watcher:
    """Looks, writes down what is wrong, tells whom it concerns, and tells them again when it is over."""

    name = "watcher"

    def __init__(
        self,
        watch: Watch,
        public_url: str,
        deliver: Deliver | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`public_url` is where the operations page is; `monotonic` is in seconds."""
        self._watch = watch
        self._settings: AlertSettings = watch.settings.alerts
        self._page = f"{public_url.rstrip('/')}/ops"
        self._deliver = deliver or AppriseDelivery(self._settings.timeout.total_seconds())
        self._monotonic = monotonic
        self._owner = secrets.token_hex(8)
        self._seen_from: dict[str, float] = {}
        self._gone_from: dict[str, float] = {}
        self._pauses: dict[str, _Pause] = {}
        self._away: Alert | None = None
        self._certificates_at = float("-inf")
        self._state = "not started"

    def health(self) -> Health:
        """Ready while it looks or stands by; targets that take nothing are findings of their own."""
        return Health(self.name, self._state in ("watching", "stands by"), self._state)

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop`, then let another one take over at once."""
        try:
            while not stop.is_set():
                await self.round()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._watch.settings.watch.look_every.total_seconds())
            with suppress(*_AWAY):
                async with asyncio.timeout(_AT_MOST_S), self._watch.engine.begin() as connection:
                    await storing.let_go(connection, self._owner)
        finally:
            await self._watch.close()

    async def round(self) -> None:
        """Look once and tell what is to be told. An outage of the database is told from memory."""
        snapshot = await self._watch.look()
        if snapshot.database_away:
            await self._tell_of_database(snapshot)
            return
        try:
            async with asyncio.timeout(_AT_MOST_S):
                alerts = await self._written(snapshot)
            if alerts is None:
                self._state, self._away = "stands by", None
                return
            self._state = "watching"
            await self._database_is_back()
            await self._tell(alerts, snapshot.at)
            await self._look_at_certificates()
        except _AWAY as error:
            self._state = "waits for the database"
            _LOG.warning("alerts wait for the database", error_class=type(error).__name__)

    async def _written(self, snapshot: Snapshot) -> list[Alert] | None:
        """Write down what is wrong and what is over; None while another watcher does."""
        async with self._watch.engine.begin() as connection:
            if not await storing.hold(connection, self._owner, self._settings.lease):
                return None
            before = await storing.unfinished(connection)
            standing, gone = self._damped(snapshot.findings, before)
            await storing.open_findings(connection, standing)
            if gone and (snapshot.promises is None or snapshot.promises.whole):
                await storing.close(connection, gone)
            await storing.open_events(
                connection, await events(connection, self._watch.pack, self._settings, snapshot.at)
            )
            return await storing.unfinished(connection)

    def _damped(self, findings: Sequence[Finding], alerts: Sequence[Alert]) -> tuple[list[Finding], Collection[str]]:
        """What has stood for the grace, and what that was told of has been gone for as long as settling takes."""
        now, there = self._monotonic(), {one.key for one in findings}
        self._seen_from = {key: self._seen_from.get(key, now) for key in there}
        grace, settle = self._settings.grace.total_seconds(), self._settings.settle.total_seconds()
        is_open = {one.key for one in alerts if one.closed_at is None and not one.only}
        standing = [one for one in findings if one.key in is_open or now - self._seen_from[one.key] >= grace]
        self._gone_from = {key: self._gone_from.get(key, now) for key in is_open - there}
        return standing, [key for key, since in self._gone_from.items() if now - since >= settle]

    async def _tell(self, alerts: Sequence[Alert], now: datetime) -> None:
        for message in messages(alerts, self._settings, now):
            if await self._sent(message):
                async with self._watch.engine.begin() as connection:
                    await storing.told(connection, message.alerts, message.target, now, recovery=message.recovery)
        if not alerts:
            return
        async with self._watch.engine.begin() as connection:
            left = await storing.unfinished(connection)
            over = [one.alert_id for one in left if not one.only and recovered(one, self._settings)]
            done = [one.alert_id for one in left if one.only and pushed(one, self._settings)]
            await storing.finish(connection, over, done)

    async def _sent(self, message: Message) -> bool:
        """Send unless the target is left alone for now; what it did not take is tried again later."""
        name, pause = message.target, self._pauses.get(message.target)
        if pause is not None and self._monotonic() < pause.until:
            return False
        target = self._settings.targets[name]
        language = target.language
        try:
            await self._deliver(target, wording.title(message, language), wording.body(message, language, self._page))
        except NotDelivered as error:
            first, most = self._settings.retry_after.total_seconds(), self._settings.retry_at_most.total_seconds()
            length = min(most, pause.length_s * 2) if pause is not None else first
            self._pauses[name] = _Pause(self._monotonic() + length, length)
            self._watch.undelivered[name] = str(error)
            _LOG.warning("an alert was not delivered", name=name, detail=str(error), retry_in_s=length)
            return False
        self._pauses.pop(name, None)
        self._watch.undelivered.pop(name, None)
        return True

    async def _tell_of_database(self, snapshot: Snapshot) -> None:
        """Nothing can be written down: whoever watched last tells each target once, from memory."""
        finding = snapshot.findings[0]
        if self._state == "stands by" or self._state == "not started":
            return
        self._state = "waits for the database"
        if present() - finding.since < self._settings.grace:
            return
        now = present()
        alert = self._away or Alert(
            0, finding.key, finding.level, finding.since, finding.object, finding.said, finding.next_step,
            finding.at_risk,
        )  # fmt: skip
        self._away = await self._told_from_memory(alert, now)

    async def _database_is_back(self) -> None:
        if self._away is None:
            return
        now = present()
        closed = await self._told_from_memory(_closed(self._away, now), now)
        self._away = None if recovered(closed, self._settings) else self._away

    async def _told_from_memory(self, alert: Alert, now: datetime) -> Alert:
        for message in messages([alert], self._settings, now):
            if await self._sent(message):
                alert = _knows(alert, message, now)
        return alert

    async def _look_at_certificates(self) -> None:
        if self._monotonic() - self._certificates_at < _CERTIFICATES_EVERY_S:
            return
        self._certificates_at = self._monotonic()
        self._watch.certificates(await certificates(self._watch.settings))


def _closed(alert: Alert, at: datetime) -> Alert:
    return replace(alert, closed_at=at)


def _knows(alert: Alert, message: Message, at: datetime) -> Alert:
    if message.recovery:
        return replace(alert, recovery_told={**alert.recovery_told, message.target: at})
    return replace(alert, told={**alert.told, message.target: at})
