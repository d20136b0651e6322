"""`intake show`: one complaint's whole history, for a clerk."""

from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json
from deploy.history import history_of
from deploy.history.telling import local
from deploy.reading import require_kafka
from deploy.settings import load_settings
from schemas.commands import HistoryLine, HistoryReport
from schemas.settings import Settings


def show(
    number: Annotated[str, typer.Argument(help="Tracking number as a person types it, or complaint id")],
    full: Annotated[bool, typer.Option("--full", help="Show names, contacts and texts unmasked")] = False,
    as_json: AsJson = False,
) -> None:
    """Print one complaint's history with the reasons.

    In the order of time, in Chinese; then the conversation of its whole case: what was said on every channel, what
    became of our messages, who did what by hand. Personal data is masked unless --full.
    """
    report = run(_history(load_settings(), number, full))
    if as_json:
        put_json(report)
    else:
        _show(report)


async def _history(settings: Settings, number: str, full: bool) -> HistoryReport:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        return await history_of(settings, engine, number, full=full)


def _show(report: HistoryReport) -> None:
    put(f"受理编号 {report.tracking_number}   投诉 {report.complaint_id}   案件 {report.case_id or '尚未立案'}")
    text = next((_text(line) for line in report.history if line.what == "received"), "")
    for line in report.history:
        put(f"\n{local(line.at)}  {line.summary}  [{line.where}]")
        if line.what == "received" and text:
            put(f"    「{text}」")
        for reason in line.reasons:
            put(f"    {reason}")
    if report.conversation:
        put("\n往来记录（整个案件）" + (f"，另有更早的 {n} 件未列出" if (n := report.conversation_left_out) else ""))
    for turn in report.conversation:
        put(f"\n{local(turn.at)}  {turn.summary}  [{turn.tracking_number}]")
        if turn.text:
            put(f"    「{turn.text}」")


def _text(line: HistoryLine) -> str:
    record = line.record or {}
    return "：".join(part for part in (record.get("subject"), record.get("text")) if part)
