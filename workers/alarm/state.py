"""What the alarm stage keeps: which complaints have alarmed, and the batches that safety cases name."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.alarm import ALARM_BATCHES, ALARMS
from workers.alarm.batches import Case, Cases
from workers.bulk import insert_rows

_UPDATE = "(batch_key, sender_key) DO UPDATE SET " + ", ".join(
    f'"{column.name}" = excluded."{column.name}"' for column in ALARM_BATCHES.columns if not column.primary_key
)


@dataclass(slots=True)
class Memory:
    """The complaints of a batch of records that have alarmed, and the cases of the batches they name."""

    cases: Cases
    alarmed: set[UUID] = field(default_factory=set)
    new: list[dict[str, Any]] = field(default_factory=list)

    def alarm(self, complaint_id: UUID, revision: int, at: datetime) -> None:
        """Note that a complaint has alarmed."""
        self.alarmed.add(complaint_id)
        self.new.append({"complaint_id": complaint_id, "revision": revision, "alarmed_at": at})


async def recall(connection: AsyncConnection, cases: Cases, complaints: Collection[UUID], keys: set[str]) -> Memory:
    """Read what is kept of these complaints and batches. Call after their locks are taken."""
    memory = Memory(cases)
    if complaints:
        known = select(ALARMS.c.complaint_id).where(ALARMS.c.complaint_id.in_(complaints))
        memory.alarmed = set((await connection.execute(known)).scalars())
    if keys:
        for row in await connection.execute(select(ALARM_BATCHES).where(ALARM_BATCHES.c.batch_key.in_(sorted(keys)))):
            cases.known.setdefault(row.batch_key, {})[row.sender_key] = Case(**row._mapping)
    return memory


async def store(connection: AsyncConnection, memory: Memory) -> None:
    """Write what the batch of records added, in the order of the keys."""
    await insert_rows(connection, ALARMS, sorted(memory.new, key=lambda row: str(row["complaint_id"])))
    changed = [asdict(memory.cases.changed[key]) for key in sorted(memory.cases.changed)]
    await insert_rows(connection, ALARM_BATCHES, changed, on_conflict=_UPDATE)
