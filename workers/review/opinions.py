"""What is kept of second opinions: which review is asked about next, what came of it. The writer is the service."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.review import REVIEW_DECISIONS

WAITING, GIVEN, GIVEN_UP = "waiting", "given", "given-up"

_CLAIM = text(
    "WITH due AS (SELECT r.complaint_id, r.revision FROM reviews r LEFT JOIN review_opinions o "
    "ON o.complaint_id = r.complaint_id AND o.revision = r.revision "
    "WHERE r.state IN ('open', 'claimed') AND r.needs_review AND r.revision > 0 "
    """AND r.reasons <> CAST('["suspected_link"]' AS jsonb) """
    "AND (o.complaint_id IS NULL OR (o.state = 'waiting' AND o.next_at <= :now)) "
    "ORDER BY r.received_at, r.complaint_id LIMIT 1) "
    "INSERT INTO review_opinions (complaint_id, revision, state, tries, next_at, changed_at) "
    "SELECT complaint_id, revision, 'waiting', 1, :lease_until, :now FROM due "
    "ON CONFLICT (complaint_id, revision) DO UPDATE SET "
    "tries = review_opinions.tries + 1, next_at = excluded.next_at, changed_at = excluded.changed_at "
    "WHERE review_opinions.state = 'waiting' AND review_opinions.next_at <= :now "
    "RETURNING complaint_id, revision, tries"
)
_WRITE = text(
    "UPDATE review_opinions SET state = :state, next_at = :next_at, opinion = CAST(:opinion AS jsonb), model = :model, "
    "error = :error, changed_at = :now "
    "WHERE complaint_id = :complaint_id AND revision = :revision AND state = 'waiting' AND tries = :tries"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that is being asked; `tries` counts this one, so that one who dies on it is counted too."""

    complaint_id: UUID
    revision: int
    tries: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try."""

    state: str
    next_at: datetime
    opinion: dict[str, object] | None = None
    error: str | None = None


async def claim(connection: AsyncConnection, now: datetime, lease: timedelta) -> Asked | None:
    """Take the uncertain review that waits longest; nobody else has it until the lease is over. None: there is none."""
    row = (await connection.execute(_CLAIM, {"now": now, "lease_until": now + lease})).one_or_none()
    return Asked(*row) if row is not None else None


async def write(connection: AsyncConnection, asked: Asked, answer: Answer, model: str, now: datetime) -> bool:
    """Keep what came of a try; False when somebody else has taken it over."""
    given = {
        "complaint_id": asked.complaint_id,
        "revision": asked.revision,
        "tries": asked.tries,
        "state": answer.state,
        "next_at": answer.next_at,
        "opinion": None if answer.opinion is None else json.dumps(answer.opinion, ensure_ascii=False),
        "model": model,
        "error": answer.error,
        "now": now,
    }
    return bool((await connection.execute(_WRITE, given)).rowcount)


async def place_of(connection: AsyncConnection, asked: Asked) -> tuple[str, int, int] | None:
    """Where the classified record of a review lies: topic, partition, offset."""
    rows = REVIEW_DECISIONS.c
    wanted = rows.complaint_id == asked.complaint_id, rows.revision == asked.revision
    found = await connection.execute(select(rows.topic, rows.partition, rows.offset).where(*wanted))
    row = found.one_or_none()
    return None if row is None else (row[0], row[1], row[2])
