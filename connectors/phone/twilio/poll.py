"""Reads Twilio's own lists now and then, and hands over what its webhooks did not bring.

A webhook that failed is tried again once or not at all (docs/usage/webhooks/webhooks-connection-overrides): then the
message exists in Twilio's log only. Everything listed is handed over once; what a webhook brought before has the same
ids and is absorbed where every redelivery is.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx

from connectors.contract import Connector
from connectors.phone.twilio.api import TokenRefused, TwilioApi
from connectors.phone.twilio.listing import Lists
from infra.clock import present
from infra.logs import log
from infra.service import Health
from schemas.errors import ChannelUnavailable, IntakeError, NotDurable, SettingsInvalid
from schemas.inbound import Inbound
from schemas.settings.twilio import TwilioSettings

Receive = Callable[[Inbound, Connector], Awaitable[object]]
"""Makes a delivery durable before it returns; raises `NotDurable` when it cannot now."""

_LOG = log(__name__)
_CAUSES: dict[type[Exception], str] = {TokenRefused: "token-refused", NotDurable: "not-durable"}
"""What stands in the way, for whoever has to mend it."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything before `since` was handed over, and so were these since then (id → when it came to be)."""

    since: datetime
    seen: dict[str, datetime] = field(default_factory=dict)


class CursorFile:
    """One file an account; one process owns it."""

    def __init__(self, folder: Path, account: str) -> None:
        self._path = folder / f"{quote(account, safe='')}.json"

    def load(self) -> Cursor | None:
        """The cursor, None where there is none that can be read."""
        try:
            stored = json.loads(self._path.read_bytes())
            seen = {str(sid): datetime.fromisoformat(at) for sid, at in stored["seen"].items()}
            return Cursor(datetime.fromisoformat(stored["since"]), seen)
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, cursor: Cursor) -> None:
        """Write it so that either the old or the new one is there after a crash. Raises `OSError`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        seen = {sid: at.isoformat() for sid, at in cursor.seen.items()}
        with new.open("w") as file:
            json.dump({"since": cursor.since.isoformat(), "seen": seen}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


async def missed(
    lists: Lists, since: datetime, receive: Receive, connector: Connector, seen: Collection[str] = ()
) -> dict[str, datetime]:
    """Hand over what is listed since a moment and not among `seen`; returns what was, by id.

    Raises `ChannelUnavailable` or `NotDurable`; then nothing is known to be done, and doing it again does no harm.
    """
    done = {}
    for one in await lists.since(since):
        if one.sid in seen:
            continue
        try:
            await receive(one.delivery, connector)
        except NotDurable:
            raise
        except IntakeError as error:
            _LOG.error("listed item refused", account=lists.account, exc_info=error)
            continue
        done[one.sid] = one.at
    return done


class TwilioPoller:
    """Reads the lists of one account until told to stop; `health` says how it is."""

    def __init__(
        self,
        account: str,
        settings: TwilioSettings,
        *,
        connector: Connector,
        receive: Receive,
        client: httpx.AsyncClient,
        folder: Path,
        now: Callable[[], datetime] = present,
    ) -> None:
        """`folder` keeps the cursor file; `connector` is that of the channel `phone`, `receive` the intake path's.

        Raises `SettingsInvalid` for an account that is off.
        """
        if settings.off_because:
            raise SettingsInvalid(f"INTAKE_TWILIO__{account}: {settings.off_because}")
        self.name = f"twilio {account}"
        self._lists = Lists(account, TwilioApi(settings, client), now)
        self._settings = settings
        self._connector = connector
        self._receive = receive
        self._file = CursorFile(folder, account)
        self._now = now
        self._last: datetime | None = None
        self._handed_over = 0
        self._state = "not started"
        self._cause = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Read the lists, wait, and again until `stop`; an item in hand is finished first."""
        while not stop.is_set():
            try:
                await self.once()
            except (ChannelUnavailable, NotDurable, OSError) as error:
                self._failed(error)
            await _wait(stop, self._settings.poll_every)
        self._state = "stopped"

    async def once(self) -> int:
        """Hand over what came since the last time; returns how many. Raises `ChannelUnavailable` or `NotDurable`.

        The first time nothing older than the overlap is taken: what was before is not ours to import.
        """
        began, overlap = self._now(), self._settings.poll_overlap
        cursor = await asyncio.to_thread(self._file.load)
        if cursor is None:
            cursor = Cursor(began)
            await asyncio.to_thread(self._file.save, cursor)  # from here on nothing is lost, however long this takes
        start = min(cursor.since, began) - overlap
        done = await missed(self._lists, start, self._receive, self._connector, cursor.seen)
        recent = {sid: at for sid, at in (cursor.seen | done).items() if at >= began - overlap}
        await asyncio.to_thread(self._file.save, Cursor(began, recent))
        self._last, self._state, self._cause = began, "waiting", ""
        self._handed_over += len(done)
        return len(done)

    def health(self) -> Health:
        """Ready when the last reading of the lists went well; facts: when that was, how many were handed over."""
        facts: dict[str, str | int | float | bool] = {
            "last_poll": self._last.isoformat() if self._last else "never",
            "handed_over": self._handed_over,
            "account": self._lists.account,
        }
        if self._cause:
            facts["cause"] = self._cause
        return Health(self.name, self._state == "waiting", self._state, facts)

    def _failed(self, error: Exception) -> None:
        self._state = f"the lists could not be read: {type(error).__name__}"
        self._cause = _CAUSES.get(type(error), "unreachable")
        _LOG.warning("Twilio's lists could not be read", account=self._lists.account, exc_info=error)


async def _wait(stop: asyncio.Event, at_most: timedelta) -> None:
    try:
        await asyncio.wait_for(stop.wait(), at_most.total_seconds())
    except TimeoutError:
        return
