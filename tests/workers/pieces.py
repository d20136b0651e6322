"""Complaints for the tests of stages, and one batch through a stage without Kafka, as the loop would do it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.base import Record
from schemas.complaint import Complaint, RawRef, Sender, Thread
from schemas.identity import complaint_id, tracking_number
from schemas.tokens import TokenKeys
from workers.runtime.stage import DecidingStage, Incoming, Origin

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
PSEUDONYM_KEY = b"p" * 32
NUMBER_KEY = b"n" * 32
TOKEN_KEYS = TokenKeys("k1", {"k1": b"t" * 32})
_serial = count(1)


def complaint(source_id: str = "", *, channel: str = "web", account: str = "form", **fields: Any) -> Complaint:
    """A web complaint of nobody in particular; every field can be set. An unnamed source id is a new one."""
    source_id = source_id or f"source-{next(_serial)}"
    words = fields.setdefault("text", "牛奶过期了")
    identity = complaint_id(channel, account, source_id, words)
    given = {
        "complaint_id": identity,
        "tracking_number": tracking_number(NUMBER_KEY, identity),
        "channel": channel,
        "account": account,
        "source_id": source_id,
        "received_at": NOON,
        "received_at_source": "gateway",
        "ingested_at": NOON,
        "language": "zh-Hans",
        "raw": RawRef(sha256="0" * 64, size_bytes=1),
    }
    return Complaint.model_validate(given | fields)


def mail(
    message_id: str, sender: str = "li@customers.example", *, after: timedelta = timedelta(), **fields: Any
) -> Complaint:
    """A mail with this Message-ID, received `after` noon."""
    thread = {"message_id": f"<{message_id}>"} | fields.pop("thread", {})
    given: dict[str, Any] = {
        "account": "support",
        "entry": "mail",
        "received_at": NOON + after,
        "sender": Sender(emails=(sender,)),
        "reply_to": sender,
        "subject": "投诉",
        "thread": Thread(**thread),
    }
    return complaint(f"<{message_id}>", channel="email", **given | fields)


def incoming(record: Record, offset: int | None = None, *, at: datetime = NOON, partition: int = 0) -> Incoming[Any]:
    """The record as it lies in the log, at a new offset unless one is named."""
    return Incoming(record, Origin("topic", partition, next(_serial) if offset is None else offset), at, {})


async def decide(
    engine: AsyncEngine, stage: DecidingStage[Any, Any], *records: Record, at: datetime = NOON
) -> list[Any]:
    """Decide records in one transaction under the locks of all their keys, as the loop does."""
    items = [incoming(record, at=at) for record in records]
    async with engine.begin() as connection:
        await lock(connection, stage, items)
        return list(await stage.decide(connection, items))


async def lock(connection: Any, stage: DecidingStage[Any, Any], items: Sequence[Incoming[Any]]) -> None:
    """Take the row locks of a batch in one sorted statement."""
    keys = sorted({key for item in items for key in stage.keys(item)})
    if stage.locks is not None and keys:
        await connection.execute(
            text(
                f"INSERT INTO {stage.locks.name} (key) SELECT k FROM unnest(CAST(:keys AS text[])) AS k ORDER BY k "  # noqa: S608
                "ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key"
            ),
            {"keys": keys},
        )


async def rows(engine: AsyncEngine, query: str, **values: Any) -> list[Any]:
    """Rows of a query."""
    async with engine.connect() as connection:
        return list(await connection.execute(text(query), values))


def ids(records: Sequence[Complaint]) -> list[UUID]:
    """Their complaint ids."""
    return [record.complaint_id for record in records]
