"""What the additions stage keeps: a fixed number of statements a batch, all under the locks of its complaints."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.additions import Addition
from schemas.complaint import Attachment, Complaint
from schemas.tables.additions import GROWING_COMPLAINTS, MEDIA_JOBS, PARKED_ADDITIONS
from workers.additions.merging import Growing
from workers.bulk import insert_rows

KEPT_FOR = timedelta(days=30)
VERSIONED_KEPT_FOR = timedelta(days=400)
"""An authority may update its referral late."""

_GROWING = text(
    "SELECT complaint, words, tasks_done FROM growing_complaints WHERE complaint_id = ANY(CAST(:ids AS uuid[]))"
)
_PARKED = text("SELECT addition FROM parked_additions WHERE complaint_id = ANY(CAST(:ids AS uuid[]))")
_UNPARK = text("DELETE FROM parked_additions WHERE complaint_id = ANY(CAST(:ids AS uuid[]))")
_FORGET = text(
    "DELETE FROM growing_complaints WHERE complaint_id IN (SELECT complaint_id FROM growing_complaints "
    "WHERE keep_until < :at ORDER BY keep_until LIMIT 200 FOR UPDATE SKIP LOCKED)"
)
_REPLACE = (
    "(complaint_id) DO UPDATE SET revision = excluded.revision, complaint = excluded.complaint, "
    "words = excluded.words, tasks_done = excluded.tasks_done, updated_at = excluded.updated_at, "
    "keep_until = excluded.keep_until"
)


@dataclass(frozen=True, slots=True)
class Parked:
    """An addition whose complaint has not come, and the time of its record."""

    addition: Addition
    at: datetime


@dataclass(slots=True)
class Memory:
    """What was stored when the batch began, and what the batch has decided since."""

    growing: dict[UUID, Growing] = field(default_factory=dict)
    parked: defaultdict[UUID, list[Addition]] = field(default_factory=lambda: defaultdict(list))
    _kept: dict[UUID, datetime] = field(default_factory=dict)
    _new_parked: dict[UUID, Parked] = field(default_factory=dict)
    _unparked: set[UUID] = field(default_factory=set)
    _jobs: dict[tuple[UUID, UUID], dict[str, Any]] = field(default_factory=dict)

    def keep(self, growing: Growing, at: datetime) -> None:
        """Keep the complaint as it is now."""
        self.growing[growing.complaint.complaint_id] = growing
        self._kept[growing.complaint.complaint_id] = at

    def park(self, addition: Addition, at: datetime) -> None:
        """Keep an addition until its complaint comes."""
        self.parked[addition.complaint_id].append(addition)
        self._new_parked[addition.addition_id] = Parked(addition, at)

    def unpark(self, complaint_id: UUID) -> list[Addition]:
        """The additions that wait for this complaint, in the order of their times."""
        waiting = self.parked.pop(complaint_id, [])
        if waiting:
            self._unparked.add(complaint_id)
        for one in waiting:
            self._new_parked.pop(one.addition_id, None)
        return sorted(waiting, key=lambda one: (one.at, one.addition_id))

    def fetch(self, growing: Growing, attachment: Attachment, give_up_at: datetime) -> None:
        """Have a pending file fetched. Asked for twice it is one job, the first."""
        complaint = growing.complaint
        job = {
            "complaint_id": complaint.complaint_id,
            "attachment_id": attachment.attachment_id,
            "channel": complaint.channel,
            "account": complaint.account,
            "attachment": attachment.model_dump(mode="json", exclude_none=True),
            "give_up_at": give_up_at,
        }
        self._jobs.setdefault((complaint.complaint_id, attachment.attachment_id), job)

    async def store(self, connection: AsyncConnection, at: datetime) -> None:
        """Write what the batch has decided, and forget what had its time by `at`."""
        if self._unparked:
            await connection.execute(_UNPARK, {"ids": sorted(self._unparked)})
        kept = [_row(self.growing[one], at_) for one, at_ in sorted(self._kept.items())]
        await insert_rows(connection, GROWING_COMPLAINTS, kept, on_conflict=_REPLACE)
        await insert_rows(connection, PARKED_ADDITIONS, [_parked_row(one) for one in self._new_parked.values()])
        await insert_rows(connection, MEDIA_JOBS, list(self._jobs.values()))
        await connection.execute(_FORGET, {"at": at})


async def recall(connection: AsyncConnection, ids: Collection[UUID]) -> Memory:
    """Read what is stored about these complaints. Call after the locks are taken."""
    memory, wanted = Memory(), {"ids": list(ids)}
    for complaint, words, done in await connection.execute(_GROWING, wanted):
        growing = Growing(Complaint.model_validate(complaint), words, tuple(done))
        memory.growing[growing.complaint.complaint_id] = growing
    for (row,) in await connection.execute(_PARKED, wanted):
        addition = Addition.model_validate(row)
        memory.parked[addition.complaint_id].append(addition)
    return memory


def _row(growing: Growing, at: datetime) -> dict[str, Any]:
    complaint = growing.complaint
    return {
        "complaint_id": complaint.complaint_id,
        "revision": complaint.revision,
        "complaint": complaint.model_dump(mode="json", exclude_none=True),
        "words": growing.words,
        "tasks_done": list(growing.tasks_done),
        "updated_at": at,
        "keep_until": at + (KEPT_FOR if complaint.version is None else VERSIONED_KEPT_FOR),
    }


def _parked_row(one: Parked) -> dict[str, Any]:
    return {
        "addition_id": one.addition.addition_id,
        "complaint_id": one.addition.complaint_id,
        "addition": one.addition.model_dump(mode="json", exclude_none=True),
        "parked_at": one.at,
    }
