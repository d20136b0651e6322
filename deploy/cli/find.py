"""`intake find`: complaints by number, telephone, order, address, name or words."""

from datetime import datetime
from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put_json, put_table, say
from deploy.settings import load_settings
from infra.clock import present
from operations.assembly import pack_of, pseudonym_key_of
from operations.casework import words_of
from operations.complaints.clocks import left
from operations.search import Filters, Found, Position, Results, search
from operations.wording import Wording
from schemas.find_lines import FindReport, FoundLine
from schemas.settings import Settings


def find(
    query: Annotated[
        str, typer.Argument(help="Tracking number, telephone or its last 4 digits, order, e-mail, name, or words")
    ] = "",
    channel: Annotated[str | None, typer.Option(help="Of this channel only")] = None,
    category: Annotated[str | None, typer.Option(help="Of this category only")] = None,
    department: Annotated[str | None, typer.Option(help="Of this department only")] = None,
    state: Annotated[str | None, typer.Option(help="In this state only: received, routed, accepted, …")] = None,
    unit: Annotated[str | None, typer.Option(help="Of the store or counter of this name only")] = None,
    words: Annotated[bool, typer.Option("--words", help="Take digits for words, too")] = False,
    sealed: Annotated[bool, typer.Option("--sealed", help="Also reports to an authority")] = False,
    behind: Annotated[str, typer.Option(help="Go on behind what an answer before said")] = "",
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Print complaints, newest first; without a query the newest of all. Contacts are masked."""
    settings = load_settings()
    filters = Filters(channel, category, department, state, unit)
    results = run(_found(settings, query, filters, sealed, words, Position.read(behind)))
    if as_json:
        put_json(_report(results))
    else:
        _show(results, wording(settings, lang), present())


async def _found(
    settings: Settings, query: str, filters: Filters, sealed: bool, words: bool, behind: Position | None
) -> Results:
    key = pseudonym_key_of(settings)
    async with database(settings) as engine, engine.connect() as connection:
        return await search(
            connection, pack_of(settings), key, query, filters, sealed=sealed, behind=behind, words_only=words
        )


def _report(results: Results) -> FindReport:
    return FindReport(
        read_as=results.read_as,
        found=tuple(_line(one) for one in results.found),
        further=str(results.further) if results.further else None,
    )


def _line(one: Found) -> FoundLine:
    fields = {name: getattr(one, name) for name in FoundLine.model_fields if name not in {"clock", "due_at"}}
    due = one.due
    return FoundLine(**fields, clock=due.clock if due else None, due_at=due.due_at if due else None)


def _show(results: Results, told: Wording, now: datetime) -> None:
    headings = told.pick(
        ("受理编号", "收到", "渠道", "类别", "部门", "状态", "时限", "联系人", "内容"),
        ("number", "received", "channel", "category", "department", "state", "time left", "contact", "about"),
    )
    put_table(headings, (_cells(one, told, now) for one in results.found))
    if results.arrived:
        say(told.pick(f"{results.arrived} 已收到，还在处理中", f"{results.arrived} has arrived, it is being processed"))
    elif not results.found:
        say(told.pick("没有找到", "nothing was found"))
    if results.further:
        say(told.pick(f"更早的：--behind {results.further}", f"older ones: --behind {results.further}"))


def _cells(one: Found, told: Wording, now: datetime) -> tuple[str, ...]:
    due = f"{told.clock(one.due.clock)} {left(told, one.due.due_at - now)}" if one.due else ""
    return (
        one.tracking_number,
        told.moment(one.received_at),
        told.called(one.channel),
        told.category(one.category),
        told.department(one.department) if one.department else "",
        words_of(one.state).in_language(told.lang),
        due,
        one.contact,
        one.excerpt,
    )
