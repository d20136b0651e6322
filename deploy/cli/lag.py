"""`intake lag`: how far each stage and each department's consumers are behind, in records and in time."""

from datetime import UTC, datetime

import typer
from sqlalchemy.exc import SQLAlchemyError

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put_json, put_table, say
from deploy.settings import load_settings
from operations.lag.once import measure
from operations.lag.who import owners_of, readers_of
from operations.reading import require_kafka
from operations.saying import Said
from operations.stages import open_stops
from schemas.commands import LagReport, LagRow
from schemas.errors import Unreachable
from schemas.settings import Settings


def lag(as_json: AsJson = False) -> None:
    """Print lag per stage and department, in records and time.

    Transaction markers do not count, so a stage that has read everything shows 0. Exit 1 when a stage is not OK, or
    a department's consumers stand still. A department that nobody reads yet is shown and is no finding.
    """
    report = run(_report(load_settings()))
    if as_json:
        put_json(report)
    else:
        put_table(
            ("", "name", "state", "waiting", "oldest", "1 min", "out/s", "members", "owner", "topic", "group", "why"),
            (_cells(row) for row in report.rows),
        )
    if any(_is_finding(row) for row in report.rows):
        raise typer.Exit(FINDING)


async def _report(settings: Settings) -> LagReport:
    require_kafka(settings.kafka)
    stops = await _stops(settings)
    rows = await measure(settings.kafka, readers_of(settings), stops, owners_of(settings))
    return LagReport(at=datetime.now(UTC), rows=tuple(rows))


async def _stops(settings: Settings) -> dict[str, Said]:
    """Return why stages stopped; lag is worth showing while the database is away too."""
    try:
        async with database(settings) as engine:
            return {group: Said(row.detail, row.detail) for group, row in (await open_stops(engine)).items()}
    except (Unreachable, SQLAlchemyError):
        say("PostgreSQL does not answer: whether a stage stopped is not known")
        return {}


def _is_finding(row: LagRow) -> bool:
    nobody_yet = row.kind == "department" and row.state in {"NO CONSUMER", "NEVER COMMITTED"}
    return row.state != "OK" and not nobody_yet


def _cells(row: LagRow) -> tuple[str, ...]:
    return (
        row.kind,
        row.name,
        row.state,
        f"{row.waiting}{'' if row.exact else ' at most'}{f' ({row.deleted} deleted)' if row.deleted else ''}",
        _age(row.oldest_waiting_s),
        f"+{row.came_last_minute}",
        "-" if row.out_per_s is None else f"{row.out_per_s:g}",
        f"{row.members}/{row.partitions}",
        row.owner or "-",
        row.topic,
        row.group or "-",
        row.why,
    )


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"
