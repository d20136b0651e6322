"""The acknowledge stage: what was understood is answered with category and fact; bounces of our answers are noted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.complaint import Channel
from schemas.identity import named_uuid, outbox_id_of
from schemas.outcomes import OutboxResult, Outcome, WayTried
from schemas.reply import BOUNCED
from schemas.tables.acknowledge import ACKNOWLEDGE_DECISIONS, ACKNOWLEDGE_LOCKS, BOUNCES
from schemas.topics import CLASSIFIED, OUTBOX_RESULTS, Topic
from schemas.views import AnswerableView
from workers.acknowledge.desk import Desk
from workers.acknowledge.owed import Owed, of_classified
from workers.bulk import insert_rows
from workers.remembered import Remembered
from workers.runtime.stage import Emit, Incoming

_ANSWERED = text(
    "SELECT o.*, coalesce(a.address_index, 0) AS address_index "
    "FROM outbox o LEFT JOIN outbox_attempts a USING (outbox_id) WHERE o.outbox_id = ANY(CAST(:ids AS uuid[]))"
)


class Answer(BaseModel):
    """The decision: the results it published. Ids, outcomes and reasons only; a message's result is the sender's."""

    results: tuple[OutboxResult, ...] = ()


@dataclass(slots=True)
class Acknowledge:
    """Puts one acknowledgement a complaint into the outbox, or says at once why none goes out."""

    desk: Desk
    name: str = "acknowledge"
    reads: tuple[Topic, ...] = (CLASSIFIED.seen_as(AnswerableView),)
    writes: tuple[Topic, ...] = (OUTBOX_RESULTS,)
    decisions: Table = ACKNOWLEDGE_DECISIONS
    locks: Table | None = ACKNOWLEDGE_LOCKS
    decision_type: type[Answer] = Answer
    _owed: Remembered[AnswerableView, Owed] = field(init=False, default_factory=lambda: Remembered(of_classified))

    def identity(self, item: Incoming[AnswerableView]) -> tuple[UUID, int]:
        """The complaint and its revision; a revision finds the guard row and is never answered again."""
        return item.record.complaint_id, item.record.revision

    def keys(self, item: Incoming[AnswerableView]) -> Iterable[str]:
        """The keys of the desk, which the sweeper takes too."""
        return self.desk.keys(self._owed.of(item.record))

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[AnswerableView]]) -> Sequence[Answer]:
        """Settle the batch at the desk and note the bounces in it."""
        asked = [(self._owed.last_of(item.record), item.at) for item in items]
        settled = await self.desk.settle(connection, asked, "stage")
        bounced = await self._bounced(connection, items)
        return [
            Answer(results=tuple(filter(None, (one.result, bounced.get(item.record.complaint_id)))))
            for item, one in zip(items, settled, strict=True)
        ]

    def emit(self, item: Incoming[AnswerableView], decision: Answer) -> Sequence[Emit]:
        """The results, each under its own complaint's key: a bounce is about another one."""
        return tuple(
            Emit(OUTBOX_RESULTS, result, str(result.complaint_id), str(result.result_id), result.complaint_id)
            for result in decision.results
        )

    async def _bounced(
        self, connection: AsyncConnection, items: Sequence[Incoming[AnswerableView]]
    ) -> dict[UUID, OutboxResult]:
        """Bounces of messages that are really ours: complaint_id of the bounce → what it means for the other."""
        reports = {item.record.complaint_id: (ours, item.at) for item in items if (ours := _reported(item.record))}
        if not reports:
            return {}
        found = await connection.execute(_ANSWERED, {"ids": [ours for ours, _ in reports.values()]})
        messages = {row.outbox_id: row for row in found}
        genuine = {bounce: report for bounce, report in reports.items() if report[0] in messages}
        rows = [{"bounce_id": bounce, "outbox_id": ours, "noted_at": at} for bounce, (ours, at) in genuine.items()]
        await insert_rows(connection, BOUNCES, rows)
        return {bounce: _undelivered(bounce, messages[ours], at) for bounce, (ours, at) in genuine.items()}


def _reported(item: AnswerableView) -> UUID | None:
    if item.automatic.kind != "bounce" or item.automatic.about_message_id is None:
        return None
    return outbox_id_of(item.automatic.about_message_id)


def _undelivered(bounce: UUID, message: Any, at: datetime) -> OutboxResult:
    """The event after `sent`: confirm has decided by then, the ledger and people see that nobody read it."""
    return OutboxResult(
        result_id=named_uuid("bounce", str(bounce)),
        complaint_id=message.complaint_id,
        case_id=message.case_id,
        tracking_number=message.tracking_number,
        channel=message.channel,
        outcome=Outcome.UNREACHABLE,
        reason=BOUNCED,
        outbox_id=message.outbox_id,
        kind=message.kind,
        occasion=message.occasion,
        ways=_bounced_way(message),
        received_at=message.received_at,
        at=at,
    )


def _bounced_way(message: Any) -> tuple[WayTried, ...]:
    """The mail way that was tried last, under the pseudonym it is closed by."""
    for one in reversed(message.addresses[: message.address_index + 1]):
        channel, key = (
            (message.reply_channel, message.recipient_key)
            if isinstance(one, str)
            else (one["channel"], one["recipient_key"])
        )
        if channel == Channel.EMAIL:
            return (WayTried(channel=channel, recipient_key=key, ended="bounced"),)
    return ()
