"""`intake dead-letters`: records a stage could not process; look, let them go on, or put them away."""

from typing import Annotated

import typer

from deploy.cli.exits import FINDING
from deploy.cli.folding import By, DryRun, Ids, Why, choose, operator, report
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put_json, put_table
from deploy.settings import load_settings
from operations.dead_letters import discard_all, letters, replay_all
from schemas.base import rfc3339
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
    as_json: AsJson = False,
) -> None:
    """List open dead letters."""
    known = run(letters(load_settings()))
    shown = [one for one in known if (everything or one.state == "open") and stage in {None, one.stage}]
    if as_json:
        put_json(DeadLettersReport(dead_letters=tuple(shown)))
        return
    put_table(
        ("id", "state", "stage", "first seen", "attempt", "record", "error"),
        (
            (
                str(one.dead_letter_id),
                one.state,
                one.stage,
                rfc3339(one.first_seen),
                str(one.attempt),
                f"{one.source_topic}/{one.source_partition}@{one.source_offset}",
                one.error,
            )
            for one in shown
        ),
        caption=None if shown else "no dead letters",
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
    as_json: AsJson = False,
) -> None:
    """Send records again to the stage that failed, and to no other. Exit 1 when one could not be sent."""
    _resolve("replay", ids, stage, reason, by, dry_run, as_json)


@app.command()
def discard(
    reason: Why,
    ids: Annotated[list[str] | None, typer.Argument(help="Ids or their first characters; or use --stage")] = None,
    stage: Annotated[str | None, typer.Option(help="All open ones of this stage")] = None,
    by: By = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put dead letters away for good, with a reason."""
    _resolve("discard", ids, stage, reason, by, dry_run, as_json)


def _resolve(
    action: str, ids: list[str] | None, stage: str | None, reason: str, by: str | None, dry_run: bool, as_json: bool
) -> None:
    if not ids and stage is None:
        raise typer.BadParameter("name ids or --stage")
    who = operator(by)
    results = run(_act(load_settings(), action, ids or [], stage, reason, who, dry_run))
    report(results, dry_run, who, as_json)
    if any(not one.done for one in results) and not dry_run:
        raise typer.Exit(FINDING)


async def _act(
    settings: Settings, action: str, ids: list[str], stage: str | None, reason: str, by: str, dry_run: bool
) -> list[Resolution]:
    known = await letters(settings)
    chosen = choose(ids, known, _names)
    chosen += [one for one in known if stage == one.stage and one.state == "open" and one not in chosen]
    work = replay_all if action == "replay" else discard_all
    return await work(settings, chosen, reason, by, dry_run=dry_run)


def _names(letter: DeadLetter) -> tuple[str, ...]:
    return (str(letter.dead_letter_id),)
