"""`intake alerts`: what people were told was wrong, and a message to try each target with."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import Row, and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.settings import load_settings
from operations.alerts.sending import AppriseDelivery, NotDelivered
from operations.wording import Wording
from schemas.alert_commands import AlertLine, AlertsReport, TargetLine, TargetsReport
from schemas.errors import InvalidRequest
from schemas.settings import Settings
from schemas.tables.watcher import ALERTS

app = typer.Typer(name="alerts", help="What people were told was wrong.", no_args_is_help=True, rich_markup_mode=None)

_LOOK_BACK = timedelta(days=7)


@app.command("list")
def list_alerts(
    all_: Annotated[bool, typer.Option("--all", help="Also those of the last 7 days that are over")] = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """List what is wrong now as it was told. Exit 0 when nothing is, 1 when something is, 3 when PostgreSQL is away."""
    settings = load_settings()
    rows = run(_rows(settings, everything=all_))
    report = AlertsReport(alerts=tuple(map(_line, rows)))
    if as_json:
        put_json(report)
    else:
        _show(report, wording(settings, lang), lang)
    if any(one.closed_at is None for one in report.alerts):
        raise typer.Exit(FINDING)


@app.command("test")
def try_targets(
    target: Annotated[str | None, typer.Option(help="Only this target; default: all")] = None, as_json: AsJson = False
) -> None:
    """Send a message to each target and say which took it. Exit 1 when one did not."""
    settings = load_settings()
    targets = settings.alerts.targets
    if target is not None and target not in targets:
        raise InvalidRequest(f"there is no target {target}; set up: {', '.join(targets) or 'none'}")
    report = run(_tried(settings, [target] if target is not None else list(targets)))
    if as_json:
        put_json(report)
    elif report.targets:
        put_table(("target", "result"), [(one.target, one.problem or "delivered") for one in report.targets])
    else:
        say("no target is set up: INTAKE_ALERTS__TARGETS__<name>__URL")
    if any(one.problem for one in report.targets):
        raise typer.Exit(FINDING)


async def _rows(settings: Settings, *, everything: bool) -> list[Row[Any]]:
    async with database(settings) as engine:
        return await _read(engine, everything=everything)


async def _read(engine: AsyncEngine, *, everything: bool) -> list[Row[Any]]:
    since = datetime.now(UTC) - _LOOK_BACK
    wanted = or_(ALERTS.c.closed_at.is_(None), and_(literal(everything), ALERTS.c.closed_at > since))
    async with engine.connect() as connection:
        return list(await connection.execute(select(ALERTS).where(wanted).order_by(ALERTS.c.opened_at.desc())))


def _line(row: Row[Any]) -> AlertLine:
    return AlertLine(
        key=row.key,
        kind=row.kind,
        level=row.level,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        at_risk=row.at_risk,
        said_zh=row.said["said"]["zh"],
        said_en=row.said["said"]["en"],
        next_step_zh=row.said["next_step"]["zh"],
        next_step_en=row.said["next_step"]["en"],
        told=tuple(sorted(row.told)),
    )


async def _tried(settings: Settings, names: list[str]) -> TargetsReport:
    deliver = AppriseDelivery(settings.alerts.timeout.total_seconds())
    lines = []
    for name in names:
        target = settings.alerts.targets[name]
        english = target.language == "en"
        title = "[TEST] complaint intake" if english else "[测试] 投诉受理"
        body = "This is a test, nothing is wrong." if english else "这是一条测试消息，没有异常。"
        try:
            await deliver(target, title, body)
        except NotDelivered as error:
            lines.append(TargetLine(target=name, problem=str(error)))
        else:
            lines.append(TargetLine(target=name))
    return TargetsReport(targets=tuple(lines))


def _show(report: AlertsReport, told: Wording, lang: Language) -> None:
    if not report.alerts:
        put(told.pick("没有告警", "nothing is wrong"))
        return
    headings = told.pick(
        ("级别", "自", "至", "受影响", "什么", "下一步", "已通知"),
        ("level", "since", "until", "at risk", "what", "next step", "told"),
    )
    put_table(headings, [_shown(one, told, lang) for one in report.alerts])


def _shown(one: AlertLine, told: Wording, lang: Language) -> tuple[str, ...]:
    said, step = (one.said_en, one.next_step_en) if lang is Language.EN else (one.said_zh, one.next_step_zh)
    until = told.moment(one.closed_at) if one.closed_at is not None else ""
    return one.level, told.moment(one.opened_at), until, str(one.at_risk), said, step, ", ".join(one.told)
