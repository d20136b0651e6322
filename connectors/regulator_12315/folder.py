"""The service that reads a drop folder: takes complete files, hands them over, files them away. One folder, one reader.

A file is moved only after all of it is durable: killed at any moment the same file is read again, and its rows have the
same numbers. The moved file stays what it was, in `processed` or `errors`.
"""

import asyncio
import errno
import hashlib
import os
import secrets
import stat
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.regulator_12315.connector import FOLDER, Regulator
from connectors.regulator_12315.cutting import excerpts
from connectors.regulator_12315.error_file import BadRow, error_table
from connectors.regulator_12315.reading.excerpt import MEDIA_TYPE
from connectors.regulator_12315.settling import Lying, Settling, State, state_of
from infra.clock import present
from infra.durable import flush_folder, make_folder_durably, write_durably
from infra.logs import log
from infra.service import Health
from schemas.errors import NotDurable, PayloadRejected
from schemas.inbound import Inbound, Receipt, SuspendedItem
from schemas.settings import FolderSettings

Receive = Callable[[Inbound], Awaitable[Receipt]]
"""Makes a delivery durable before it returns; raises `NotDurable` when it cannot now."""
PROCESSED, ERRORS = "processed", "errors"
_LOG = log(__name__)
_LONGEST_NAME_BYTES = 180
_READ_ONLY = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file's bytes, one more than the limit where it is longer, and when it came into the folder."""

    lying: Lying
    body: bytes
    came_at: datetime


@dataclass(slots=True)
class _Work:
    """What has come of a file so far: how many of its deliveries are durable, and the rows that were bad."""

    durable: int = 0
    items: int = 0
    bad: list[BadRow] = field(default_factory=list)


