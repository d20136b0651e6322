"""The notify stage: one row in the outbox a message, or at once the outcome that says why none goes out.

It shares the outbox with the acknowledge stage: each writes its own kinds, under ids that cannot meet.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import named_uuid, outbox_id
from schemas.messages import Message
from schemas.outcomes import OutboxResult, Outcome
from schemas.tables.notify import NOTIFY_DECISIONS, NOTIFY_LOCKS
from schemas.tokens import TokenKeys, sign_case
from schemas.topics import MESSAGES, OUTBOX_RESULTS, Topic
from workers.notify import state
from workers.notify.judging import Judge, Plan
from workers.notify.state import Kept
from workers.notify.words import Worded
from workers.recipients import KeyedWay, closed_ways
from workers.runtime.stage import Emit, Incoming

Words = Callable[[Message, str | None, str], Worded | None]
"""Words a message for a customer who writes in a language, on a channel."""
NO_TEXT = "the policy pack has no text for it"
"""The reason of a `by-person` outcome: a person must find the words."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long the sender tries, from writing on; when an unclear one goes to a person at the latest; how long a
    complaint nobody knows is waited for."""

    tries: timedelta
    person_after: timedelta
    patience: timedelta


class Told(BaseModel):
    """The decision: which message of which complaint, and the result where none goes out. No words, no address."""

    complaint_id: UUID
    outbox_id: UUID | None = None
    result: OutboxResult | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One message to settle, with what is known of its customer."""

    message: Message
    at: datetime
    offset: int
    kept: Kept
    ways: tuple[KeyedWay, ...]


@dataclass(slots=True)
class Notify:
    """Puts what a customer is to be told into the outbox, once."""

    judge: Judge
    words: Words
    times: Times
    token_keys: TokenKeys
    name: str = "notify"
    reads: tuple[Topic, ...] = (MESSAGES,)
    writes: tuple[Topic, ...] = (OUTBOX_RESULTS,)
    decisions: Table = NOTIFY_DECISIONS
    locks: Table | None = NOTIFY_LOCKS
    decision_type: type[Told] = Told

    def identity(self, item: Incoming[Message]) -> tuple[UUID, int]:
        """The message's own id, which its occasion names: the same occasion twice is one message."""
        return item.record.message_id, 0

    def keys(self, item: Incoming[Message]) -> Iterable[str]:
        """The message: two workers that have it at once decide one after the other."""
        return (str(item.record.message_id),)

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Message]]) -> Sequence[Told]:
        """Judge the batch by what is kept of its customers; write those that go out."""
        asked_at = state.earliest((item.record.complaint_id, item.at) for item in items)
        kept = await state.kept(connection, asked_at, self.times.patience)
        asked = [self._ask(item, kept[item.record.complaint_id]) for item in items]
        closed = await closed_ways(connection, (way.recipient_key for one in asked for way in one.ways))
        told, rows = [], []
        for one in asked:
            plan = self.judge.judge(one.message, one.kept.customer, one.ways, closed, one.at)
            texts = self._texts(one, plan)
            if plan.outcome is None and texts is None:
                plan = Plan(Outcome.BY_PERSON, NO_TEXT)
            if plan.outcome is None and texts is not None:
                rows.append(self._row(one, plan, texts))
            told.append(_told(one, plan))
        await state.write(connection, rows)
        return told

    def emit(self, item: Incoming[Message], decision: Told) -> Sequence[Emit]:
        """The result of a message that does not go out, under its complaint's key; the sender tells of the others."""
        result = decision.result
        if result is None:
            return ()
        return (Emit(OUTBOX_RESULTS, result, str(result.complaint_id), str(result.result_id), result.complaint_id),)

    def _ask(self, item: Incoming[Message], kept: Kept) -> _Asked:
        message = item.record
        if kept.row is not None:  # the number that a customer is told is the complaint's own, whatever the writer says
            message = message.model_copy(update={"tracking_number": kept.row.tracking_number})
        return _Asked(message, item.at, item.origin.offset, kept, self.judge.ways(message, kept.customer))

    def _texts(self, one: _Asked, plan: Plan) -> dict[str, Worded] | None:
        """Channel → words for every way of the plan; None when there are none for one of them."""
        texts: dict[str, Worded] = {}
        for channel in dict.fromkeys(each.way.channel for each in plan.ways):
            worded = self.words(one.message, one.kept.row.language, channel)
            if worded is None:
                return None
            texts[channel] = worded
        return texts

    def _row(self, one: _Asked, plan: Plan, texts: Mapping[str, Worded]) -> dict[str, Any]:
        message, promise, first = one.message, one.kept.row, plan.ways[0]
        worded = texts[first.way.channel]
        ends = one.at + self.times.tries
        return {
            "outbox_id": _outbox_id(message),
            "kind": message.kind.value,
            "complaint_id": message.complaint_id,
            "case_id": message.case_id,
            "tracking_number": promise.tracking_number,
            "channel": promise.channel,
            "received_at": promise.received_at,
            "page_shown": False,
            "reply_channel": first.way.channel,
            "account": first.way.account,
            "addresses": [_written(each, texts[each.way.channel], worded) for each in plan.ways],
            "subject": worded.subject,
            "text": worded.text,
            "language": worded.language,
            "in_reply_to": promise.message_id,
            "references": promise.references,
            "case_token": sign_case(self.token_keys, promise.tracking_number),
            "recipient_key": first.recipient_key,
            "subject_key": None,
            "created_at": one.at,
            "person_at": one.at + self.times.person_after,
            "give_up_at": min(ends, message.expires_at) if message.expires_at else ends,
            "occasion": message.occasion,
            "expires_at": message.expires_at,
            "sequence": one.offset,
        }


def _outbox_id(message: Message) -> UUID:
    return outbox_id(message.case_id, message.kind, str(message.message_id))


def _written(keyed: KeyedWay, worded: Worded, of_row: Worded) -> dict[str, Any]:
    """A way as the outbox keeps it, with its own words where they are not those of the row."""
    way: dict[str, Any] = keyed.way.as_json() | {"recipient_key": keyed.recipient_key}
    return way if worded == of_row else way | {"subject": worded.subject, "text": worded.text}


def _told(one: _Asked, plan: Plan) -> Told:
    message = one.message
    if plan.outcome is None:
        return Told(complaint_id=message.complaint_id, outbox_id=_outbox_id(message))
    promise = one.kept.row
    return Told(
        complaint_id=message.complaint_id,
        result=OutboxResult(
            result_id=named_uuid("result", str(message.message_id), plan.outcome),
            complaint_id=message.complaint_id,
            case_id=message.case_id,
            tracking_number=message.tracking_number,
            channel=promise.channel if promise is not None else "",
            outcome=plan.outcome,
            reason=plan.reason,
            kind=message.kind.value,
            occasion=message.occasion,
            received_at=promise.received_at if promise is not None else one.at,
            at=one.at,
        ),
    )
