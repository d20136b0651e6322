"""The additions stage: the only one that numbers revisions above 1 on `complaints.received.v1`.

It keeps complaints that can still grow, merges what comes later, and writes the whole complaint with the next revision.
Its decision holds the complaint it wrote, so that a replay writes the same (docs/decisions/0014-additions.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.fit import trimmed
from infra import metrics
from schemas.additions import Addition
from schemas.complaint import Complaint
from schemas.errors import PoisonRecord
from schemas.identity import named_uuid, sender_key
from schemas.settings import AdditionsSettings
from schemas.tables.additions import ADDITIONS_DECISIONS, ADDITIONS_LOCKS
from schemas.topics import ADDITIONS, RECEIVED, Topic
from workers.additions.merging import Growing, added, updated
from workers.additions.state import Memory, recall
from workers.runtime.stage import Emit, Incoming

GROWING_ENTRIES = frozenset({"app", "call", "chat", "push", "sms", "staff"})
"""Entries whose recordings, later messages or corrections come as records of their own."""


class Grown(BaseModel):
    """The decision: what became of the record, with the complaint that is written if it led to a revision."""

    outcome: Literal["passed", "kept", "merged", "updated", "unchanged", "parked"]
    complaint: Complaint | None = None


@dataclass(slots=True)
class Additions:
    """Merges additions and updates into complaints. `pseudonym_key` makes record keys as the gateway's."""

    pseudonym_key: bytes
    settings: AdditionsSettings
    name: str = "additions"
    reads: tuple[Topic, ...] = (RECEIVED, ADDITIONS)
    writes: tuple[Topic, ...] = (RECEIVED,)
    decisions: Table = ADDITIONS_DECISIONS
    locks: Table | None = ADDITIONS_LOCKS
    decision_type: type[Grown] = Grown

    def identity(self, item: Incoming[Complaint | Addition]) -> tuple[UUID, int]:
        """The addition; the complaint and its revision; of one with a version that version in that delivery.

        So a sheet that is handed in again is a redelivery, and the same row in the next day's sheet is not.
        """
        record = item.record
        if isinstance(record, Addition):
            return record.addition_id, 0
        if record.version is None or record.revision > 1:
            return record.complaint_id, record.revision
        return named_uuid("version", str(record.complaint_id), record.version, str(record.raw.delivery_id)), 0

    def keys(self, item: Incoming[Complaint | Addition]) -> Iterable[str]:
        """The complaint: additions lie on another topic, under another key."""
        return (str(item.record.complaint_id),)

    async def decide(
        self, connection: AsyncConnection, items: Sequence[Incoming[Complaint | Addition]]
    ) -> Sequence[Grown]:
        """Grow the complaints of the batch in order, then write them down."""
        memory = await recall(connection, {item.record.complaint_id for item in items})
        decided = [self._decide(memory, item.record, item.at) for item in items]
        await memory.store(connection, max(item.at for item in items))
        for one in decided:
            metrics.ADDITIONS.labels(one.outcome).inc()
        return decided

    def emit(self, item: Incoming[Complaint | Addition], decision: Grown) -> Sequence[Emit]:
        """The grown complaint, under the key the gateway would give it."""
        complaint = decision.complaint
        if complaint is None:
            return ()
        number = complaint.complaint_id
        key = sender_key(self.pseudonym_key, complaint)
        return (Emit(RECEIVED, complaint, key, f"additions/{number}/{complaint.revision}", number),)

    def _decide(self, memory: Memory, record: Complaint | Addition, at: datetime) -> Grown:
        known = memory.growing.get(record.complaint_id)
        if isinstance(record, Addition):
            known = known or _based(record)
            if known is None:
                memory.park(record, at)
                return Grown(outcome="parked")
            return self._grow(memory, known, added(known, record), "merged", record.at, at)
        if record.revision > 1:  # what this stage wrote
            return Grown(outcome="passed")
        return self._first(memory, record, at) if known is None else self._again(memory, known, record, at)

    def _first(self, memory: Memory, complaint: Complaint, at: datetime) -> Grown:
        """A complaint that was not kept so far, with what came before it."""
        before = grown = Growing(complaint)
        waiting = memory.unpark(complaint.complaint_id)
        for addition in waiting:
            grown = added(grown, addition)
        if not waiting and not can_grow(complaint):
            return Grown(outcome="passed")
        self._keep(memory, before, complaint.received_at, at)
        return self._grow(memory, before, grown, "merged", complaint.received_at, at, otherwise="kept")

    def _again(self, memory: Memory, known: Growing, version: Complaint, at: datetime) -> Grown:
        """Another delivery of a complaint that is kept: an update where it says something else and is not older.

        Deduplicate takes whichever version it meets first for revision 1. So of two versions the newer one always
        gets a revision of its own, also when it came first.
        """
        is_newer = version.ingested_at >= known.complaint.ingested_at
        if version.version is None or version.version == known.complaint.version:
            if is_newer:
                seen = known.complaint.model_copy(update={"ingested_at": version.ingested_at})
                self._keep(memory, replace(known, complaint=seen), version.received_at, at)
            return Grown(outcome="unchanged")
        if is_newer:
            return self._grow(memory, known, updated(known, version), "updated", version.received_at, at)
        if known.complaint.revision > 1:
            return Grown(outcome="unchanged")
        return self._revise(memory, known, "updated", version.received_at, at)

    def _grow(
        self,
        memory: Memory,
        before: Growing,
        after: Growing,
        outcome: Literal["merged", "updated"],
        since: datetime,
        at: datetime,
        otherwise: Literal["kept", "unchanged"] = "unchanged",
    ) -> Grown:
        if after.complaint != before.complaint:
            return self._revise(memory, after, outcome, since, at)
        if after != before:
            self._keep(memory, after, since, at)
        return Grown(outcome=otherwise)

    def _revise(
        self, memory: Memory, grown: Growing, outcome: Literal["merged", "updated"], since: datetime, at: datetime
    ) -> Grown:
        complaint = grown.complaint
        fitting = trimmed(complaint.model_copy(update={"revision": complaint.revision + 1}))
        if fitting is None:
            raise PoisonRecord("with this addition the complaint is over the size limit of a record")
        self._keep(memory, replace(grown, complaint=fitting), since, at)
        return Grown(outcome=outcome, complaint=fitting)

    def _keep(self, memory: Memory, growing: Growing, since: datetime, at: datetime) -> None:
        """Keep it and have its pending files fetched; `since` is when what named them came."""
        memory.keep(growing, at)
        complaint = growing.complaint
        for attachment in complaint.attachments:
            if attachment.state == "pending" and attachment.reference:
                memory.fetch(growing, attachment, since + self.settings.patience(complaint.channel))


def _based(addition: Addition) -> Growing | None:
    """The complaint as who corrects it found it; what is not kept here has no later revision."""
    base = addition.base
    return Growing(base) if base is not None and base.complaint_id == addition.complaint_id else None


def can_grow(complaint: Complaint) -> bool:
    """Whether more of a complaint may come as records of their own."""
    return (
        complaint.entry in GROWING_ENTRIES
        or complaint.version is not None
        or bool(complaint.tasks)
        or any(one.state == "pending" for one in complaint.attachments)
    )
