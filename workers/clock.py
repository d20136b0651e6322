"""The clock: writes down the promise of 24 hours for everything that arrives, before anybody understands it.

It has its own group on the received and the suspended topic and depends on no other stage: the sweeper can
keep the promise from these rows when everything between is stuck.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.complaint import Channel, Complaint
from schemas.envelope import envelope_beside, envelope_key
from schemas.identity import named_uuid
from schemas.records import Suspended
from schemas.reply import ways_back
from schemas.tables.clock import CLOCK_DECISIONS, PROMISES
from schemas.topics import RECEIVED, SUSPENDED, Topic
from workers.bulk import insert_rows
from workers.runtime.stage import Emit, Incoming

_REVISION_OF_STATE = {"open": 1, "replayed": 2, "discarded": 3}
_CLOSE = text(
    "UPDATE promises SET state = closed.state "
    "FROM unnest(CAST(:subjects AS uuid[]), CAST(:states AS text[])) AS closed(subject_id, state) "
    "WHERE promises.subject_id = closed.subject_id AND promises.kind = 'suspended'"
)
# A replayed item becomes a complaint of the same id: it can be answered better now, and its clock goes on.
# It is noted anew, because the sweeper does not look again where everything was settled.
_READ_AT_LAST = (
    "(subject_id) DO UPDATE SET noted_at = now(), "
    "kind = excluded.kind, state = excluded.state, is_automatic = excluded.is_automatic, "
    "page_shown = excluded.page_shown, by_authority = excluded.by_authority, reply_channel = excluded.reply_channel, "
    "addresses = excluded.addresses, language = excluded.language, subject = excluded.subject, "
    'message_id = excluded.message_id, "references" = excluded."references" '
    "WHERE promises.kind = 'suspended' AND excluded.kind = 'complaint'"
)


class Noted(BaseModel):
    """The clock's decision: which promise was opened or closed. Ids only."""

    state: str


@dataclass(slots=True)
class Clock:
    """Writes one promise per complaint and per suspended item; emits nothing."""

    acknowledge_within: timedelta
    name: str = "clock"
    reads: tuple[Topic, ...] = (RECEIVED, SUSPENDED)
    writes: tuple[Topic, ...] = ()
    decisions: Table = CLOCK_DECISIONS
    locks: Table | None = None
    decision_type: type[Noted] = Noted

    def identity(self, item: Incoming[Complaint | Suspended]) -> tuple[UUID, int]:
        """A complaint by its revision, a suspended item by its state (1 open, 2 replayed, 3 discarded).

        Once replayed, both have the same id; they are different decisions.
        """
        if isinstance(item.record, Suspended):
            return named_uuid("suspended", str(item.record.suspended_id)), _REVISION_OF_STATE[item.record.state]
        return item.record.complaint_id, item.record.revision

    def keys(self, item: Incoming[Complaint | Suspended]) -> Iterable[str]:
        """None: the promise's primary key is the only thing two workers could meet at."""
        return ()

    async def decide(
        self, connection: AsyncConnection, items: Sequence[Incoming[Complaint | Suspended]]
    ) -> Sequence[Noted]:
        """Insert the promises that are not there yet; a revision or redelivery never moves one."""
        records = [item.record for item in items]
        promises = {row["subject_id"]: row for row in map(self._promise, reversed(records))}
        ordered = [promises[subject] for subject in sorted(promises)]
        await insert_rows(connection, PROMISES, ordered, on_conflict=_READ_AT_LAST)
        closed = {
            record.suspended_id: record.state
            for record in records
            if isinstance(record, Suspended) and record.state != "open"
        }
        if closed:
            await connection.execute(_CLOSE, {"subjects": list(closed), "states": list(closed.values())})
        return [Noted(state=record.state if isinstance(record, Suspended) else "open") for record in records]

    def emit(self, item: Incoming[Complaint | Suspended], decision: Noted) -> Sequence[Emit]:
        """Nothing: the row is the product."""
        return ()

    def _promise(self, record: Complaint | Suspended) -> dict[str, Any]:
        own = _of_suspended(record) if isinstance(record, Suspended) else _of_complaint(record)
        return own | {
            "tracking_number": record.tracking_number,
            "channel": record.channel,
            "account": record.account,
            "received_at": record.received_at,
            "due_at": record.received_at + self.acknowledge_within,
        }


def _of_complaint(complaint: Complaint) -> dict[str, Any]:
    back = ways_back(complaint)
    return {
        "subject_id": complaint.complaint_id,
        "kind": "complaint",
        "state": "open",
        "is_automatic": complaint.automatic.is_automatic,
        "page_shown": back.page_shown,
        "by_authority": complaint.referral is not None,
        "reply_channel": back.channel,
        "addresses": [way.as_json() for way in back.ways],
        "language": complaint.language,
        "subject": complaint.subject,
        "message_id": complaint.thread.message_id,
        "references": complaint.thread.references,
        "envelope_key": None,
    }


def _of_suspended(item: Suspended) -> dict[str, Any]:
    on_web = item.channel == Channel.WEB
    return {
        "subject_id": item.suspended_id,
        "kind": "suspended",
        "state": item.state,
        "is_automatic": item.is_automatic,
        "page_shown": on_web,
        "by_authority": False,
        "reply_channel": Channel.EMAIL.value if on_web else item.channel,
        "addresses": (),
        "language": None,
        "subject": None,
        "message_id": None,
        "references": (),
        "envelope_key": _envelope_of(item),
    }


def _envelope_of(item: Suspended) -> str | None:
    if item.raw.object_key is not None:
        return envelope_beside(item.raw.object_key)
    return envelope_key(item.received_at, item.raw.delivery_id, item.channel) if item.raw.delivery_id else None
