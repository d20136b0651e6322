"""What the tables know about one complaint: read for its own page, and for nobody else's complaint.

Numbers that nobody has, sealed reports, referrals of authorities and automatic mail all read as nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.track.understood import Understood, understood
from schemas.reply import stored_ways
from schemas.tables.acknowledge import OUTBOX
from schemas.tables.casework import CASE_EVENTS, CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS, CASES
from schemas.tables.route import ROUTE_CASES
from schemas.tables.sender import OUTBOX_ATTEMPTS

_MOST_EVENTS = 200
_KEY = re.compile(r"#k=[A-Za-z0-9_-]+")
_NOT_A_DIGIT = re.compile(r"\D")
_FEWEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Event:
    """Something a department did. `text` is what it wrote for the customer, if this customer may read it."""

    kind: str
    department: str
    at: datetime
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message of ours that went out, or is about to."""

    kind: str
    channel: str
    at: datetime
    text: str
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """One complaint. `case_id` is None until it was read; `state` and `department` are those of its case.

    A sender who is not proven to be that of the other complaints of the case sees neither what happened before his
    own arrived nor what was written to them: `may_know` is for who opened the case or is proven to be the same. What
    a department writes about the whole case is written to these; what names a complaint, to its sender.
    """

    subject_id: UUID
    number: str
    is_read: bool
    received_at: datetime
    acknowledge_by: datetime
    last_digits: tuple[str, ...] = ()
    case_id: UUID | None = None
    may_know: bool = False
    is_routed: bool = False
    state: str | None = None
    department: str | None = None
    routed_at: datetime | None = None
    satisfied: bool | None = None
    understood: Understood | None = None
    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()


