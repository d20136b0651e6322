"""What a look reads from the database besides heartbeats and promises: stops, piles, activity, what ends soon."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from shlex import join
from statistics import median
from typing import Any

from sqlalchemy import Row, ScalarSelect, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.findings.quiet import API_TOKEN, CALENDAR
from operations.findings.seen import Ending, Pile, Stop, Unsent
from schemas.calendar import china_calendar
from schemas.calendar.working import ZONE
from schemas.settings.watch import WatchSettings
from schemas.tables.acknowledge import OUTBOX
from schemas.tables.auditor import LEDGER_LETTERS, Kind
from schemas.tables.casework import CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.runtime import STOPS
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.tables.tasks import TASKS
from schemas.tables.tokens import API_TOKENS
from schemas.task import TaskKind, TaskState

Source = tuple[str, str]
"""Channel and account."""
_SEVERAL = 3
"""Tries after which a failure is no chance."""
_WEEK = timedelta(days=7)
_LAST_SEEN = timedelta(hours=48)
_LONG_OVER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Activity:
    """What a source has brought: in the window that is watched, in the last minute, and the last one when."""

    came: int
    last_minute: int
    last_at: datetime


async def stops(connection: AsyncConnection, stage_of: Mapping[str, str]) -> list[Stop]:
    """Stages that wait for a person. `stage_of`: consumer group → stage; groups of others are left out."""
    found = await connection.execute(select(STOPS).where(STOPS.c.resumed_at.is_(None)))
    return [
        Stop(stage_of[row.stage], row.reason, row.since, row.failed, row.seen) for row in found if row.stage in stage_of
    ]


async def suspended(connection: AsyncConnection) -> Pile:
    """What could not be read and waits for a person."""
    waiting = PROMISES.c.kind == "suspended", PROMISES.c.state == "open"
    row = (await connection.execute(select(func.count(), func.min(PROMISES.c.received_at)).where(*waiting))).one()
    return Pile(int(row[0]), row[1])


async def dead_letters(connection: AsyncConnection) -> dict[str, Pile]:
    """Stage → its letters that were neither sent again nor given up."""
    letter, end = LEDGER_LETTERS, LEDGER_LETTERS.alias()
    ended = exists().where(
        end.c.dead_letter_id == letter.c.dead_letter_id, end.c.kind.in_((Kind.REPLAYED, Kind.DISCARDED))
    )
    found = await connection.execute(
        select(letter.c.stage, func.count(), func.min(letter.c.at))
        .where(letter.c.kind == Kind.RECORD, ~ended)
        .group_by(letter.c.stage)
    )
    return {row[0]: Pile(int(row[1]), row[2]) for row in found}


async def unsent(connection: AsyncConnection) -> list[Unsent]:
    """Messages that a channel did not take at several tries and that are tried again, by channel."""
    channel = func.coalesce(OUTBOX_ATTEMPTS.c.channel, OUTBOX.c.reply_channel)
    failed = OUTBOX_ATTEMPTS.c.attempt >= _SEVERAL, OUTBOX_ATTEMPTS.c.error_class.is_not(None)
    found = await connection.execute(
        select(channel, func.max(OUTBOX_ATTEMPTS.c.error_class), func.count(), func.min(OUTBOX.c.created_at))
        .join_from(OUTBOX_ATTEMPTS, OUTBOX, OUTBOX.c.outbox_id == OUTBOX_ATTEMPTS.c.outbox_id)
        .where(OUTBOX_ATTEMPTS.c.state == "retry", *failed)
        .group_by(channel)
    )
    return [Unsent(row[0], row[1] or "", int(row[2]), row[3]) for row in found]


async def overdue_alarms(connection: AsyncConnection, now: datetime) -> int:
    """Safety alarms that nobody has taken although their time has passed."""
    late = TASKS.c.kind == TaskKind.SAFETY_ALARM, TASKS.c.state == TaskState.OPEN, TASKS.c.due_at < now
    return int((await connection.execute(select(func.count()).where(*late))).scalar_one())


async def activity(connection: AsyncConnection, now: datetime, window: timedelta) -> dict[Source, Activity]:
    """What each source has brought in the last two days."""
    received, minute_ago = PROMISES.c.received_at, now - timedelta(minutes=1)
    found = await connection.execute(
        select(
            PROMISES.c.channel,
            PROMISES.c.account,
            func.count().filter(received > now - window),
            func.count().filter(PROMISES.c.noted_at > minute_ago),
            func.max(received),
        )
        .where(or_(received > now - _LAST_SEEN, PROMISES.c.noted_at > minute_ago))
        .group_by(PROMISES.c.channel, PROMISES.c.account)
    )
    return {(row[0], row[1]): Activity(int(row[2]), int(row[3]), row[4]) for row in found}


async def usual(connection: AsyncConnection, now: datetime, settings: WatchSettings) -> dict[Source, float]:
    """The median of what each source brought in the same hours of the last weeks; nothing before there is a week."""
    first = (await connection.execute(select(func.min(PROMISES.c.received_at)))).scalar_one()
    weeks = 0 if first is None else min(settings.silence_weeks, (now - first) // _WEEK)
    counted: dict[Source, list[int]] = {}
    for week in range(1, weeks + 1):
        end = now - week * _WEEK
        found = await connection.execute(
            select(PROMISES.c.channel, PROMISES.c.account, func.count())
            .where(PROMISES.c.received_at > end - settings.silence_window, PROMISES.c.received_at <= end)
            .group_by(PROMISES.c.channel, PROMISES.c.account)
        )
        for channel, account, count in found:
            counted.setdefault((channel, account), []).append(int(count))
    return {source: median([*counts, *([0] * (weeks - len(counts)))]) for source, counts in counted.items()}


async def endings(connection: AsyncConnection, now: datetime, within: timedelta) -> list[Ending]:
    """Tokens of other systems that end soon or have ended lately, and the calendar of working days."""
    ends, columns = API_TOKENS.c.expires_at, API_TOKENS.c
    soon = columns.revoked_at.is_(None), ends < now + within, ends > now - _LONG_OVER
    tokens = await connection.execute(select(API_TOKENS, _open_cases().label("cases")).where(*soon))
    return [*map(_token, tokens), calendar_end()]


def _open_cases() -> ScalarSelect[int]:
    """Cases of a token's department that still need an answer."""
    open_ = CASE_STATES.c.answered_at.is_(None), CASE_STATES.c.closed_at.is_(None)
    return select(func.count()).where(CASE_STATES.c.department == API_TOKENS.c.department, *open_).scalar_subquery()


def _token(row: Row[Any]) -> Ending:
    scopes = [word for scope in row.scopes for word in ("--scope", scope)]
    department = ["--department", row.department] if row.department else []
    renew = join(["intake", "tokens", "add", row.name, *scopes, *department])
    revoke = f"intake tokens revoke {row.token_id}"
    return Ending(API_TOKEN, row.name, row.expires_at, renew, revoke, row.cases)


def calendar_end() -> Ending:
    """The first year without a published calendar begins: dates in it are provisional."""
    published = [year for year, one in china_calendar().years.items() if not one.provisional]
    first = max(published, default=datetime.now(ZONE).year - 1) + 1
    return Ending(CALENDAR, str(first), datetime(first, 1, 1, tzinfo=ZONE).astimezone(UTC))
