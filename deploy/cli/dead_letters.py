"""`intake dead-letters`: records a stage could not process; look, let them go on, or put them away."""

from typing import Annotated

import typer

from deploy.cli.folding import By, DryRun, Ids, Order, Why, choose, operator, report, state
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put_json, put_table
from deploy.settings import load_settings
from operations.dead_letters import discard_all, letters, place_of, replay_all
from schemas.commands import DeadLettersReport, Resolution
from schemas.records import DeadLetter
from schemas.settings import Settings

app = typer.Typer(
    name="dead-letters", help="Records a stage could not process.", no_args_is_help=True, rich_markup_mode=None
)


@app.command("list")
def list_letters(
    stage: Annotated[str | None, typer.Option(help="Only of this stage")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also replayed and discarded ones")] = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """List open dead letters."""
    settings = load_settings()
    known = run(letters(settings))
    shown = [one for one in known if (everything or one.state == "open") and stage in {None, one.stage}]
    if as_json:
        put_json(DeadLettersReport(dead_letters=tuple(shown)))
        return
    told = wording(settings, lang)
    put_table(
        told.pick(
            ("编号", "状态", "环节", "首次出现", "次数", "记录", "错误"),
            ("id", "state", "stage", "first seen", "attempt", "record", "error"),
        ),
        (
            (
                str(one.dead_letter_id),
                state(one.state, told),
                one.stage,
                told.moment(one.first_seen),
                str(one.attempt),
                place_of(one),
                one.error,
            )
            for one in shown
        ),
        caption=None if shown else told.pick("没有死信", "no dead letters"),
    )


@app.command()
def show(ids: Ids) -> None:
    """Print dead letters as JSON, one a line. What the record itself says stays in its topic."""
    for letter in choose(ids, run(letters(load_settings())), _names):
        put_json(letter)


@app.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids or their first characters; or use --stage")] = None,
    stage: Annotated[str | None, typer.Option(help="All open ones of this stage")] = None,
    reason: Why = "replayed",
    by: By = None,
    dry_run: DryRun = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Send records again to the stage that failed, and to no other. Exit 1 when one could not be sent."""
    _resolve(Order("replay", ids or (), stage, reason, operator(by), dry_run), lang, as_json)


@app.command()
def discard(
    reason: Why,
    ids: Annotated[list[str] | None, typer.Argument(help="Ids or their first characters; or use --stage")] = None,
    stage: Annotated[str | None, typer.Option(help="All open ones of this stage")] = None,
    by: By = None,
    dry_run: DryRun = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Put dead letters away for good, with a reason."""
    _resolve(Order("discard", ids or (), stage, reason, operator(by), dry_run), lang, as_json)


def _resolve(order: Order, lang: Language, as_json: bool) -> None:
    if not order.ids and order.of is None:
        raise typer.BadParameter("name ids or --stage")
    settings = load_settings()
    report(order, run(_act(settings, order)), wording(settings, lang), as_json)


async def _act(settings: Settings, order: Order) -> list[Resolution]:
    known = await letters(settings)
    chosen = choose(order.ids, known, _names)
    chosen += [one for one in known if order.of == one.stage and one.state == "open" and one not in chosen]
    work = replay_all if order.action == "replay" else discard_all
    return await work(settings, chosen, order.reason, order.by, dry_run=order.dry_run)


def _names(letter: DeadLetter) -> tuple[str, ...]:
    return (str(letter.dead_letter_id),)
