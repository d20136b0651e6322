"""`intake replay --dry-run`: what another pack or model would change, before it goes live."""

import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json, put_table
from deploy.settings import load_settings
from deploy.whatif import Rules, whatif
from operations.assembly import pack_of
from operations.reading import require_kafka
from schemas.errors import InvalidRequest, ModelUnusable
from schemas.policy import PolicyPack, load_pack
from schemas.review_lines import WhatIfReport
from workers.classify import TextUnderstander
from workers.classify.model import TextModel, load_current
from workers.classify.model.files import CURRENT, load_model

_SPAN = re.compile(r"(\d{1,4})([hd])")
_INSTEAD = (
    "only --dry-run: nothing that was decided is decided anew behind people's backs. A new pack goes live with"
    " INTAKE_POLICY and a restart of classify and route, for what comes then; one complaint is put right with"
    " `intake review correct`; dead letters and suspended deliveries go on with `intake dead-letters replay` and"
    " `intake suspended replay`"
)


def replay(
    since: Annotated[str, typer.Option(help="Complaints received since then: RFC 3339, a day, or 48h, 30d ago")],
    until: Annotated[str | None, typer.Option(help="… and before then; default: now")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change; there is no other way")
    ] = False,
    pack: Annotated[Path | None, typer.Option(help="A pack to try; default: the installed one")] = None,
    model: Annotated[Path | None, typer.Option(help="Folder of a model to try; default: the one in use")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what other rules or another model would change in past complaints.

    Without --pack and --model: today's, on what was decided by earlier ones.

    Compares kind, categories, safety, severity, urgency, department by the routing rules, clocks and whether a person
    would be asked. What people said holds. Writes nothing. Exit 1 when something would change, 2 when --pack or --model
    cannot be read.
    """
    if not dry_run:
        raise typer.BadParameter(_INSTEAD)
    settings = load_settings()
    installed = pack_of(settings)
    tried = load_pack(pack) if pack else installed
    now = datetime.now(UTC)
    begin, end = _when(since, "--since", installed, now), _when(until, "--until", installed, now) if until else now
    if begin >= end:
        raise typer.BadParameter("--since lies behind the end: nothing can have been received then")
    rules = Rules(tried, TextUnderstander(tried, _model(model)))
    require_kafka(settings.kafka)
    report = run(whatif(settings, installed, rules, begin, end))
    if as_json:
        put_json(report)
    else:
        _tell(report)
    if report.changed:
        raise typer.Exit(FINDING)


def _model(folder: Path | None) -> TextModel | None:
    """The model to try: one folder, or a folder of models of which one is in use. Raises `InvalidRequest`."""
    if folder is None:
        return load_current()
    try:
        return load_current(folder) if (folder / CURRENT).exists() else load_model(folder)
    except ModelUnusable as error:
        raise InvalidRequest(f"--model {folder}: no model to try: {error}") from error


def _when(text: str, option: str, pack: PolicyPack, now: datetime) -> datetime:
    span = _SPAN.fullmatch(text.strip())
    if span is not None:
        return now - timedelta(hours=int(span[1]) * (24 if span[2] == "d" else 1))
    try:
        if len(text.strip()) == len("2026-11-22"):
            return datetime.combine(date.fromisoformat(text.strip()), time.min, pack.zone)
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {text} is no time: write 2026-11-22, 48h or 30d") from error
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{option}: {text} names no time zone: write it as {text}+08:00")
    return moment


def _tell(report: WhatIfReport) -> None:
    put(
        f"{report.changed} of {report.complaints} complaints would change under {report.policy}"
        f" ({report.model or 'rules alone'}); {report.decided_by_people} were decided by people,"
        f" {report.left_out} left out (sealed or automatic)"
    )
    if report.changes:
        rows = ((one.what, one.before, one.after, str(one.count), " ".join(one.examples)) for one in report.changes)
        put_table(("what", "before", "after", "count", "for example"), rows)
