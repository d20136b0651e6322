"""The acknowledge desk, stage and sweeper of the tests, with a text that only shows what it was made from."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.objects import ObjectStore
from schemas.complaint import Complaint
from schemas.identity import first_case_id
from schemas.outcomes import OutboxResult
from schemas.records import Classified, Link, Understanding, Verdict
from schemas.settings import AcknowledgeSettings, ClockSettings, KafkaSettings
from tests.workers.pieces import NOON, PSEUDONYM_KEY, TOKEN_KEYS, incoming
from workers.acknowledge import Acknowledge, Desk, Sweeper
from workers.acknowledge.desk import Composed, Times
from workers.acknowledge.guards import Guards
from workers.acknowledge.owed import Owed
from workers.acknowledge.sweeper import SweeperParts
from workers.runtime.driver import run_batch

GUARDS = Guards(AcknowledgeSettings(), frozenset({"support@us.example"}))
HOUR = timedelta(hours=1)


def compose(owed: Owed, channel: str) -> Composed:
    """The number and, where it is known, the category; which channel it is for where that is not mail."""
    category = owed.classified.understanding.primary if owed.classified else "unclassified"
    place = "" if channel == "email" else f" by {channel}"
    return Composed(f"Re: {owed.subject}", f"{owed.tracking_number} {category}{place}", owed.language or "zh-Hans")


DESK = Desk(GUARDS, compose, Times(20 * HOUR, 24 * HOUR, 4 * HOUR), PSEUDONYM_KEY, TOKEN_KEYS)
STAGE = Acknowledge(DESK)


def classified(
    complaint: Complaint, case: UUID | None = None, seq: int = 1, verdict: Verdict = Verdict.NEW
) -> Classified:
    """The complaint as the classify stage hands it on."""
    return Classified.model_validate(
        complaint.model_dump()
        | {
            "case_id": case or first_case_id(complaint.complaint_id),
            "case_seq": seq,
            "link": Link(verdict=verdict, same_recipient=case is not None),
            "understanding": Understanding(kind="complaint", primary="quality", policy="default@1"),
        }
    )


async def acknowledge(engine: AsyncEngine, *records: Classified, at: datetime = NOON) -> list[OutboxResult]:
    """Run the stage over the records and return the results it published at once."""
    emits = await run_batch(STAGE, engine, [incoming(record, at=at) for record in records])
    return [OutboxResult.model_validate(emit.record.model_dump()) for emit in emits]


def addresses(row: Any) -> list[str]:
    """The addresses of an outbox or promise row, in the order they are tried."""
    return [one["address"] for one in row.addresses]


class Objects:
    """An object store in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes) -> None:
        """Keep the bytes."""
        self.kept[key] = data

    async def get(self, key: str) -> bytes:
        """Return the bytes."""
        if key not in self.kept:
            raise FileNotFoundError(key)
        return self.kept[key]

    async def delete(self, key: str) -> None:
        """Forget the bytes."""
        self.kept.pop(key, None)


def sweeper(engine: AsyncEngine, objects: ObjectStore | None = None, **changes: Any) -> Sweeper:
    """A sweeper; tests call its `sweep` with the time they want."""
    return Sweeper(
        SweeperParts(engine, DESK, objects or Objects(), ClockSettings(), KafkaSettings(**changes), lambda: NOON, HOUR)
    )
