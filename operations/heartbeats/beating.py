"""Writes down every few seconds how each part of this process is. A lost database disturbs nothing else."""

import asyncio
import socket
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sqlalchemy import case, delete, func, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infra.clock import present
from infra.database import create_engine
from infra.logs import log
from infra.service import Health
from operations.heartbeats.disks import folders, room
from schemas.settings import Settings
from schemas.tables.parts import PART_HEARTBEATS

_LOG = log(__name__)
_AT_MOST_S = 10.0
"""One beat may take so long; the process ends without its last word after as much."""
_DETAIL_CHARS = 500
_AWAY = (SQLAlchemyError, OSError, TimeoutError)
_GONE = "not running: the part it belongs to is being started again"

_T = PART_HEARTBEATS


class Heart:
    """Beats for one start of a process. Its own connection, so that busy parts do not keep it waiting."""

    def __init__(
        self,
        settings: Settings,
        program: str,
        parts: Callable[[], Sequence[Health]],
        now: Callable[[], datetime] = present,
    ) -> None:
        """`program` is what was started, for people; `now` is the clock that is compared with the database's."""
        self.process_id = uuid.uuid4()
        self._settings = settings
        self._program = program
        self._parts = parts
        self._now = now
        self._known: dict[str, Health] = {}
        self._away = False

    async def run(self, stop: asyncio.Event) -> None:
        """Beat until `stop`, then say that this was a clean end. Without a database there is nobody to tell."""
        if self._settings.database.url is None:
            await stop.wait()
            return
        engine = create_engine(self._settings.database.model_copy(update={"pool_size": 1}))
        try:
            await self._bounded(lambda: self._clear(engine))
            while not stop.is_set():
                await self._bounded(lambda: self.beat(engine))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), self._settings.watch.beat_every.total_seconds())
            await self._bounded(lambda: self.end(engine))
        finally:
            await engine.dispose()

    async def beat(self, engine: AsyncEngine) -> None:
        """Write one row a part. Raises what the database raises when it is away."""
        disks = await asyncio.to_thread(room, self._folders())
        rows = [self._row(health, disks) for health in self._present()]
        if not rows:
            return
        async with engine.begin() as connection:
            await self._write(connection, rows)

    async def end(self, engine: AsyncEngine) -> None:
        """Say that this process ended because it was told to."""
        ended = update(_T).where(_T.c.process_id == self.process_id).values(ended_at=func.clock_timestamp())
        async with engine.begin() as connection:
            await connection.execute(ended)

    def _folders(self) -> Mapping[str, Path]:
        return folders(self._settings)

    def _present(self) -> list[Health]:
        """Every part there is, and those that there were: one that is being built anew has not gone."""
        now = {health.name: health for health in self._parts()}
        gone = {name: Health(name, False, _GONE, old.facts) for name, old in self._known.items() if name not in now}
        self._known = {**gone, **now}
        return list(self._known.values())

    def _row(self, health: Health, disks: Mapping[str, object]) -> dict[str, Any]:
        moment = func.clock_timestamp()
        return {
            "part": health.name,
            "process_id": self.process_id,
            "program": self._program,
            "host": socket.gethostname(),
            "version": _version(),
            "ready": health.ready,
            "detail": health.detail[:_DETAIL_CHARS],
            "facts": health.facts,
            "disks": disks,
            "not_ready_since": None if health.ready else moment,
            "started_at": moment,
            "beaten_at": moment,
            "clock": self._now(),
            "ended_at": None,
        }

    async def _write(self, connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
        statement = insert(_T).values(rows)
        new = statement.excluded
        since = case((new.ready, None), else_=func.coalesce(_T.c.not_ready_since, new.beaten_at))
        kept = {name: new[name] for name in ("ready", "detail", "facts", "disks", "beaten_at", "clock", "ended_at")}
        written = kept | {"not_ready_since": since}
        await connection.execute(statement.on_conflict_do_update(index_elements=["part", "process_id"], set_=written))

    async def _clear(self, engine: AsyncEngine) -> None:
        """Remove what is older than anybody asks about."""
        days = int(_T.info["retention_days"])
        old = func.clock_timestamp() - timedelta(days=days)
        ended = func.clock_timestamp() - timedelta(days=1)
        async with engine.begin() as connection:
            await connection.execute(delete(_T).where(or_(_T.c.beaten_at < old, _T.c.ended_at < ended)))

    async def _bounded(self, work: Callable[[], Any]) -> None:
        try:
            async with asyncio.timeout(_AT_MOST_S):
                await work()
        except _AWAY as error:
            if not self._away:
                _LOG.warning("heartbeats are not written", error_class=type(error).__name__)
            self._away = True
        else:
            self._away = False


@cache
def _version() -> str:
    """Asked once: the answer is looked up in the files of every installed package."""
    try:
        return version("complaint-intake")
    except PackageNotFoundError:
        return "unknown"
