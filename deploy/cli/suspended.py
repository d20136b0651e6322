"""`intake suspended`: deliveries we could not read; look, let them go on, or put them away."""

from typing import Annotated

import typer

from deploy.cli.folding import By, DryRun, Ids, Order, Why, choose, operator, report, state
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put_json, put_table
from deploy.settings import load, load_settings, with_keys
from operations.suspended import discard_all, meaning, replay_all, suspended_items
from schemas.commands import Resolution, SuspendedReport
from schemas.records import Suspended
from schemas.settings import Settings

app = typer.Typer(
    name="suspended", help="Deliveries that could not be read.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_suspended(
    reason: Annotated[str | None, typer.Option(help="Only with this reason code")] = None,
    channel: Annotated[str | None, typer.Option(help="Only of this channel")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also replayed and discarded ones")] = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """List open ones."""
    settings = load_settings()
    shown = [
        one
        for one in run(suspended_items(settings))
        if (everything or one.state == "open") and reason in {None, one.reason} and channel in {None, one.channel}
    ]
    if as_json:
        put_json(SuspendedReport(suspended=tuple(shown)))
        return
    told = wording(settings, lang)
    put_table(
        told.pick(
            ("编号", "查询号", "状态", "渠道", "收到", "字节", "原因代码", "含义", "详情"),
            ("id", "number", "state", "channel", "received", "bytes", "reason", "meaning", "detail"),
        ),
        (
            (
                str(one.suspended_id),
                one.tracking_number,
                state(one.state, told),
                told.called(one.channel),
                told.moment(one.received_at),
                str(one.raw.size_bytes),
                one.reason,
                told.pick(*meaning(one.reason)),
                one.detail,
            )
            for one in shown
        ),
        caption=None if shown else told.pick("没有无法读取的来件", "nothing is suspended"),
    )


@app.command()
def show(ids: Ids) -> None:
    """Print suspended items as JSON, one a line."""
    for item in choose(ids, run(suspended_items(load_settings())), _names):
        put_json(item)


@app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, their first characters, or numbers")] = None,
    reason_code: Annotated[str | None, typer.Option("--with", help="All open ones with this reason code")] = None,
    by: By = None,
    dry_run: DryRun = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Read them again with today's readers.

    What can be read becomes a complaint that was received when the delivery first came. Exit 1 when one still cannot.
    """
    _resolve(Order("replay", ids or (), reason_code, "", operator(by), dry_run), lang, as_json)


@app.command()
def discard(
    reason: Why,
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, their first characters, or numbers")] = None,
    reason_code: Annotated[str | None, typer.Option("--with", help="All open ones with this reason code")] = None,
    by: By = None,
    dry_run: DryRun = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Put them away for good, with a reason. The raw delivery stays until its retention ends."""
    _resolve(Order("discard", ids or (), reason_code, reason, operator(by), dry_run), lang, as_json)


def _resolve(order: Order, lang: Language, as_json: bool) -> None:
    if not order.ids and order.of is None:
        raise typer.BadParameter("name ids or --with REASON_CODE")
    settings = with_keys(load()) if order.action == "replay" else load_settings()
    report(order, run(_act(settings, order)), wording(settings, lang), as_json)


async def _act(settings: Settings, order: Order) -> list[Resolution]:
    items = await suspended_items(settings)
    chosen = choose(order.ids, items, _names)
    chosen += [one for one in items if order.of == one.reason and one.state == "open" and one not in chosen]
    if order.action == "replay":
        return await replay_all(settings, chosen, order.by, dry_run=order.dry_run)
    return await discard_all(settings, chosen, order.reason, order.by, dry_run=order.dry_run)


def _names(item: Suspended) -> tuple[str, ...]:
    return str(item.suspended_id), item.tracking_number
