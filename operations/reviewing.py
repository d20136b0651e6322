"""Looking at reviews and acting on them: rows are read, commands go to the stage, which alone writes them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.commanding import applied, send
from operations.history.finding import Place, records_at
from schemas.errors import InvalidRequest
from schemas.records import Classified, Command
from schemas.review import REVISION, ReviewAct, ReviewOutcome, ReviewState, command_id, decided_under
from schemas.review_lines import OpinionLine, ReviewLine
from schemas.settings import KafkaSettings, Settings
from schemas.tables.review import REVIEW_DECISIONS, REVIEW_OPINIONS, REVIEWS
from schemas.topics import COMMANDS

WAITING = (ReviewState.OPEN.value, ReviewState.CLAIMED.value)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which reviews are asked for; None: whatever it is."""

    states: Collection[str] = WAITING
    reason: str | None = None
    channel: str | None = None
    since: datetime | None = None
    week: str | None = None
    outcomes: Collection[str] | None = None
    complaints: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A review as it was looked at. `version` is what an act on it names."""

    line: ReviewLine
    version: int


async def reviews_of(
    engine: AsyncEngine, filters: Filters, offset: int = 0, limit: int | None = None
) -> list[ReviewLine]:
    """Return the reviews asked for, or a part of them, the oldest first; of sealed reports none."""
    rows = REVIEWS.c
    unsealed = func.coalesce(rows.outcome, "") != ReviewOutcome.SEALED.value
    wanted = [unsealed, rows.state.in_(filters.states)]
    if filters.reason is not None:
        wanted.append(or_(rows.drawn_by == filters.reason, rows.reasons.contains([filters.reason])))
    for column, given in ((rows.channel, filters.channel), (rows.week, filters.week)):
        if given is not None:
            wanted.append(column == given)
    if filters.since is not None:
        wanted.append(rows.received_at >= filters.since)
    if filters.outcomes is not None:
        wanted.append(rows.outcome.in_(filters.outcomes))
    if filters.complaints is not None:
        wanted.append(rows.complaint_id.in_(filters.complaints))
    statement = select(REVIEWS).where(and_(*wanted)).order_by(rows.received_at, rows.complaint_id)
    statement = statement.offset(offset).limit(limit)
    async with engine.connect() as connection:
        return [_line(row) for row in await connection.execute(statement)]


async def review_of(engine: AsyncEngine, complaint: UUID) -> Seen:
    """Return one review. Raises `InvalidRequest` where the stage knows nothing, or the complaint is sealed."""
    async with engine.connect() as connection:
        found = await connection.execute(select(REVIEWS).where(REVIEWS.c.complaint_id == complaint))
        row = found.one_or_none()
    if row is None:
        raise InvalidRequest(f"{complaint} is not known to the stage review: automatic mail, or it has not come so far")
    if row.outcome == ReviewOutcome.SEALED:
        raise InvalidRequest("a sealed report is looked at by regulator-affairs alone: it is in no queue")
    return Seen(_line(row), row.version)


async def opinion_on(engine: AsyncEngine, complaint: UUID) -> OpinionLine | None:
    """Return the newest second opinion, None where there is none."""
    rows = REVIEW_OPINIONS.c
    statement = select(rows.opinion, rows.model).where(rows.complaint_id == complaint, rows.state == "given")
    async with engine.connect() as connection:
        found = (await connection.execute(statement.order_by(rows.revision.desc()).limit(1))).one_or_none()
    return None if found is None else OpinionLine(model=found.model or "", **found.opinion)


async def classified_records(settings: Settings, engine: AsyncEngine, complaints: Collection[UUID]) -> list[Classified]:
    """Return the newest classified revision of each complaint, as far as it still lies on the log."""
    rows = REVIEW_DECISIONS.c
    statement = select(rows.complaint_id, rows.topic, rows.partition, rows.offset)
    statement = statement.where(rows.complaint_id.in_(complaints)).order_by(rows.revision)
    newest: dict[UUID, Place] = {}
    async with engine.connect() as connection:
        for row in await connection.execute(statement):
            newest[row.complaint_id] = (row.topic, row.partition, row.offset)
    return [record async for _, record in records_at(settings, newest.values()) if isinstance(record, Classified)]


def refused(seen: Seen, act: ReviewAct, by: str) -> str | None:
    """Why the stage would refuse the act, None when it would not: then nothing needs to be sent."""
    review = seen.line
    if review.state == ReviewState.DONE and review.label is not None:
        return f"already {review.outcome} by {review.done_by}"
    if act is ReviewAct.RELEASE:
        return None if review.owner else "nobody has claimed it"
    if review.owner not in {None, by}:
        return f"claimed by {review.owner}"
    if act is ReviewAct.CLAIM and review.state not in WAITING:
        return "nobody has to look at it: confirm or correct it as it is"
    return None


async def perform(kafka: KafkaSettings, engine: AsyncEngine, seen: Seen, act: ReviewAct, by: str) -> tuple[bool, str]:
    """Send an act to the stage and wait: whether it took effect, and what the stage says.

    May be repeated: the same act on the same review is one command. Raises `Unreachable` when the stage does not work.
    """
    review = seen.line
    command = Command(
        command_id=command_id(review.complaint_id, act, by, seen.version),
        kind=act.value,
        case_id=review.case_id,
        complaint_id=review.complaint_id,
        arguments={REVISION: str(review.revision)} if act is ReviewAct.CONFIRM else {},
        reason="",
        at=datetime.now(UTC),
        by=by,
    )
    await send(kafka, COMMANDS, command, str(review.case_id), command.command_id)
    return await applied(engine, REVIEW_DECISIONS, "review", decided_under(command.command_id))


def _line(row: Row[Any]) -> ReviewLine:
    return ReviewLine(**{name: value for name, value in row._mapping.items() if name in ReviewLine.model_fields})
