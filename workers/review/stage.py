"""The review stage: the writer of `reviews` and of the counts. Emits nothing: the rows are the product.

A classified revision says what the machine thinks and whether a person has corrected it, a request that the machine
asks, a command what people did in the queue. Records of the three topics come in any order; each is decided under the
lock of its complaint (docs/decisions/0026-reviews.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.policy import PolicyPack
from schemas.records import Command, ReviewRequest
from schemas.review import ReviewAct, ReviewView, decided_under, request_id
from schemas.tables.review import REVIEW_DECISIONS, REVIEW_LOCKS
from schemas.topics import CLASSIFIED, COMMANDS, REVIEW, Topic
from workers.review.acts import Refused, perform
from workers.review.counting import Counts
from workers.review.following import classified, requested
from workers.review.state import Memory, recall, store
from workers.runtime.stage import Emit, Incoming

Read = ReviewView | ReviewRequest | Command


class Followed(BaseModel):
    """The decision on one record. `applied`: it changed what people have to do, or what is known of the newest."""

    applied: bool
    detail: str = ""


@dataclass(slots=True)
class Review:
    """Keeps what people look at."""

    pack: PolicyPack
    name: str = "review"
    reads: tuple[Topic, ...] = (CLASSIFIED.seen_as(ReviewView), REVIEW, COMMANDS)
    writes: tuple[Topic, ...] = ()
    decisions: Table = REVIEW_DECISIONS
    locks: Table | None = REVIEW_LOCKS
    decision_type: type[Followed] = Followed

    def identity(self, item: Incoming[Read]) -> tuple[UUID, int]:
        """A complaint by its revision; a request and a command under a name of its own."""
        record = item.record
        if isinstance(record, ReviewView):
            return record.complaint_id, record.revision
        if isinstance(record, ReviewRequest):
            return request_id(record.complaint_id), record.revision
        return decided_under(record.command_id), 0

    def keys(self, item: Incoming[Read]) -> Iterable[str]:
        """The complaint: its review is read and written under its lock."""
        return (str(item.record.complaint_id),) if item.record.complaint_id is not None else ()

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Read]]) -> Sequence[Followed]:
        """Follow the batch in order against what is stored, then write what has changed."""
        complaints = (item.record.complaint_id for item in items)
        memory = await recall(connection, (one for one in complaints if one is not None))
        counts = Counts(self.pack.zone)
        followed = []
        for item in items:
            followed.append(_follow(memory, item.record, item.at))
            if isinstance(item.record, ReviewView):
                counts.add(item.record, item.origin.partition)
        await store(connection, memory)
        await counts.store(connection)
        return followed

    def emit(self, item: Incoming[Read], decision: Followed) -> Sequence[Emit]:
        """Nothing."""
        return ()


def _follow(memory: Memory, record: Read, at: datetime) -> Followed:
    if isinstance(record, ReviewView):
        return Followed(applied=classified(memory, record, at))
    if isinstance(record, ReviewRequest):
        return Followed(applied=requested(memory, record, at))
    if record.kind not in set(ReviewAct):
        return Followed(applied=False, detail="another stage's command")
    try:
        return Followed(applied=True, detail=perform(memory, record))
    except Refused as refused:
        return Followed(applied=False, detail=str(refused))
