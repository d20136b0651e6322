"""`intake sla`: complaints whose acknowledgement is still owed, by the time left."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.cli.database import database
from deploy.cli.guard import FINDING, run
from deploy.cli.lag_measure import measure
from deploy.cli.lag_state import Watched
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.settings import load_settings
from schemas.base import rfc3339
from schemas.commands import Left, SlaReport, SlaRow
from schemas.errors import Unreachable
from schemas.settings import Settings
from schemas.tables.acknowledge import ACKNOWLEDGEMENTS
from schemas.tables.clock import PROMISES
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.topics import RECEIVED, SUSPENDED

LIMITS: tuple[tuple[Left, timedelta], ...] = (
    ("over_12_h", timedelta(hours=12)),
    ("6_to_12_h", timedelta(hours=6)),
    ("1_to_6_h", timedelta(hours=1)),
    ("under_1_h", timedelta(0)),
)
_TITLES: dict[Left, str] = {
    "over_12_h": "more than 12 h",
    "6_to_12_h": "6 to 12 h",
    "1_to_6_h": "1 to 6 h",
    "under_1_h": "less than 1 h",
    "breached": "breached",
}
_LATE_DAYS = 30


def sla(
    listed: Annotated[bool, typer.Option("--list", help="List the complaints, the most urgent first")] = False,
    as_json: AsJson = False,
) -> None:
    """Count complaints by the time left to their acknowledgement; also those that wait in suspended.

    Exit 1 when one is breached. Machines' mail and referrals are not counted: nobody is owed an answer by us.
    """
    report = run(_report(load_settings(), datetime.now(UTC)))
    if as_json:
        put_json(report)
    else:
        _show(report, listed)
    if report.counts["breached"]:
        raise typer.Exit(FINDING)


def left_of(left: timedelta) -> Left:
    """Return the class of a time left; exactly 12 h is not more than 12 h."""
    return next((name for name, above in LIMITS if left > above), "breached")


async def _report(settings: Settings, now: datetime) -> SlaReport:
    async with database(settings) as engine:
        rows = [_row(row, now) for row in await _open(engine)]
        late = await _late(engine, now)
    counts = {name: sum(row.left == name for row in rows) for name in _TITLES}
    return SlaReport(
        at=now,
        counts=counts,
        open=len(rows),
        not_counted=await _not_counted(settings),
        acknowledged_late=late,
        complaints=tuple(rows),
    )


async def _not_counted(settings: Settings) -> int | None:
    """Count what arrived and the clock has not written down yet; promises are worth showing without Kafka too."""
    naming = settings.kafka.naming
    watched = [Watched("stage", "clock", naming.group("clock"), naming.topic(topic)) for topic in (RECEIVED, SUSPENDED)]
    try:
        return sum(row.waiting for row in await measure(settings.kafka, watched, {}, {}))
    except (Unreachable, KafkaError):
        return None


def _joined(*columns: Any) -> "Select[Any]":
    attempts = OUTBOX_ATTEMPTS.c.outbox_id == ACKNOWLEDGEMENTS.c.outbox_id
    return (
        select(*columns)
        .outerjoin_from(PROMISES, ACKNOWLEDGEMENTS, ACKNOWLEDGEMENTS.c.complaint_id == PROMISES.c.subject_id)
        .outerjoin(OUTBOX_ATTEMPTS, attempts)
        .where(PROMISES.c.is_automatic.is_(False), PROMISES.c.by_authority.is_(False), PROMISES.c.state == "open")
    )


async def _open(engine: AsyncEngine) -> list[Row[Any]]:
    statement = _joined(
        PROMISES.c.subject_id,
        PROMISES.c.tracking_number,
        PROMISES.c.channel,
        PROMISES.c.kind,
        PROMISES.c.received_at,
        PROMISES.c.due_at,
        ACKNOWLEDGEMENTS.c.decided_at,
        OUTBOX_ATTEMPTS.c.state,
    ).where(ACKNOWLEDGEMENTS.c.outcome.is_(None), OUTBOX_ATTEMPTS.c.outcome.is_(None))
    async with engine.connect() as connection:
        return list(await connection.execute(statement.order_by(PROMISES.c.due_at)))


async def _late(engine: AsyncEngine, now: datetime) -> int:
    """Count those whose message went out, or whose outcome was decided, after the deadline."""
    settled = func.coalesce(OUTBOX_ATTEMPTS.c.settled_at, ACKNOWLEDGEMENTS.c.decided_at)
    done = or_(ACKNOWLEDGEMENTS.c.outcome.is_not(None), OUTBOX_ATTEMPTS.c.outcome.is_not(None))
    statement = _joined(func.count()).where(
        and_(done, settled > PROMISES.c.due_at, PROMISES.c.received_at > now - timedelta(days=_LATE_DAYS))
    )
    async with engine.connect() as connection:
        return int((await connection.execute(statement)).scalar_one())


def _row(row: Row[Any], now: datetime) -> SlaRow:
    left = row.due_at - now
    return SlaRow(
        complaint_id=row.subject_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        received_at=row.received_at,
        due_at=row.due_at,
        left_s=round(left.total_seconds(), 1),
        left=left_of(left),
        waiting_for=_waiting_for(row),
    )


def _waiting_for(row: Row[Any]) -> str:
    if row.state == "unknown":
        return "a person: it is not known whether the message went out"
    if row.state is not None:
        return f"the sender ({row.state})"
    if row.decided_at is not None:
        return "the sender"
    return "the sweeper: it could not be read" if row.kind == "suspended" else "the pipeline, at hour 20 the sweeper"


def _show(report: SlaReport, listed: bool) -> None:
    put_table(("time left", "complaints"), ((title, str(report.counts[name])) for name, title in _TITLES.items()))
    if report.not_counted is None:
        say("Kafka does not answer: what arrived and the clock has not written down yet is not counted")
    elif report.not_counted:
        say(f"{report.not_counted} more have arrived that the clock has not written down yet: see `intake lag`")
    if report.acknowledged_late:
        say(f"{report.acknowledged_late} were acknowledged after their deadline in the last {_LATE_DAYS} days")
    if not listed:
        return
    put("")
    put_table(
        ("left", "number", "channel", "received", "waits for"),
        (
            (_hours(row.left_s), row.tracking_number, row.channel, rfc3339(row.received_at), row.waiting_for)
            for row in report.complaints
        ),
    )


def _hours(seconds: float) -> str:
    minutes = int(abs(seconds) // 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}"
