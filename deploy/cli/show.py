"""`intake show`: one complaint's whole history, for a clerk."""

from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json
from deploy.settings import load_settings
from operations.history import history_of
from operations.reading import require_kafka
from operations.wording import Wording
from schemas.commands import HistoryLine, HistoryReport
from schemas.settings import Settings


def show(
    number: Annotated[str, typer.Argument(help="Tracking number as a person types it, or complaint id")],
    full: Annotated[bool, typer.Option("--full", help="Show names, contacts and texts unmasked")] = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Print one complaint's history with the reasons.

    In the order of time; then the conversation of its whole case: what was said on every channel, what
    became of our messages, who did what by hand. Personal data is masked unless --full.
    """
    settings = load_settings()
    report = run(_history(settings, number, full, lang))
    if as_json:
        put_json(report)
    else:
        _show(report, wording(settings, lang))


async def _history(settings: Settings, number: str, full: bool, lang: Language) -> HistoryReport:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        return await history_of(settings, engine, number, full=full, lang=lang.value)


def _show(report: HistoryReport, say: Wording) -> None:
    case = report.case_id or say.pick("尚未立案", "none yet")
    put(
        say.pick(
            f"受理编号 {report.tracking_number}   投诉 {report.complaint_id}   案件 {case}",
            f"number {report.tracking_number}   complaint {report.complaint_id}   case {case}",
        )
    )
    text = next((_text(line) for line in report.history if line.what == "received"), "")
    for line in report.history:
        put(f"\n{say.moment(line.at)}  {line.summary}  [{line.where}]")
        if line.what == "received" and text:
            put(_quoted(text, say))
        for reason in line.reasons:
            put(f"    {reason}")
    _show_conversation(report, say)


def _show_conversation(report: HistoryReport, say: Wording) -> None:
    if report.conversation:
        older = report.conversation_left_out
        left_out = say.pick(f"，另有更早的 {older} 件未列出", f", {older} older ones are left out") if older else ""
        put("\n" + say.pick("往来记录（整个案件）", "conversation (of the whole case)") + left_out)
    for turn in report.conversation:
        put(f"\n{say.moment(turn.at)}  {turn.summary}  [{turn.tracking_number}]")
        if turn.text:
            put(_quoted(turn.text, say))


def _quoted(text: str, say: Wording) -> str:
    return say.pick(f"    「{text}」", f"    “{text}”")


def _text(line: HistoryLine) -> str:
    record = line.record or {}
    return "：".join(part for part in (record.get("subject"), record.get("text")) if part)