class DropFolder:
    """Reads one folder until told to stop. Heals from every outage by itself; `health` says how it is."""

    def __init__(
        self,
        account: str,
        settings: FolderSettings,
        *,
        connector: Regulator,
        receive: Receive,
        now: Callable[[], datetime] = present,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`receive` is that of the intake path for this channel; `monotonic` is in seconds."""
        self.name = f"drop folder {account}"
        self._account = account
        self._settings = settings
        self._connector = connector
        self._receive = receive
        self._now = now
        self._monotonic = monotonic
        self._settling = Settling(settings.path, settings.settled_after)
        self._work: dict[State, _Work] = {}
        self._unreadable: set[State] = set()
        self._state, self._ready = "not started", False
        self._failures = self._files = self._bad_rows = 0
        self._cause = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the delivery in hand is finished first."""
        while not stop.is_set():
            try:
                await self.look(stop)
                self._failures, self._cause = 0, ""
            except NotDurable:
                self._failed("waiting until deliveries can be kept", "not-durable")
            except OSError as error:
                self._failed(f"the folder cannot be read or written: {type(error).__name__}", cause_of(error))
            except Exception as error:  # noqa: BLE001 (last guard: a defect here must not end the service silently)
                _LOG.error("drop folder crashed", account=self._account, exc_info=error)
                self._failed(f"defect: {type(error).__name__}", "defect")
            await _wait(stop, self._pause())
        self._state, self._ready = "stopped", False

    async def look(self, stop: asyncio.Event | None = None) -> int:
        """Take what is complete now and return how many files were filed away.

        Raises `NotDurable` or OSError with the file still where it was; it is taken again at the next look.
        """
        done = 0
        for lying in await asyncio.to_thread(self._settling.ready, self._monotonic()):
            if stop is not None and stop.is_set():
                break
            done += await self._take(lying)
        self._state, self._ready = "waiting for files", True
        return done

    def health(self) -> Health:
        """Ready while the folder can be read and deliveries be kept; facts: files waiting, done, nobody may read."""
        facts: dict[str, str | int | float | bool] = {
            "waiting": self._settling.waiting,
            "files": self._files,
            "bad_rows": self._bad_rows,
            "unreadable": len(self._unreadable),
            "failures": self._failures,
            "account": self._account,
        }
        if self._cause:
            facts["cause"] = self._cause
        return Health(self.name, self._ready, self._state, facts)

    async def _take(self, lying: Lying) -> bool:
        """Hand one file over and file it away; False when it cannot be opened or is still being written."""
        try:
            taken = await asyncio.to_thread(self._read, lying)
        except OSError as error:
            if lying.state not in self._unreadable:
                _LOG.warning("file cannot be opened", account=self._account, detail=type(error).__name__)
            self._unreadable.add(lying.state)
            return False
        if taken is None:
            return False
        work = self._work.setdefault(lying.state, _Work())
        await self._deliver(taken, work)
        await asyncio.to_thread(self._file_away, lying, work)
        del self._work[lying.state]
        self._unreadable.discard(lying.state)
        self._files += 1
        self._bad_rows += len(work.bad)
        _LOG.info("file read", account=self._account, count=work.items, detail=f"{len(work.bad)} suspended")
        return True

    def _read(self, lying: Lying) -> _Taken | None:
        """The file's bytes; None when it is another one by now. Raises OSError."""
        descriptor = os.open(lying.path, _READ_ONLY)
        with os.fdopen(descriptor, "rb") as file:
            before = os.fstat(descriptor)
            if not stat.S_ISREG(before.st_mode):
                return None
            body = file.read(self._connector.settings.max_file_bytes + 1)
            if state_of(before) != lying.state or state_of(os.fstat(descriptor)) != lying.state:
                return None
        # The time of the last change of the entry: unlike that of the content it cannot be set from outside.
        return _Taken(lying, body, min(datetime.fromtimestamp(before.st_ctime, UTC), self._now()))

    async def _deliver(self, taken: _Taken, work: _Work) -> None:
        """Make every delivery of a file durable, going on where an outage stopped it."""
        deliveries = self._deliveries(taken)
        index = 0
        while (inbound := await asyncio.to_thread(next, deliveries, None)) is not None:
            index += 1
            if index > work.durable:
                receipt = await self._receive(inbound)
                work.bad += await asyncio.to_thread(self._bad, inbound, receipt)
                work.items += len(receipt.items)
                work.durable = index

    def _deliveries(self, taken: _Taken) -> Iterator[Inbound]:
        """A table in parts; everything else, and what cannot be cut, as it is."""
        digest = hashlib.sha256(taken.body).hexdigest()
        source = {"kind": FOLDER, "entry": "file", "file": digest}
        whole = self._inbound(taken, taken.body, "application/octet-stream", source)
        try:
            parts = excerpts(taken.body, self._connector.settings, self._connector.words_of)
            for one in parts or ():
                rows = f"{one.lines[0].row}-{one.lines[-1].row}"
                place = {"sheet": str(one.sheet), "rows": rows}
                yield self._inbound(taken, one.to_bytes(), MEDIA_TYPE, source | place)
        except PayloadRejected:
            parts = None
        except Exception as error:  # noqa: BLE001 (last guard: the intake path suspends what crashes its reader)
            _LOG.error("cutting crashed", account=self._account, exc_info=error)
            parts = None
        if parts is None:
            yield whole

    def _inbound(self, taken: _Taken, body: bytes, content_type: str, source: dict[str, str]) -> Inbound:
        return Inbound(
            channel=self._connector.channel,
            account=self._account,
            body=body,
            received_at=taken.came_at,
            received_at_source="folder",
            ingested_at=self._now(),
            content_type=content_type,
            source=source,
        )

    def _bad(self, inbound: Inbound, receipt: Receipt) -> list[BadRow]:
        wrong = {one.item: one for one in receipt.items if one.reason is not None}
        if not wrong:
            return []
        try:
            places = dict(enumerate(self._connector.located(inbound)))
            whole = ""
        except PayloadRejected as error:
            places, whole = {}, error.detail
        rows = []
        for number, one in wrong.items():
            place = places.get(number)
            detail = place.item.detail if place and isinstance(place.item, SuspendedItem) else whole
            assert one.reason is not None  # noqa: S101 - chosen above for having one
            where = (place.sheet, place.row) if place else (0, 0)
            rows.append(BadRow(*where, one.reason, detail, one.tracking_number))
        return rows

    def _file_away(self, lying: Lying, work: _Work) -> None:
        """Write the error file, then move the file, then take the marker away. Raises OSError; may be repeated."""
        name = lying.path.name
        if work.bad:
            table = self._settings.path / ERRORS / _bounded(name, ".errors.csv")
            write_durably(table, [error_table(work.bad)])
        folder = self._settings.path / (ERRORS if work.items and work.items == len(work.bad) else PROCESSED)
        make_folder_durably(folder)
        lying.path.rename(_free(folder, name))
        flush_folder(folder)
        if lying.marker is not None:
            with suppress(FileNotFoundError):
                lying.marker.unlink()
        flush_folder(self._settings.path)

    def _failed(self, detail: str, cause: str) -> None:
        self._failures += 1
        self._state, self._ready, self._cause = detail, False, cause
        _LOG.warning("drop folder waits", account=self._account, detail=detail, attempt=self._failures)

    def _pause(self) -> timedelta:
        """The time between two looks, doubled with each failure in a row, with jitter."""
        whole = min(self._settings.poll_every * 2 ** min(self._failures, 20), self._settings.retry_at_most)
        return whole * (0.5 + secrets.randbelow(1_000) / 2_000) if self._failures else self._settings.poll_every


def cause_of(error: OSError) -> str:
    """What stands in the way, for whoever has to mend it: disk-full or unreachable."""
    return "disk-full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "unreachable"


def _bounded(name: str, suffix: str) -> str:
    """A file name with a suffix that a file system takes: a long one becomes its hash."""
    if len(os.fsencode(name)) <= _LONGEST_NAME_BYTES:
        return name + suffix
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32] + Path(name).suffix[:20] + suffix


def _free(folder: Path, name: str) -> Path:
    """A place for a file that no other of this name has yet."""
    place, number = folder / _bounded(name, ""), 1
    while os.path.lexists(place):
        number += 1
        place = folder / _bounded(name, f".{number}")
    return place


async def _wait(stop: asyncio.Event, at_most: timedelta) -> None:
    """Wait so long, or until told to stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), at_most.total_seconds())