async def promise_of(connection: AsyncConnection, number: str) -> Facts | None:
    """What is known as soon as it has arrived, by one statement; enough to send a code or compare four digits."""
    promises, members = PROMISES.c, CASE_MEMBERS.c
    query = (
        select(PROMISES, members.case_id, members.sealed)
        .outerjoin(CASE_MEMBERS, members.complaint_id == promises.subject_id)
        .where(promises.tracking_number == number)
        .order_by(promises.kind, promises.noted_at)
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    if row is None or row.by_authority or row.is_automatic or row.sealed:
        return None
    return Facts(
        subject_id=row.subject_id,
        number=number,
        is_read=row.kind == "complaint",
        received_at=row.received_at,
        acknowledge_by=row.due_at,
        last_digits=_last_digits(row.addresses, row.reply_channel, row.account),
        case_id=row.case_id,
    )


async def facts_of(connection: AsyncConnection, number: str) -> Facts | None:
    """All that the page shows; None for a number that nobody has."""
    known = await promise_of(connection, number)
    if known is None:
        return None
    row, own = await _case(connection, known), known.subject_id
    may_know = row is not None and bool(row.opened_by == own or row.disclosable)
    events = await _events(connection, known, may_know=may_know)
    alone = row is not None and not row.strangers
    seen = tuple(_event(one, own, with_text=may_know) for one in events if may_know or _of_own(one, known))
    about_case = row if may_know else None
    return Facts(
        subject_id=own,
        number=number,
        is_read=known.is_read,
        received_at=known.received_at,
        acknowledge_by=known.acknowledge_by,
        case_id=known.case_id,
        may_know=may_know,
        is_routed=row is not None and row.routed_at is not None,
        state=about_case.state if about_case else None,
        department=(about_case.department or about_case.routed_to) if about_case else None,
        routed_at=about_case.routed_at if about_case else None,
        satisfied=about_case.satisfied if about_case and alone else None,
        understood=await understood(connection, own),
        events=seen,
        notices=tuple(await _notices(connection, own)),
    )


async def _case(connection: AsyncConnection, known: Facts) -> Row[Any] | None:
    """The case, and whether any of its other complaints comes from somebody who is not proven to be the same."""
    members, others = CASE_MEMBERS.c, CASE_MEMBERS.alias("others")
    strangers = (
        select(others.c.complaint_id)
        .where(
            others.c.case_id == members.case_id,
            others.c.complaint_id != CASES.c.opened_by,
            ~others.c.disclosable,
            ~others.c.is_automatic,
        )
        .exists()
    )
    query = (
        select(
            members.disclosable,
            CASES.c.opened_by,
            CASE_STATES.c.state,
            CASE_STATES.c.department,
            CASE_STATES.c.satisfied,
            ROUTE_CASES.c.department.label("routed_to"),
            func.coalesce(CASE_STATES.c.routed_at, ROUTE_CASES.c.routed_at).label("routed_at"),
            strangers.label("strangers"),
        )
        .join(CASES, CASES.c.case_id == members.case_id)
        .outerjoin(CASE_STATES, CASE_STATES.c.case_id == members.case_id)
        .outerjoin(ROUTE_CASES, ROUTE_CASES.c.case_id == members.case_id)
        .where(members.complaint_id == known.subject_id)
    )
    return (await connection.execute(query)).first()


async def _events(connection: AsyncConnection, known: Facts, *, may_know: bool) -> Sequence[Row[Any]]:
    """What departments reported on the whole case or this complaint of it; refused reports are for staff.

    Who may know of the case also sees what names another complaint of the same person.
    """
    events, named = CASE_EVENTS.c, [CASE_EVENTS.c.complaint_id == known.subject_id]
    if may_know:
        members = CASE_MEMBERS.c
        of_same = select(members.complaint_id).join(CASES, CASES.c.case_id == members.case_id)
        proven = or_(members.disclosable, CASES.c.opened_by == members.complaint_id)
        named.append(events.complaint_id.in_(of_same.where(members.case_id == known.case_id, proven)))
    query = (
        select(events.kind, events.department, events.at, events.text_for_customer, events.complaint_id)
        .where(
            events.case_id == known.case_id,
            events.verdict == "applied",
            or_(events.complaint_id.is_(None), *named),
        )
        .order_by(events.at.desc(), events.entry.desc())
        .limit(_MOST_EVENTS)
    )
    return list(reversed((await connection.execute(query)).all()))


def _of_own(row: Row[Any], known: Facts) -> bool:
    return bool(row.complaint_id == known.subject_id or row.at >= known.received_at)


def _event(row: Row[Any], own: UUID, *, with_text: bool) -> Event:
    readable = with_text or row.complaint_id == own
    return Event(row.kind, row.department, row.at, row.text_for_customer if readable else None)


async def _notices(connection: AsyncConnection, own: UUID) -> list[Notice]:
    """What we wrote about this complaint, without the key that stands in its links. Codes are not shown again."""
    outbox, attempts = OUTBOX.c, OUTBOX_ATTEMPTS.c
    sent_at = case((attempts.outcome == "sent", attempts.settled_at), else_=outbox.created_at)
    query = (
        select(outbox.kind, attempts.channel, outbox.reply_channel, outbox.text, attempts.outcome, sent_at.label("at"))
        .outerjoin(OUTBOX_ATTEMPTS, attempts.outbox_id == outbox.outbox_id)
        .where(and_(outbox.complaint_id == own, outbox.kind != "code"))
        .order_by(outbox.created_at)
        .limit(_MOST_EVENTS)
    )
    return [
        Notice(row.kind, row.channel or row.reply_channel, row.at, _KEY.sub("", row.text), row.outcome)
        for row in await connection.execute(query)
    ]


def _last_digits(stored: Sequence[str | Mapping[str, str]], channel: str, account: str) -> tuple[str, ...]:
    """The last four digits of every telephone an answer may go to."""
    numbers = (
        _NOT_A_DIGIT.sub("", way.address) for way in stored_ways(stored, channel, account) if "@" not in way.address
    )
    return tuple(dict.fromkeys(digits[-4:] for digits in numbers if len(digits) >= _FEWEST_DIGITS))
