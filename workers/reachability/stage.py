"""The reachability stage: signals of channels and results of messages become closed ways, reports and places.

It is the one writer of these; the desk and the sender read them. A message that was sent and then reported as not
delivered becomes one more result, whichever of report and result comes first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import named_uuid
from schemas.outcomes import OutboxResult, Outcome, WayTried
from schemas.reply import UNDELIVERED
from schemas.signals import Signal
from schemas.tables.reachability import REACHABILITY_DECISIONS, REACHABILITY_LOCKS
from schemas.topics import OUTBOX_RESULTS, SIGNALS, Topic
from workers.reachability import state
from workers.reachability.meanings import changes, is_report, places
from workers.runtime.stage import Emit, Incoming


class Told(BaseModel):
    """The decision: the result it published, if any. Ids, pseudonyms and reasons only."""

    result: OutboxResult | None = None


@dataclass(slots=True)
class Reachability:
    """Notes what closes and reopens ways, and tells of messages that were sent and did not arrive."""

    name: str = "reachability"
    reads: tuple[Topic, ...] = (SIGNALS, OUTBOX_RESULTS)
    writes: tuple[Topic, ...] = (OUTBOX_RESULTS,)
    decisions: Table = REACHABILITY_DECISIONS
    locks: Table | None = REACHABILITY_LOCKS
    decision_type: type[Told] = Told

    def identity(self, item: Incoming[Signal | OutboxResult]) -> tuple[UUID, int]:
        """The signal's or the result's own id."""
        record = item.record
        return (record.signal_id, 0) if isinstance(record, Signal) else (record.result_id, 1)

    def keys(self, item: Incoming[Signal | OutboxResult]) -> Iterable[str]:
        """Both ids of the message: a report and the result it is about may come at the same time."""
        if item.record.outbox_id is not None:
            yield f"message:{item.record.outbox_id}"
        if item.record.vendor_id is not None:
            yield f"vendor:{item.record.vendor_id}"

    async def decide(
        self, connection: AsyncConnection, items: Sequence[Incoming[Signal | OutboxResult]]
    ) -> Sequence[Told]:
        """Write what the batch says; find the messages that nobody got."""
        records = [item.record for item in items]
        await state.write_ways(connection, changes(records))
        await state.write_places(connection, places(records))
        await state.write_reports(connection, [one for one in records if isinstance(one, Signal) and is_report(one)])
        about = [item for item in items if _may_tell(item.record)]
        lost = await state.undelivered(
            connection,
            [one.record.outbox_id for one in about if one.record.outbox_id],
            [one.record.vendor_id for one in about if one.record.vendor_id],
        )
        told = _first(about, lost)
        await state.note_told(connection, {row.outbox_id: item.at for item, row in told.values()})
        return [
            Told(result=_undelivered(item, told[index][1]) if (index := id(item)) in told else None) for item in items
        ]

    def emit(self, item: Incoming[Signal | OutboxResult], decision: Told) -> Sequence[Emit]:
        """The one more result, under its complaint's key."""
        result = decision.result
        if result is None:
            return ()
        return (Emit(OUTBOX_RESULTS, result, str(result.complaint_id), str(result.result_id), result.complaint_id),)


def _may_tell(record: Signal | OutboxResult) -> bool:
    return is_report(record) if isinstance(record, Signal) else record.outcome == Outcome.SENT


def _first(
    items: Sequence[Incoming[Signal | OutboxResult]], lost: Sequence[Any]
) -> dict[int, tuple[Incoming[Signal | OutboxResult], Any]]:
    """Which record of the batch tells of each lost message: the first that is about it."""
    told: dict[int, tuple[Incoming[Signal | OutboxResult], Any]] = {}
    for row in lost:
        about = (one for one in items if id(one) not in told and _is_about(one.record, row))
        item = next(about, None)
        if item is not None:
            told[id(item)] = item, row
    return told


def _is_about(record: Signal | OutboxResult, row: Any) -> bool:
    if record.outbox_id is not None:
        return bool(record.outbox_id == row.outbox_id)
    return isinstance(record, Signal) and (record.channel, record.vendor_id) == (row.sent_on, row.vendor_id)


def _undelivered(item: Incoming[Signal | OutboxResult], row: Any) -> OutboxResult:
    """The event after `sent`: confirm has decided by then, the ledger and people see that nobody got it."""
    return OutboxResult(
        result_id=named_uuid("undelivered", str(row.outbox_id)),
        complaint_id=row.complaint_id,
        case_id=row.case_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        outcome=Outcome.UNREACHABLE,
        reason=UNDELIVERED,
        outbox_id=row.outbox_id,
        kind=row.kind,
        occasion=row.occasion,
        vendor_id=row.vendor_id,
        ways=(WayTried(channel=row.sent_on, recipient_key=row.sent_to, ended="undelivered"),),
        received_at=row.received_at,
        at=item.at,
    )
