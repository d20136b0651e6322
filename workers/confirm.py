"""Confirm: exactly one acknowledgement record a complaint, out of results that may come twice or contradict later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from infra import metrics
from schemas.identity import named_uuid
from schemas.outcomes import Acknowledged, OutboxResult, Outcome
from schemas.tables.confirm import CONFIRM_DECISIONS
from schemas.topics import ACKNOWLEDGED, OUTBOX_RESULTS, Topic
from workers.runtime.stage import Emit, Incoming


class Confirmed(BaseModel):
    """The decision: the outcome that counts. The first result of a complaint decides; later ones are redeliveries.

    `counts` is false for what became of another message than the acknowledgement.
    """

    outcome: Outcome
    in_time: bool
    counts: bool = True


@dataclass(slots=True)
class Confirm:
    """Turns the first result of each complaint into its one acknowledgement record."""

    acknowledge_within: timedelta
    name: str = "confirm"
    reads: tuple[Topic, ...] = (OUTBOX_RESULTS,)
    writes: tuple[Topic, ...] = (ACKNOWLEDGED,)
    decisions: Table = CONFIRM_DECISIONS
    locks: Table | None = None
    decision_type: type[Confirmed] = Confirmed

    def identity(self, item: Incoming[OutboxResult]) -> tuple[UUID, int]:
        """The complaint alone: any second result finds the row of the first. Other messages: each by itself."""
        record = item.record
        return (record.complaint_id if record.acknowledges else named_uuid("message", str(record.result_id))), 0

    def keys(self, item: Incoming[OutboxResult]) -> Iterable[str]:
        """None: the decision row is the only state."""
        return ()

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[OutboxResult]]) -> Sequence[Confirmed]:
        """Whether the outcome came within the promise."""
        for item in items:
            if not item.record.acknowledges:
                continue
            metrics.ACKNOWLEDGED.labels(item.record.channel, item.record.outcome).inc()
        return [
            Confirmed(
                outcome=item.record.outcome,
                in_time=item.record.at - item.record.received_at <= self.acknowledge_within,
                counts=item.record.acknowledges,
            )
            for item in items
        ]

    def emit(self, item: Incoming[OutboxResult], decision: Confirmed) -> Sequence[Emit]:
        """The acknowledgement record, under the complaint's key."""
        if not decision.counts:
            return ()
        result = item.record
        record = Acknowledged(
            complaint_id=result.complaint_id,
            case_id=result.case_id,
            tracking_number=result.tracking_number,
            channel=result.channel,
            outcome=decision.outcome,
            reason=result.reason,
            received_at=result.received_at,
            acknowledged_at=result.at,
            in_time=decision.in_time,
        )
        key = str(result.complaint_id)
        return (Emit(ACKNOWLEDGED, record, key, f"confirm/{key}", result.complaint_id),)
