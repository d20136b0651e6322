"""The desk where stage and sweeper meet: the same locks, guards and ids, so that whoever comes first answers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import pseudonym, recipient_key
from schemas.outcomes import OutboxResult, Outcome
from schemas.reply import ACKNOWLEDGEMENT, SHOWN_ON_PAGE
from schemas.tokens import TokenKeys, sign_case
from workers.acknowledge import state
from workers.acknowledge.guards import Guards, History, Message, Plan, repeated_subject
from workers.acknowledge.owed import Owed
from workers.recipients import KeyedWay


@dataclass(frozen=True, slots=True)
class Composed:
    """A text ready to be sent, in its language."""

    subject: str | None
    text: str
    language: str


Compose = Callable[[Owed, str], Composed]
"""Words what is owed for one channel."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long the sender may try: `person_after` and `promised` count from receipt, `late_tries` from writing."""

    person_after: timedelta
    promised: timedelta
    late_tries: timedelta


@dataclass(frozen=True, slots=True)
class Settled:
    """What the desk did: nothing (`first` is false, somebody was before), an outcome, or a message in the outbox."""

    first: bool
    plan: Plan
    result: OutboxResult | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One acknowledgement to settle at a time, with its ways and the pseudonym of its subject."""

    owed: Owed
    at: datetime
    ways: tuple[KeyedWay, ...]
    subject: str | None


BEFORE = Settled(False, Plan(None, "settled before"))


@dataclass(frozen=True, slots=True)
class Desk:
    """Settles what is owed, each complaint once, whoever asks."""

    guards: Guards
    compose: Compose
    times: Times
    pseudonym_key: bytes
    token_keys: TokenKeys

    def keys(self, owed: Owed) -> Iterable[str]:
        """The lock keys of one acknowledgement: the complaint, its windows, its recipients."""
        yield str(owed.complaint_id)
        yield window_key(owed.case_id, owed.back.channel)
        for one in self._ways(owed):
            yield window_key(owed.case_id, one.way.channel)
            yield one.recipient_key

    async def settle(
        self, connection: AsyncConnection, asked: Sequence[tuple[Owed, datetime]], decided_by: str
    ) -> list[Settled]:
        """Settle each at its time, in order, under the locks of all their `keys`, which the caller holds."""
        done = await state.already_settled(connection, (owed.complaint_id for owed, _ in asked))
        every = [_Asked(owed, at, self._ways(owed), self._subject(owed)) for owed, at in asked]
        history = await self._history(connection, [one for one in every if one.owed.complaint_id not in done])
        settled: list[Settled] = []
        guards, messages = [], []
        for one in every:
            owed = one.owed
            if owed.complaint_id in done:
                settled.append(BEFORE)
                continue
            done.add(owed.complaint_id)
            plan = self._judge(one, history)
            settled.append(Settled(True, plan, _result(owed, plan, one.at)))
            guards.append(_guard(owed, plan, one.at, decided_by))
            if plan.outcome is None:
                messages.append(self._message(one, plan, guards[-1]["outbox_id"]))
        won = await state.write(connection, guards, messages)
        return [each if owed.complaint_id in won else BEFORE for (owed, _), each in zip(asked, settled, strict=True)]

    async def _history(self, connection: AsyncConnection, asked: Sequence[_Asked]) -> History:
        sendable = [one for one in asked if one.ways]
        if not sendable:
            return History()
        windows = {(one.owed.case_id, each.way.channel, each.recipient_key) for one in sendable for each in one.ways}
        recipients = {each.recipient_key for one in sendable for each in one.ways}
        return await state.read_history(
            connection, windows, recipients, [one.at for one in sendable], self.guards.longest()
        )

    def _judge(self, one: _Asked, history: History) -> Plan:
        owed, at = one.owed, one.at
        plan = self.guards.judge(owed, one.ways, one.subject, at, history)
        if plan.outcome is None:
            first = plan.ways[0]
            history.windows[owed.case_id, first.way.channel, first.recipient_key] = at
            history.recent.setdefault(first.recipient_key, []).append(Message(at, owed.case_id, one.subject))
        return plan

    def _message(self, one: _Asked, plan: Plan, outbox_id: UUID) -> dict[str, Any]:
        owed, at, first = one.owed, one.at, plan.ways[0]
        texts = {each: self.compose(owed, each) for each in dict.fromkeys(each.way.channel for each in plan.ways)}
        composed = texts[first.way.channel]
        return {
            "outbox_id": outbox_id,
            "kind": ACKNOWLEDGEMENT,
            "complaint_id": owed.complaint_id,
            "case_id": owed.case_id,
            "tracking_number": owed.tracking_number,
            "channel": owed.channel,
            "received_at": owed.received_at,
            "page_shown": owed.back.page_shown,
            "reply_channel": first.way.channel,
            "account": first.way.account,
            "addresses": [_written(each, texts[each.way.channel], composed) for each in plan.ways],
            "subject": composed.subject,
            "text": composed.text,
            "language": composed.language,
            "in_reply_to": owed.message_id,
            "references": owed.references,
            "case_token": sign_case(self.token_keys, owed.tracking_number),
            "recipient_key": first.recipient_key,
            "subject_key": one.subject,
            "created_at": at,
            "person_at": max(owed.received_at + self.times.person_after, at),
            "give_up_at": max(owed.received_at + self.times.promised, at + self.times.late_tries),
        }

    def _ways(self, owed: Owed) -> tuple[KeyedWay, ...]:
        key = self.pseudonym_key
        return tuple(KeyedWay(way, recipient_key(key, way.address)) for way in self.guards.answerable(owed))

    def _subject(self, owed: Owed) -> str | None:
        repeated = repeated_subject(owed.subject)
        return pseudonym(self.pseudonym_key, "subject", repeated) if repeated else None


def window_key(case_id: UUID, channel: str) -> str:
    """The lock key of what is said about one case on one channel."""
    return f"{case_id}/{channel}"


def _written(keyed: KeyedWay, composed: Composed, of_row: Composed) -> dict[str, Any]:
    """A way as the outbox keeps it, with its own words where they are not those of the row; the sender has no pack."""
    way: dict[str, Any] = keyed.way.as_json() | {"recipient_key": keyed.recipient_key}
    return way if composed == of_row else way | {"subject": composed.subject, "text": composed.text}


def _guard(owed: Owed, plan: Plan, at: datetime, decided_by: str) -> dict[str, Any]:
    return {
        "complaint_id": owed.complaint_id,
        "case_id": owed.case_id,
        "tracking_number": owed.tracking_number,
        "channel": owed.channel,
        "received_at": owed.received_at,
        "outcome": plan.outcome,
        "reason": plan.reason,
        "outbox_id": owed.outbox_id if plan.outcome is None else None,
        "decided_by": decided_by,
        "decided_at": _counted_from(owed, plan, at),
    }


def _result(owed: Owed, plan: Plan, at: datetime) -> OutboxResult | None:
    if plan.outcome is None:
        return None
    return owed.result(Outcome(plan.outcome), plan.reason, _counted_from(owed, plan, at))


def _counted_from(owed: Owed, plan: Plan, at: datetime) -> datetime:
    """When the outcome was reached: a page shows the number the moment a complaint is handed in."""
    return owed.received_at if plan.reason == SHOWN_ON_PAGE else at
