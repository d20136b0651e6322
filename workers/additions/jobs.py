"""The steps of a file that is fetched, as statements on `media_attempts`. Every one is safe with several fetchers.

fetch → publish → transcribe → delete → done. Each step may be done again, so an expired lease is simply taken over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.additions import Addition
from schemas.complaint import Attachment

FETCH, PUBLISH, TRANSCRIBE, DELETE, DONE = "fetch", "publish", "transcribe", "delete", "done"

_ADOPT = text(
    "INSERT INTO media_attempts (complaint_id, attachment_id, state, attempts, next_at, changed_at) "
    "SELECT j.complaint_id, j.attachment_id, 'fetch', 0, :now, :now FROM media_jobs j "
    "WHERE j.noted_at >= now() - CAST(:back AS interval) AND NOT EXISTS (SELECT 1 FROM media_attempts a "
    "WHERE a.complaint_id = j.complaint_id AND a.attachment_id = j.attachment_id) ON CONFLICT DO NOTHING"
)
_CLAIM = text(
    "WITH due AS (SELECT complaint_id, attachment_id FROM media_attempts WHERE state <> 'done' AND next_at <= :now "
    "AND (lease_until IS NULL OR lease_until < :now) ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
    "UPDATE media_attempts a SET owner = :owner, lease_until = :until, attempts = a.attempts + 1, changed_at = :now "
    "FROM due JOIN media_jobs j USING (complaint_id, attachment_id) "
    "WHERE a.complaint_id = due.complaint_id AND a.attachment_id = due.attachment_id "
    "RETURNING a.state, a.attempts, a.addition, j.complaint_id, j.attachment_id, j.channel, j.account, j.attachment, "
    "j.give_up_at"
)
_STEP = text(
    "UPDATE media_attempts SET state = :state, attempts = :attempts, next_at = :next_at, addition = :addition, "
    "error_class = :error_class, owner = :next_owner, lease_until = :until, changed_at = :now "
    "WHERE complaint_id = :complaint_id AND attachment_id = :attachment_id AND owner = :owner"
).bindparams(bindparam("addition", type_=JSONB(none_as_null=True)))
_WAITING = text(
    "SELECT j.channel, count(*) FROM media_attempts a JOIN media_jobs j USING (complaint_id, attachment_id) "
    "WHERE a.state = 'fetch' GROUP BY j.channel"
)
_PARKED = text("SELECT count(*) FROM parked_additions WHERE parked_at < :before")
_WORDLESS = text(
    "SELECT trim(coalesce(complaint->>'text', '')) = '' OR coalesce(complaint->'tasks', '[]') ? 'listen-and-type' "
    "FROM growing_complaints WHERE complaint_id = :id"
)


@dataclass(frozen=True, slots=True)
class Job:
    """A file that one owner works on until its lease ends. `attempts` are of this step, the present one included."""

    owner: str
    state: str
    attempts: int
    addition: Addition | None
    complaint_id: UUID
    attachment_id: UUID
    channel: str
    account: str
    attachment: Attachment
    give_up_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """Where a file goes on. `later` gives it back until then, None goes on at once under the same lease."""

    state: str
    addition: Addition | None
    later: datetime | None = None
    error_class: str | None = None


async def adopt(connection: AsyncConnection, now: datetime, back: timedelta) -> int:
    """Take up files that were announced within `back` (by the database's clock); return how many were new."""
    return (await connection.execute(_ADOPT, {"now": now, "back": back})).rowcount


async def claim(connection: AsyncConnection, owner: str, now: datetime, lease: timedelta) -> Job | None:
    """Claim the file that is due longest; nobody else gets it before the lease ends."""
    row = (await connection.execute(_CLAIM, {"owner": owner, "now": now, "until": now + lease})).one_or_none()
    if row is None:
        return None
    addition = Addition.model_validate(row.addition) if row.addition is not None else None
    attachment = Attachment.model_validate(row.attachment)
    place = row.complaint_id, row.attachment_id, row.channel, row.account
    return Job(owner, row.state, row.attempts, addition, *place, attachment, row.give_up_at)


async def write(connection: AsyncConnection, job: Job, step: Step, now: datetime, lease: timedelta) -> bool:
    """Write down where the file goes on. False: somebody else has it by now."""
    over = step.later is not None or step.state == DONE
    arguments: dict[str, Any] = {
        "complaint_id": job.complaint_id,
        "attachment_id": job.attachment_id,
        "owner": job.owner,
        "now": now,
        "state": step.state,
        "attempts": attempts_of(job, step),
        "next_at": step.later or now,
        "addition": step.addition.model_dump(mode="json", exclude_none=True) if step.addition else None,
        "error_class": step.error_class,
        "next_owner": None if over else job.owner,
        "until": None if over else now + lease,
    }
    return (await connection.execute(_STEP, arguments)).rowcount == 1


def attempts_of(job: Job, step: Step) -> int:
    """The tries that count for a step: those of the one before do not."""
    return job.attempts if step.state == job.state else 1


async def waiting(connection: AsyncConnection) -> dict[str, int]:
    """How many files are not fetched yet, by channel."""
    return {row[0]: row[1] for row in await connection.execute(_WAITING)}


async def parked(connection: AsyncConnection, before: datetime) -> int:
    """How many additions have waited for their complaint since then."""
    return int((await connection.execute(_PARKED, {"before": before})).scalar_one())


async def lacks_words(connection: AsyncConnection, complaint_id: UUID) -> bool:
    """Whether the complaint is kept and says nothing yet, or somebody is still to listen to it."""
    return bool(await connection.scalar(_WORDLESS, {"id": complaint_id}))
