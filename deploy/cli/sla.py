"""`intake sla`: complaints whose acknowledgement is still owed, by the time left."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from sqlalchemy import Row

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.settings import load_settings
from operations.lag.once import measure
from operations.lag.watched import Readers, Watched
from operations.promises import querying as sla_query
from operations.wording import Wording
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
_TITLES: dict[Left, tuple[str, str]] = {
    "over_12_h": ("超过 12 小时", "more than 12 h"),
    "6_to_12_h": ("6 至 12 小时", "6 to 12 h"),
    "1_to_6_h": ("1 至 6 小时", "1 to 6 h"),
    "under_1_h": ("不足 1 小时", "less than 1 h"),
    "breached": ("已超时", "breached"),
}


def sla(
    listed: Annotated[bool, typer.Option("--list", help="List the complaints, the most urgent first")] = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Count complaints by the time left to their acknowledgement; also those that wait in suspended.

    Those that no message of ours reaches are for a person and counted apart, for 30 days.
    Exit 1 when one is breached, or a safety alarm was not taken in time. Machines' mail and referrals are not counted:
    nobody is owed an answer by us.
    """
    settings = load_settings()
    report = run(_report(settings, datetime.now(UTC)))
    if as_json:
        put_json(report)
    else:
        _show(report, listed, wording(settings, lang))
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
        return sum(seen.row.waiting for seen in await measure(settings.kafka, Readers(watched)))
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


def _show(report: SlaReport, listed: bool, told: Wording) -> None:
    counts = [(told.pick(*title), str(report.counts[name])) for name, title in _TITLES.items()]
    person = (told.pick("需人工处理", "for a person"), str(report.for_people))
    put_table(told.pick(("剩余时间", "件数"), ("time left", "complaints")), [*counts, person])
    for sentence in _notes(report, listed, told):
        say(sentence)
    if listed:
        put("")
        headings = told.pick(
            ("剩余", "受理编号", "渠道", "收到时间", "等待"), ("left", "number", "channel", "received", "waits for")
        )
        put_table(headings, _lines(report, told))


def _notes(report: SlaReport, listed: bool, told: Wording) -> Iterator[str]:
    waiting, alarms, late, days = (
        report.not_counted, report.alarms, report.acknowledged_late, sla_query.LOOK_BACK_DAYS
    )  # fmt: skip
    if waiting is None:
        yield told.pick(
            "Kafka 没有响应：已收到但尚未开始计时的投诉未计入",
            "Kafka does not answer: what arrived and the clock has not written down yet is not counted",
        )
    elif waiting:
        yield told.pick(
            f"另有 {waiting} 件已收到但尚未开始计时：见 `intake lag`",
            f"{waiting} more have arrived that the clock has not written down yet: see `intake lag`",
        )
    if alarms:
        overdue = report.alarms_overdue
        yield (
            told.pick(
                f"{alarms} 个安全警报无人接手{f'，其中 {overdue} 个已超时' if overdue else ''}：",
                f"{alarms} safety alarms nobody has taken yet{f', {overdue} of them OVERDUE' if overdue else ''}: ",
            )
            + "`intake tasks list --kind safety-alarm`"
        )
    if report.for_people and not listed:
        yield told.pick(
            "需人工处理的无法由系统送达：`intake sla --list` 列出编号和原因",
            "no message of ours reaches those for a person: `intake sla --list` tells which and why",
        )
    if late:
        yield told.pick(
            f"最近 {days} 天有 {late} 件超时回执",
            f"{late} were acknowledged after their deadline in the last {days} days",
        )


def _lines(report: SlaReport, told: Wording) -> Iterator[tuple[str, ...]]:
    for row in report.complaints:
        yield (*_place(row, told), told.said(row.waiting_for))
    for one in report.people:
        why = f"{told.called(one.outcome)}{told.pick('，', ', ')}{told.said(one.reason)}"
        yield (*_place(one, told), told.pick(f"人工：{why}", f"a person: {why}"))


def _place(row: SlaRow | PersonRow, told: Wording) -> tuple[str, ...]:
    return _hours(row.left_s), row.tracking_number, told.called(row.channel), told.moment(row.received_at)


def _hours(seconds: float) -> str:
    minutes = int(abs(seconds) // 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}"
