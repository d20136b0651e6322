"""`intake sla`: complaints whose acknowledgement is still owed, by the time left."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from sqlalchemy import Row

from deploy.cli import sla_query
from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.lag_measure import measure
from deploy.cli.lag_state import Watched
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.settings import load_settings
from schemas.base import rfc3339
from schemas.commands import Left, PersonRow, SlaReport, SlaRow
from schemas.errors import Unreachable
from schemas.settings import Settings
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


def sla(
    listed: Annotated[bool, typer.Option("--list", help="List the complaints, the most urgent first")] = False,
    as_json: AsJson = False,
) -> None:
    """Count complaints by the time left to their acknowledgement; also those that wait in suspended.

    Those that no message of ours reaches are for a person and counted apart, for 30 days.
    Exit 1 when one is breached, or a safety alarm was not taken in time. Machines' mail and referrals are not counted:
    nobody is owed an answer by us.
    """
    report = run(_report(load_settings(), datetime.now(UTC)))
    if as_json:
        put_json(report)
    else:
        _show(report, listed)
    if report.counts["breached"] or report.alarms_overdue:
        raise typer.Exit(FINDING)


def left_of(left: timedelta) -> Left:
    """Return the class of a time left; exactly 12 h is not more than 12 h."""
    return next((name for name, above in LIMITS if left > above), "breached")


async def _report(settings: Settings, now: datetime) -> SlaReport:
    async with database(settings) as engine:
        rows = [_row(row, now) for row in await sla_query.still_open(engine)]
        late = await sla_query.answered_late(engine, now)
        alarms, alarms_overdue = await sla_query.alarms_not_taken(engine, now)
        people = [_person(row, now) for row in await sla_query.for_people(engine, now)]
    counts = {name: sum(row.left == name for row in rows) for name in _TITLES}
    return SlaReport(
        at=now,
        counts=counts,
        open=len(rows),
        not_counted=await _not_counted(settings),
        acknowledged_late=late,
        for_people=len(people),
        alarms=alarms,
        alarms_overdue=alarms_overdue,
        complaints=tuple(rows),
        people=tuple(people),
    )


async def _not_counted(settings: Settings) -> int | None:
    """Count what arrived and the clock has not written down yet; promises are worth showing without Kafka too."""
    naming = settings.kafka.naming
    watched = [Watched("stage", "clock", naming.group("clock"), naming.topic(topic)) for topic in (RECEIVED, SUSPENDED)]
    try:
        return sum(row.waiting for row in await measure(settings.kafka, watched, {}, {}))
    except (Unreachable, KafkaError):
        return None


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


def _person(row: Row[Any], now: datetime) -> PersonRow:
    return PersonRow(
        complaint_id=row.subject_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        received_at=row.received_at,
        due_at=row.due_at,
        left_s=round((row.due_at - now).total_seconds(), 1),
        outcome=row.outcome,
        reason=row.reason,
        settled_at=row.settled_at,
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
    counts = [(title, str(report.counts[name])) for name, title in _TITLES.items()]
    put_table(("time left", "complaints"), [*counts, ("for a person", str(report.for_people))])
    if report.not_counted is None:
        say("Kafka does not answer: what arrived and the clock has not written down yet is not counted")
    elif report.not_counted:
        say(f"{report.not_counted} more have arrived that the clock has not written down yet: see `intake lag`")
    if report.alarms:
        late = f", {report.alarms_overdue} of them OVERDUE" if report.alarms_overdue else ""
        say(f"{report.alarms} safety alarms nobody has taken yet{late}: `intake tasks list --kind safety-alarm`")
    if report.for_people and not listed:
        say("no message of ours reaches those for a person: `intake sla --list` tells which and why")
    if report.acknowledged_late:
        days = sla_query.LOOK_BACK_DAYS
        say(f"{report.acknowledged_late} were acknowledged after their deadline in the last {days} days")
    if listed:
        put("")
        put_table(("left", "number", "channel", "received", "waits for"), _lines(report))


def _lines(report: SlaReport) -> Iterator[tuple[str, ...]]:
    for row in report.complaints:
        yield _hours(row.left_s), row.tracking_number, row.channel, rfc3339(row.received_at), row.waiting_for
    for one in report.people:
        waits_for = f"a person: {one.outcome}, {one.reason}"
        yield _hours(one.left_s), one.tracking_number, one.channel, rfc3339(one.received_at), waits_for


def _hours(seconds: float) -> str:
    minutes = int(abs(seconds) // 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}"
