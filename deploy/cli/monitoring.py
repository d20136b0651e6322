"""`intake monitoring`: what to hand to Grafana, Prometheus and KEDA."""

from typing import Annotated

import typer

from deploy.cli.output import put
from deploy.monitoring import ALERTS, DASHBOARD
from deploy.monitoring.keda import manifests
from deploy.settings import load_settings
from workers.pipeline import PIPELINE

app = typer.Typer(name="monitoring", help="What to hand to Grafana, Prometheus and KEDA.", no_args_is_help=True)


@app.command()
def dashboard() -> None:
    """Print the Grafana dashboard (JSON)."""
    put(DASHBOARD.read_text(encoding="utf-8").rstrip())


@app.command()
def alerts() -> None:
    """Print the alert rules for Prometheus (YAML)."""
    put(ALERTS.read_text(encoding="utf-8").rstrip())


@app.command()
def keda(
    prometheus: Annotated[str, typer.Option("--prometheus", help="Address of Prometheus, as KEDA reaches it.")],
    most: Annotated[int | None, typer.Option("--most", min=1, help="Workers a stage; unset: its partitions.")] = None,
    records: Annotated[int, typer.Option("--records", min=1, help="May wait before a worker.")] = 500,
) -> None:
    """Print a ScaledObject for each stage of this installation (YAML)."""
    kafka = load_settings().kafka
    groups = [(spec.name, kafka.naming.group(spec.name)) for spec in PIPELINE]
    put(manifests(groups, prometheus, most or kafka.partitions, records).rstrip())
