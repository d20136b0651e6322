"""What processes have told of their parts, newest first, with the database's time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.parts import PART_HEARTBEATS

_LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Disk:
    """Room on the disk of one folder."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Beat:
    """What one process last said of one part. `skew` is how far its clock is ahead of the database's."""

    part: str
    process_id: UUID
    program: str
    host: str
    ready: bool
    detail: str
    facts: Mapping[str, str | int | float | bool]
    started_at: datetime
    beaten_at: datetime
    skew: timedelta = timedelta(0)
    disks: Mapping[str, Disk] = field(default_factory=dict)
    not_ready_since: datetime | None = None
    ended_at: datetime | None = None

    def alive(self, now: datetime, silent_after: timedelta) -> bool:
        """Whether its process runs, as far as one can tell."""
        return self.ended_at is None and now - self.beaten_at < silent_after

    @property
    def process(self) -> str:
        """Which process, for people."""
        return f"intake {self.program} @ {self.host}"


async def beats(connection: AsyncConnection) -> tuple[datetime, tuple[Beat, ...]]:
    """Return the database's time, and the last beat of each part of each process, the newest first."""
    table = PART_HEARTBEATS
    now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    recent = select(table).where(table.c.beaten_at > now - _LOOK_BACK).order_by(table.c.beaten_at.desc())
    return now, tuple(_beat(row) for row in await connection.execute(recent))


def _beat(row: Row[Any]) -> Beat:
    return Beat(
        part=row.part,
        process_id=row.process_id,
        program=row.program,
        host=row.host,
        ready=row.ready,
        detail=row.detail,
        facts=row.facts,
        started_at=row.started_at,
        beaten_at=row.beaten_at,
        skew=row.clock - row.beaten_at,
        disks={name: Disk(int(one["free"]), int(one["total"])) for name, one in row.disks.items()},
        not_ready_since=row.not_ready_since,
        ended_at=row.ended_at,
    )
