"""`intake suspended`: deliveries we could not read; look, let them go on, or put them away."""

from typing import Annotated

import typer

from deploy.cli.exits import FINDING
from deploy.cli.folding import By, DryRun, Ids, Why, choose, last_states, operator, report
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put_json, put_table
from deploy.settings import load, load_settings, with_keys
from gateway.intake import open_intake
from infra.objects import open_store
from operations.assembly import connector_of, numbering_of, pseudonym_key_of, with_spool_of
from operations.replaying import Gone, inbound_of, note, replay_suspended, resolve_suspended, would_read
from schemas.base import rfc3339
from schemas.commands import Resolution, SuspendedReport
from schemas.errors import MEANINGS, InvalidRequest, NotDurable, NotGenuine, PayloadRejected
from schemas.records import Suspended
from schemas.settings import Settings
from schemas.topics import SUSPENDED

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
        for one in run(_items(load_settings()))
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
                _meaning(one.reason),
                one.detail,
            )
            for one in shown
        ),
        caption=None if shown else "nothing is suspended",
    )


@app.command()
def show(ids: Ids) -> None:
    """Print suspended items as JSON, one a line."""
    for item in choose(ids, run(_items(load_settings())), _names):
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
    items = await _items(settings)
    chosen = choose(ids, items, _names)
    chosen += [one for one in items if code == one.reason and one.state == "open" and one not in chosen]
    results = []
    for item in chosen:
        if item.state != "open":
            results.append(_result(item, action, False, f"already {item.state} by {item.resolved_by}"))
        elif action == "replay":
            results.append(await _replay(settings, item, by, dry_run))
        else:
            results.append(await _discard(settings, item, reason, by, dry_run))
    return results


async def _replay(settings: Settings, item: Suspended, by: str, dry_run: bool) -> Resolution:
    try:
        return await _read_again(settings, item, by, dry_run)
    except (Gone, InvalidRequest, NotGenuine, NotDurable, PayloadRejected) as refused:
        return _result(item, "replay", False, str(refused))


async def _read_again(settings: Settings, item: Suspended, by: str, dry_run: bool) -> Resolution:
    store = open_store(settings)
    inbound = await inbound_of(store, item)
    connector = connector_of(settings, item.channel)
    if not would_read(connector, inbound, item.item):
        return _result(item, "replay", False, "today's reader cannot read it either")
    if dry_run:
        return _result(item, "replay", False, "would become a complaint")
    own = with_spool_of(settings, "replay")
    async with open_intake(own, numbering_of(own), pseudonym_key_of(own), store) as intake:
        complaints = await replay_suspended(settings.kafka, intake, connector, inbound, item, by)
    if not complaints:
        return _result(item, "replay", False, "it was suspended again")
    return _result(item, "replay", True, f"complaint {', '.join(map(str, complaints))}")


async def _discard(settings: Settings, item: Suspended, reason: str, by: str, dry_run: bool) -> Resolution:
    if dry_run:
        return _result(item, "discard", False, f"would discard: {item.reason}")
    await note(settings.kafka, SUSPENDED, item.suspended_id, resolve_suspended(item, "discarded", by, reason))
    return _result(item, "discard", True, reason)


def _result(item: Suspended, action: str, done: bool, detail: str) -> Resolution:
    return Resolution.model_validate({"id": item.suspended_id, "action": action, "done": done, "detail": detail})


async def _items(settings: Settings) -> list[Suspended]:
    return await last_states(settings, SUSPENDED, Suspended, lambda item: item.suspended_id)


def _names(item: Suspended) -> tuple[str, ...]:
    return str(item.suspended_id), item.tracking_number


def _meaning(code: str) -> str:
    return next((meaning for known, (meaning, _) in MEANINGS.items() if known.value == code), "")
