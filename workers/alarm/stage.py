"""The alarm stage: reads what arrives and alarms people when somebody's safety may be at stake, once a complaint.

It has its own group on the received topic and depends on no other stage: not on linking, not on understanding. What
was received long ago (an outage, a replay) still alarms and says that it is late. Automatic mail never does
(docs/decisions/0024-safety-alarm.md).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.alarm import SAFETY_ALARM, BatchCases
from schemas.complaint import Complaint
from schemas.normalise import fold
from schemas.policy import PolicyPack
from schemas.tables.alarm import ALARM_DECISIONS, ALARM_LOCKS
from schemas.topics import ESCALATED, RECEIVED, SEALED_ALARMS, Topic
from workers.alarm.batches import Cases, Named, case_of, named_batches
from workers.alarm.deciding import Raised, as_escalation, raise_alarm
from workers.alarm.state import Memory, recall, store
from workers.remembered import Remembered
from workers.runtime.stage import Emit, Incoming
from workers.text.extract import extract
from workers.text.safety import SafetySense, Sign

LEVEL_HEADER = "x-level"
"""Tells alarms from what route raises, without reading the value."""

_MOST_CHARS = 4_000
"""Batch numbers are looked for in the beginning of a text."""


class Alarmed(BaseModel):
    """The decision on one record: the alarm it raised, if any."""

    raised: Raised | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """The signs in a complaint, and the batches it names when there are any."""

    signs: Sequence[Sign] = ()
    batches: tuple[Named, ...] = ()


@dataclass(slots=True)
class Alarm:
    """Raises alarms by the pack's safety rules. `key` makes pseudonyms of batches and senders."""

    pack: PolicyPack
    sense: SafetySense
    key: bytes
    name: str = "alarm"
    reads: tuple[Topic, ...] = (RECEIVED,)
    writes: tuple[Topic, ...] = (ESCALATED, SEALED_ALARMS)
    decisions: Table = ALARM_DECISIONS
    locks: Table | None = ALARM_LOCKS
    decision_type: type[Alarmed] = Alarmed
    _seen: Remembered[Complaint, _Seen] = field(init=False)

    def __post_init__(self) -> None:
        """Read each complaint once, for its locks and for the decision."""
        self._seen = Remembered(self._look)

    def identity(self, item: Incoming[Complaint]) -> tuple[UUID, int]:
        """The complaint and its revision."""
        return item.record.complaint_id, item.record.revision

    def keys(self, item: Incoming[Complaint]) -> Iterable[str]:
        """Nothing for what names no danger; else the complaint and the batches it names."""
        seen = self._seen.of(item.record)
        if not seen.signs:
            return ()
        return (f"complaint:{item.record.complaint_id}", *(f"batch:{one.key}" for one in seen.batches))

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Complaint]]) -> Sequence[Alarmed]:
        """Alarm for each complaint of the batch that has not alarmed before, in order."""
        seen = [self._seen.last_of(item.record) for item in items]
        dangerous = [item.record.complaint_id for item, one in zip(items, seen, strict=True) if one.signs]
        cases = Cases(timedelta(days=self.pack.safety_alarm.batch.within_days))
        memory = await recall(connection, cases, dangerous, {named.key for one in seen for named in one.batches})
        decided = [self._decide(memory, item, one) for item, one in zip(items, seen, strict=True)]
        await store(connection, memory)
        return decided

    def emit(self, item: Incoming[Complaint], decision: Alarmed) -> Sequence[Emit]:
        """The alarm, under the key of the case that the complaint opens if it is new; a sealed one on its own topic."""
        if decision.raised is None:
            return ()
        record = as_escalation(item.record, decision.raised)
        event_id = f"alarm/{record.complaint_id}/{record.revision}"
        headers = {LEVEL_HEADER: SAFETY_ALARM}
        topic = SEALED_ALARMS if decision.raised.sealed else ESCALATED
        return (Emit(topic, record, str(record.case_id), event_id, record.complaint_id, headers),)

    def _look(self, complaint: Complaint) -> _Seen:
        """The signs of what a person wrote or said; the subject of a call is not the customer's."""
        if complaint.automatic.is_automatic:
            return _Seen()
        signs = self.sense(complaint.subject if complaint.entry != "call" else None, complaint.text)
        if not signs:
            return _Seen()
        fields = extract(fold(complaint.text[:_MOST_CHARS]), None, self.pack.zone)
        return _Seen(signs, named_batches(self.key, complaint, fields))

    def _decide(self, memory: Memory, item: Incoming[Complaint], seen: _Seen) -> Alarmed:
        complaint = item.record
        if not seen.signs or complaint.complaint_id in memory.alarmed:
            return Alarmed()
        memory.alarm(complaint.complaint_id, complaint.revision, item.at)
        batch = self._batch(memory, complaint, seen.batches)
        return Alarmed(raised=raise_alarm(self.pack, complaint, seen.signs, item.at, batch))

    def _batch(self, memory: Memory, complaint: Complaint, batches: Iterable[Named]) -> BatchCases | None:
        """The first batch on which another person's case makes people decide; all are noted."""
        rules, found = self.pack.safety_alarm.batch, None
        for named in batches:
            other = memory.cases.add(case_of(self.key, complaint, named))
            if other is not None and found is None:
                found = BatchCases(
                    by=named.by,
                    complaint_ids=(other.complaint_id, complaint.complaint_id),
                    tracking_numbers=(other.tracking_number, complaint.tracking_number),
                    informed=rules.informed,
                    due_at=max(other.received_at, complaint.received_at) + timedelta(hours=rules.decide_within_hours),
                )
        return found
