"""`intake policy`: look at policy packs before they go live."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.exits import FINDING
from deploy.cli.output import AsJson, put, put_json
from schemas.commands import PolicyReport
from schemas.policy import PolicyInvalid, load_pack

app = typer.Typer(name="policy", help="Check policy packs.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `check` a command of its own while it is the only one."""


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A policy pack in YAML")], as_json: AsJson = False) -> None:
    """Check a policy pack; every problem is named with its line and what to do. Exit 1 when there is one."""
    try:
        report = PolicyReport(file=str(file), valid=True, pack=load_pack(file).reference)
    except PolicyInvalid as error:
        report = PolicyReport(file=str(file), valid=False, problems=tuple(str(error).splitlines()))
    if as_json:
        put_json(report)
    else:
        put("\n".join(report.problems) or f"{file}: good, {report.pack}")
    if not report.valid:
        raise typer.Exit(FINDING)
