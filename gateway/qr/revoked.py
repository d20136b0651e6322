"""Which codes are revoked, known without a database: a file that whoever revokes writes, and a database refreshes."""

import asyncio
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.durable import write_durably
from infra.logs import log
from schemas.settings.staff import QrSettings
from schemas.tables.staff import QR_CODES

_LOG = log(__name__)
FILE = "qr-revoked.json"
_END_WITHIN_S = 5.0


class Revoked:
    """The revoked codes as far as they are known: what cannot be read counts as not revoked."""

    def __init__(self, home: Path | None, engine: AsyncEngine | None, settings: QrSettings) -> None:
        self._file = home / FILE if home is not None else None
        self._engine = engine
        self._every = settings.refresh_every
        self._ids: frozenset[str] = frozenset()
        self._read: tuple[int, int] | None = None
        self._refreshed_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def has(self, code_id: str, now: datetime) -> bool:
        """Whether a code is revoked. Never waits: a refresh from the database goes on beside."""
        self._refresh_soon(now)
        self._read_file()
        return code_id in self._ids

    async def refresh(self) -> None:
        """Take the list from the database and write it to the file; without a database nothing."""
        if self._engine is None:
            return
        async with self._engine.connect() as connection:
            found = await connection.scalars(select(QR_CODES.c.code_id).where(QR_CODES.c.revoked_at.is_not(None)))
            ids = frozenset(found)
        if self._file is None:
            self._ids = ids
        elif ids != self._ids or self._read is None:
            await asyncio.to_thread(write_revoked, self._file.parent, ids)
        self._read_file()

    async def aclose(self) -> None:
        """Let go of the database: a refresh that goes on beside ends here.

        It is waited for, because the driver leaves a connection open when it is cancelled while it connects.
        """
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_END_WITHIN_S)
            self._task.cancel()

    def _refresh_soon(self, now: datetime) -> None:
        due = self._refreshed_at is None or now - self._refreshed_at >= self._every
        if self._engine is not None and due and (self._task is None or self._task.done()):
            self._refreshed_at = now
            self._task = asyncio.create_task(self._refresh_beside(), name="qr-revoked")

    async def _refresh_beside(self) -> None:
        try:
            await self.refresh()
        except (SQLAlchemyError, OSError) as error:
            _LOG.warning("revoked codes not refreshed", error_class=type(error).__name__)

    def _read_file(self) -> None:
        if self._file is None:
            return
        try:
            state = self._file.stat()
            stamp = (state.st_mtime_ns, state.st_size)
            if stamp != self._read:
                self._ids = frozenset(map(str, json.loads(self._file.read_bytes())))
                self._read = stamp
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError) as error:
            _LOG.warning("revoked codes not readable", error_class=type(error).__name__)


def write_revoked(home: Path, ids: Iterable[str]) -> None:
    """Write the list where gateways of this home read it."""
    write_durably(home / FILE, [json.dumps(sorted(ids)).encode()])
