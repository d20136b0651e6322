"""`intake suspended`: deliveries we could not read; look, let them go on, or put them away."""

from typing import Annotated

import typer

from deploy.cli.exits import FINDING
from deploy.cli.folding import By, DryRun, Ids, Why, choose, operator, report
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put_json, put_table
from deploy.settings import load, load_settings, with_keys
from operations.suspended import discard_all, meaning, replay_all, suspended_items
from schemas.base import rfc3339
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
    as_json: AsJson = False,
) -> None:
    """List open ones."""
    shown = [
        one
        for one in run(suspended_items(load_settings()))
        if (everything or one.state == "open") and reason in {None, one.reason} and channel in {None, one.channel}
    ]
    if as_json:
        put_json(SuspendedReport(suspended=tuple(shown)))
        return
    put_table(
        ("id", "number", "state", "channel", "received", "bytes", "reason", "meaning", "detail"),
        (
            (
                str(one.suspended_id),
                one.tracking_number,
                one.state,
                one.channel,
                rfc3339(one.received_at),
                str(one.raw.size_bytes),
                one.reason,
                meaning(one.reason)[1],
                one.detail,
            )
            for one in shown
        ),
        caption=None if shown else "nothing is suspended",
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
    as_json: AsJson = False,
) -> None:
    """Read them again with today's readers.

    What can be read becomes a complaint that was received when the delivery first came. Exit 1 when one still cannot.
    """
    _resolve("replay", ids, reason_code, "", by, dry_run, as_json)


@app.command()
def discard(
    reason: Why,
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, their first characters, or numbers")] = None,
    reason_code: Annotated[str | None, typer.Option("--with", help="All open ones with this reason code")] = None,
    by: By = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put them away for good, with a reason. The raw delivery stays until its retention ends."""
    _resolve("discard", ids, reason_code, reason, by, dry_run, as_json)


def _resolve(
    action: str, ids: list[str] | None, code: str | None, reason: str, by: str | None, dry_run: bool, as_json: bool
) -> None:
    if not ids and code is None:
        raise typer.BadParameter("name ids or --with REASON_CODE")
    who = operator(by)
    settings = with_keys(load()) if action == "replay" else load_settings()
    results = run(_act(settings, action, ids or [], code, reason, who, dry_run))
    report(results, dry_run, who, as_json)
    if any(not one.done for one in results) and not dry_run:
        raise typer.Exit(FINDING)


async def _act(
    settings: Settings, action: str, ids: list[str], code: str | None, reason: str, by: str, dry_run: bool
) -> list[Resolution]:
    items = await suspended_items(settings)
    chosen = choose(ids, items, _names)
    chosen += [one for one in items if code == one.reason and one.state == "open" and one not in chosen]
    if action == "replay":
        return await replay_all(settings, chosen, by, dry_run=dry_run)
    return await discard_all(settings, chosen, reason, by, dry_run=dry_run)


def _names(item: Suspended) -> tuple[str, ...]:
    return str(item.suspended_id), item.tracking_number
