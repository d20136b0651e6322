"""The conversation of a case: its customers' messages, ours with what became of them, and what people did."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from operations.history import acting, finding
from operations.history.masked import known_values
from operations.wording import Wording
from schemas.complaint import Complaint
from schemas.conversation import ConversationLine
from schemas.masking import mask_text
from schemas.masking.links import hide_keys
from schemas.messages import MessageKind
from schemas.settings import Settings
from schemas.tables.acknowledge import BOUNCES, OUTBOX
from schemas.tables.deduplicate import CASE_MEMBERS, DEDUPLICATE_DECISIONS
from schemas.tables.index import COMPLAINT_INDEX
from schemas.tables.reachability import UNDELIVERED_MESSAGES
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.tables.tasks import TASKS
from schemas.task import TaskState
from workers.sender.ways import PlannedWay, passed_before, planned

MOST_COMPLAINTS = 200
"""The newest of a case that are shown: each is read from its topic."""
_NOT_TAKEN_UP = "ready"


@dataclass(slots=True)
class _Found:
    """What a case left. `said` has every revision of every complaint with the time of its record."""

    said: list[tuple[datetime, Complaint]] = field(default_factory=list)
    outbox: list[Row[Any]] = field(default_factory=list)
    attempts: dict[UUID, Row[Any]] = field(default_factory=dict)
    came_back: dict[UUID, str] = field(default_factory=dict)
    tasks: list[Row[Any]] = field(default_factory=list)
    members: Collection[UUID] = ()
    left_out: int = 0


async def conversation_of(
    settings: Settings, engine: AsyncEngine, say: Wording, case_id: UUID, subject: UUID, *, full: bool
) -> tuple[tuple[ConversationLine, ...], int]:
    """Return the turns of a case in the order of time, and how many of its older complaints are left out.

    Of sealed complaints only the one that is asked for is shown. Personal data is masked unless `full`.
    """
    found, decisions = await _rows(engine, case_id, subject)
    await _read(settings, found, decisions, subject)
    known = () if full else tuple(dict.fromkeys(_known(found.said)))
    turns = [*_said(say, found.said), *_answered(say, found), *_by_hand(say, found.tasks)]
    return _in_order(turns, known, full=full), found.left_out


async def conversation_in_tables(
    engine: AsyncEngine, say: Wording, case_id: UUID, subject: UUID, known: tuple[str, ...] = ()
) -> tuple[tuple[ConversationLine, ...], int]:
    """The same, masked, without the log: what customers said as the index keeps it, the newest revision of each.

    `known` are personal values to be hidden in what we wrote, if the caller knows some.
    """
    found, _ = await _rows(engine, case_id, subject)
    async with engine.connect() as connection:
        indexed = await finding.rows_among(connection, COMPLAINT_INDEX, "complaint_id", found.members)
    hidden = {row.complaint_id for row in indexed if row.sealed and row.complaint_id != subject}
    said = [_indexed(say, row) for row in indexed if row.complaint_id not in hidden]
    found.outbox = [row for row in found.outbox if row.complaint_id not in hidden]
    return _in_order([*said, *_answered(say, found), *_by_hand(say, found.tasks)], known, full=False), found.left_out


def _in_order(turns: Iterable[ConversationLine], known: tuple[str, ...], *, full: bool) -> tuple[ConversationLine, ...]:
    def shown(text: str | None) -> str | None:
        if not text:
            return text
        return hide_keys(text) if full else mask_text(text, known)

    ordered = sorted(turns, key=lambda turn: turn.at)
    return tuple(turn.model_copy(update={"text": shown(turn.text)}) for turn in ordered)


def _indexed(say: Wording, row: Row[Any]) -> ConversationLine:
    return ConversationLine(
        at=row.received_at,
        who="customer",
        what="message",
        complaint_id=row.complaint_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        summary=acting.said(say, row.channel, 1),
        text="：".join(part for part in (row.subject, row.text) if part) or None,
    )


async def _rows(engine: AsyncEngine, case_id: UUID, subject: UUID) -> tuple[_Found, list[Row[Any]]]:
    """What the tables have of a case, and the decisions that say where its records lie."""
    found = _Found()
    async with engine.connect() as connection:
        members, found.left_out = await _members(connection, case_id, subject)
        found.members = members
        decisions = await finding.rows_among(connection, DEDUPLICATE_DECISIONS, "complaint_id", members)
        found.outbox = await finding.rows_among(connection, OUTBOX, "complaint_id", members)
        sent = [row.outbox_id for row in found.outbox]
        attempts = await finding.rows_among(connection, OUTBOX_ATTEMPTS, "outbox_id", sent)
        bounces = await finding.rows_among(connection, BOUNCES, "outbox_id", sent)
        undelivered = await finding.rows_among(connection, UNDELIVERED_MESSAGES, "outbox_id", sent)
        tasks = await finding.rows_among(connection, TASKS, "complaint_id", members)
    found.attempts = {row.outbox_id: row for row in attempts}
    found.came_back = {row.outbox_id: acting.UNDELIVERED for row in undelivered}
    found.came_back |= {row.outbox_id: acting.BOUNCED for row in bounces}
    found.tasks = [row for row in tasks if not row.sealed or row.complaint_id == subject]
    return found, decisions


async def _read(settings: Settings, found: _Found, decisions: Iterable[Row[Any]], subject: UUID) -> None:
    """Add what the records at these places say."""
    places = {(row.topic, row.partition, row.offset) for row in decisions}
    others = set[UUID]()
    async for place, record in finding.records_at(settings, places):
        if isinstance(record, Complaint) and record.sealed and record.complaint_id != subject:
            others.add(record.complaint_id)
        elif isinstance(record, Complaint):
            found.said.append((datetime.fromtimestamp(place.timestamp / 1000, UTC), record))
    found.outbox = [row for row in found.outbox if row.complaint_id not in others]


async def _members(connection: AsyncConnection, case_id: UUID, subject: UUID) -> tuple[Collection[UUID], int]:
    statement = select(CASE_MEMBERS.c.complaint_id).where(CASE_MEMBERS.c.case_id == case_id)
    newest_first = statement.order_by(CASE_MEMBERS.c.received_at.desc(), CASE_MEMBERS.c.complaint_id)
    every: list[UUID] = list((await connection.execute(newest_first)).scalars())
    shown = {subject, *every[:MOST_COMPLAINTS]}
    return shown, len(set(every) - shown)


def _known(said: Iterable[tuple[datetime, Complaint]]) -> Iterator[str]:
    for _, complaint in said:
        yield from known_values(complaint.model_dump(mode="json"))


def _said(say: Wording, said: Iterable[tuple[datetime, Complaint]]) -> Iterator[ConversationLine]:
    """Each complaint once, and again where a revision says something else."""
    last: dict[UUID, str] = {}
    for came_at, complaint in sorted(said, key=lambda one: one[1].revision):
        text = "：".join(part for part in (complaint.subject, complaint.text) if part)
        is_first = complaint.complaint_id not in last
        if is_first or last[complaint.complaint_id] != text:
            yield ConversationLine(
                at=complaint.received_at if is_first else came_at,
                who="customer",
                what="message" if is_first else "correction",
                complaint_id=complaint.complaint_id,
                tracking_number=complaint.tracking_number,
                channel=complaint.channel,
                summary=acting.said(say, complaint.channel, 1 if is_first else complaint.revision),
                text=text or None,
            )
        last[complaint.complaint_id] = text


def _answered(say: Wording, found: _Found) -> Iterator[ConversationLine]:
    for row in found.outbox:
        attempt = found.attempts.get(row.outbox_id)
        ways = planned(row)
        if attempt is None:
            yield _answer(say, row, row.created_at, _NOT_TAKEN_UP, ways[0] if ways else None)
            continue
        given_up = passed_before(attempt)[: attempt.address_index]
        for passed, one in zip(ways, given_up, strict=False):
            yield _answer(say, row, row.created_at, one.ended, passed).model_copy(update={"text": None})
        way = ways[attempt.address_index] if attempt.address_index < len(ways) else None
        state = found.came_back.get(row.outbox_id, attempt.state)
        yield _answer(say, row, attempt.settled_at or attempt.changed_at, state, way, attempt)


def _answer(
    say: Wording, row: Row[Any], at: datetime, state: str, way: PlannedWay | None, attempt: Row[Any] | None = None
) -> ConversationLine:
    """One way on which a message went, or did not; without a way, as the row itself says.

    What a code says is for the customer alone: whoever reads along could open the customer's page with it.
    """
    tries, failed = (attempt.attempt, attempt.error_class) if attempt is not None else (0, None)
    channel, subject, text = (way.channel, way.subject, way.text) if way else (row.reply_channel, row.subject, row.text)
    return ConversationLine(
        at=at,
        who="us",
        what="answer",
        complaint_id=row.complaint_id,
        tracking_number=row.tracking_number,
        channel=channel,
        state=state,
        summary=acting.answered(say, channel, state, tries, failed, what=acting.message(say, row.kind, row.occasion)),
        text="\n".join(part for part in (subject, text) if part) if row.kind != MessageKind.CODE else None,
    )


def _by_hand(say: Wording, tasks: Iterable[Row[Any]]) -> Iterator[ConversationLine]:
    for row in tasks:
        of = {"complaint_id": row.complaint_id, "tracking_number": row.tracking_number, "channel": row.channel}
        opened = acting.to_do(say, row.kind, row.due_at, row.owner)
        yield ConversationLine(
            at=row.opened_at, who="staff", what="task-opened", state=row.state, by=row.owner, summary=opened, **of
        )
        if row.state == TaskState.DONE:
            done = acting.done(say, row.kind, row.done_by, row.how, row.note)
            yield ConversationLine(
                at=row.done_at, who="staff", what="task-done", state=row.state, by=row.done_by, summary=done, **of
            )
