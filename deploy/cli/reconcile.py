"""`intake reconcile`: whether everything that was stored is accounted for, and nothing is there twice."""

from collections.abc import Iterator
from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.exits import FINDING, USAGE
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.settings import load_settings
from operations.stages import open_stops
from schemas.base import rfc3339
from schemas.commands import CutLine, ReconcileReport
from schemas.settings import Settings

NOT_CAUGHT_UP = USAGE
"""Exit code 2: who asked has to ask again."""


def reconcile(
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait until the cut is reached")] = 0,
    at_most: Annotated[int, typer.Option("--max", min=0, help="Findings of each kind that are named")] = 20,
    as_json: AsJson = False,
) -> None:
    """Judge that everything that was stored is in exactly one state and nothing is there twice.

    Exit 0 when all of it is accounted for, 1 when something is missing or there twice, 2 when stages or the auditor
    have not come as far as the cut: ask again, or with --wait. What has not come so far is in flight, not missing.
    """
    report = run(_report(load_settings(), wait, at_most))
    if as_json:
        put_json(report)
    else:
        _show(report)
    if report.missing or report.twice or any(one.missing for one in report.offered):
        raise typer.Exit(FINDING)
    if not report.caught_up:
        raise typer.Exit(NOT_CAUGHT_UP)


async def _report(settings: Settings, wait_s: float, at_most: int) -> ReconcileReport:
    from operations.ledger import reconciling  # with all clients of Kafka, the store and mailboxes

    async with database(settings) as engine:
        groups = await open_stops(engine)
        prefix = settings.kafka.naming.group("")
        stopped = {group.removeprefix(prefix): row.detail for group, row in groups.items()}
        return await reconciling.reconcile(settings, engine, stopped, wait_s, at_most)


def _show(report: ReconcileReport) -> None:
    behind = [line for line in report.cut if not line.reached]
    put(f"cut of {rfc3339(report.at)}: {_passed(report.cut, behind)}")
    if behind:
        put_table(("not yet there", "topic", "passed", "of"), (_late(line) for line in behind))
    if not report.judged:
        say("the ledger is behind, so nothing can be judged: does the auditor run (`intake worker auditor`)?")
    else:
        put("")
        put_table(("state", "items", "oldest"), _states(report))
        _show_findings(report)
    if report.published_again_count:
        put(f"published again after their round was torn: {report.published_again_count}")
    put("")
    put_table(("source", "account", "offered", "stored", "not stored", "waiting", "note"), _sources(report))


def _passed(cut: tuple[CutLine, ...], behind: list[CutLine]) -> str:
    who = dict.fromkeys(line.who for line in cut)
    late = {line.who for line in behind}
    if not late:
        return f"{', '.join(who)} have passed it"
    return f"{', '.join(name for name in who if name not in late) or 'nobody'} passed it, {', '.join(sorted(late))} not"


def _late(line: CutLine) -> tuple[str, ...]:
    return (
        line.who,
        f"{line.topic}-{line.partition}",
        "nothing" if line.passed is None else str(line.passed),
        str(line.noted),
    )


def _states(report: ReconcileReport) -> Iterator[tuple[str, ...]]:
    for line in report.states:
        yield line.state, str(line.count), _age(line.oldest_age_s)
        if line.state == "in-flight":
            for part in report.in_flight:
                yield f"  for {part.waits_for}", str(part.count), _age(part.oldest_age_s)


def _show_findings(report: ReconcileReport) -> None:
    for gap in report.gaps:
        say(f"{gap.topic}-{gap.partition}: {gap.last - gap.first + 1} records were gone before the ledger had them")
    if not report.findings:
        return
    put("")
    put_table(
        ("", "place", "complaint", "number", "where", "why"),
        (
            (
                one.kind,
                one.place,
                str(one.complaint_id),
                one.tracking_number or "-",
                f"{one.holds} in {one.where}",
                one.detail,
            )
            for one in report.findings
        ),
    )
    more = report.missing + report.twice - len(report.findings)
    put(
        f"missing: {report.missing}, twice: {report.twice}" + (f", {more} of them not shown: see --max" if more else "")
    )


def _sources(report: ReconcileReport) -> Iterator[tuple[str, ...]]:
    for one in report.offered:
        stored = "-" if one.stored is None else str(one.stored)
        yield (
            one.source,
            one.account,
            str(one.offered),
            stored,
            ", ".join(one.missing),
            ", ".join(one.waiting),
            one.note,
        )


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s"
