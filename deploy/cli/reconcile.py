"""`intake reconcile`: whether everything that was stored is accounted for, and nothing is there twice."""

from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.exits import FINDING, USAGE
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put_json
from deploy.cli.reconciled import tell
from deploy.settings import load_settings
from operations.stages import open_stops
from schemas.commands import ReconcileReport
from schemas.settings import Settings

NOT_CAUGHT_UP = USAGE
"""Exit code 2: who asked has to ask again."""


def reconcile(
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait until the cut is reached")] = 0,
    at_most: Annotated[int, typer.Option("--max", min=0, help="Findings of each kind that are named")] = 20,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Judge that everything that was stored is in exactly one state and nothing is there twice.

    Exit 0 when all of it is accounted for, 1 when something is missing or there twice, 2 when stages or the auditor
    have not come as far as the cut: ask again, or with --wait. What has not come so far is in flight, not missing.
    """
    settings = load_settings()
    report = run(_report(settings, wait, at_most))
    if as_json:
        put_json(report)
    else:
        tell(report, wording(settings, lang))
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
