"""`intake run`, `gateway`, `connector`, `worker`: the long-running processes."""

from typing import Annotated

import typer

from deploy.cli.output import say
from schemas.errors import InvalidRequest

CONNECTORS = ("imap", "drop-folders", "twilio-lists")


def run(demo: Annotated[bool, typer.Option("--demo", help="Feed sample deliveries once it runs")] = False) -> None:
    """Run everything in one process; Ctrl-C stops it.

    Starts the embedded Kafka, PostgreSQL and mailbox unless the settings point elsewhere.
    """
    from deploy.run import run_all

    run_all(say, demo=demo)


def gateway() -> None:
    """Run the gateway alone: form, API, health."""
    from deploy.run import run_gateway

    run_gateway(say)


def connector(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(CONNECTORS)}")],
    accounts: Annotated[list[str] | None, typer.Option("--account", help="Only these; default: all")] = None,
) -> None:
    """Run one connector alone.

    Its health answers on INTAKE_WORKER__HEALTH_PORT, or on a free port that is printed.
    """
    from deploy.run import run_connector

    if name not in CONNECTORS:
        raise InvalidRequest(f"there is no connector {name}; choose one of: {', '.join(CONNECTORS)}")
    run_connector(name, accounts or ())


def worker(
    stages: Annotated[list[str], typer.Argument(help="Stages as `intake stages` lists them, or: all")],
) -> None:
    """Run stages, the sender, the sweeper or the auditor alone.

    Its health answers on INTAKE_WORKER__HEALTH_PORT, or on a free port that is printed.
    """
    from deploy.run import run_workers

    run_workers(stages)
