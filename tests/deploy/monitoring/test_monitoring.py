"""Dashboard, alerts and ScaledObjects speak of metrics that exist, and the tools they are for take them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from typer.testing import CliRunner

from deploy.cli.monitoring import app
from deploy.monitoring import ALERTS, DASHBOARD
from deploy.monitoring.keda import scaled_object
from infra import metrics
from operations.lag.exposition import FAMILIES
from operations.lag.rows import RowKind, RowState
from operations.promises.board import BANDS
from workers.pipeline import PIPELINE
from workers.runtime.outcome import Fate

METRIC = re.compile(r"\b(?:intake|kafka)_[a-z0-9_]+\b")
LABELS = re.compile(r"\b((?:intake|kafka)_[a-z0-9_]+)\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)\s*(=~|!=|!~|=)\s*"([^"]*)"')
VALUES: dict[tuple[str, str], set[str]] = {
    ("intake_row_state", "state"): {*RowState},
    ("intake_row_state", "kind"): {*RowKind},
    ("intake_row_waiting", "kind"): {*RowKind},
    ("intake_promises_left", "band"): {*BANDS},
    ("intake_stage_records_total", "outcome"): {*Fate},
}
PROMTOOL = shutil.which("promtool")


def declared() -> dict[str, set[str]]:
    """Every metric as Prometheus sees it, with its labels."""
    found = {family.name: set(family.labels) for family in FAMILIES}
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase):
            family = next(iter(one.describe()))
            suffix = "_total" if family.type == "counter" else ""
            found[family.name + suffix] = set(one._labelnames)
    return found


def dashboard() -> Any:
    """The dashboard as Grafana reads it."""
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    """Every alert."""
    return [rule for group in yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    """Everything that is asked of Prometheus."""
    board = dashboard()
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (one["query"]["query"] for one in board["templating"]["list"] if one["type"] == "query")
    yield from (one["expr"] for one in board["annotations"]["list"])
    yield from (rule["expr"] for rule in rules())
    yield scaled_object("route", "route", "http://prometheus:9090", 3, 500)["spec"]["triggers"][0]["metadata"]["query"]


@pytest.mark.parametrize("expression", list(expressions()))
def test_every_metric_and_label_that_is_asked_for_is_declared(expression: str) -> None:
    known = declared()

    asked = set(METRIC.findall(expression))
    matched = {(name, label) for name, inside in LABELS.findall(expression) for label, _, _ in MATCHER.findall(inside)}

    assert asked
    assert asked <= set(known)
    assert [(name, label) for name, label in matched if label not in known[name]] == []


@pytest.mark.parametrize("expression", [one for one in expressions() if any(name in one for name, _ in VALUES)])
def test_every_value_of_a_label_that_is_asked_for_exists(expression: str) -> None:
    asked = {
        (name, label, value)
        for name, inside in LABELS.findall(expression)
        for label, _, values in MATCHER.findall(inside)
        for value in values.split("|")
        if (name, label) in VALUES and not value.startswith("$")
    }

    assert [one for one in asked if one[2] not in VALUES[one[0], one[1]]] == []


def test_what_a_dashboard_asks_for_by_variable_is_a_variable() -> None:
    board = dashboard()
    known: set[str] = {one["name"] for one in board["templating"]["list"]}

    asked = set(
        re.findall(r"\$(\w+)", " ".join(target["expr"] for one in board["panels"] for target in one.get("targets", ())))
    )

    assert asked <= known
    assert {"datasource", "group", "topic"} <= known


def test_panels_do_not_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    told = [(rule["alert"], rule["labels"]["severity"], rule["annotations"]) for rule in rules()]

    assert {severity for _, severity, _ in told} <= {"critical", "warning"}
    assert all(notes["summary"] and notes["description"] for _, _, notes in told)
    assert len({name for name, _, _ in told}) == len(told)


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian package prometheus)")
@pytest.mark.parametrize(
    "arguments", [("check", "rules", ALERTS), ("test", "rules", ALERTS.with_name("alerts_test.yaml"))]
)
def test_promtool_takes_the_alerts_and_they_fire_when_they_shall(arguments: tuple[Any, ...]) -> None:
    done = subprocess.run(
        [str(PROMTOOL), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian package prometheus)")
def test_promtool_can_read_everything_the_dashboard_asks(tmp_path: Path) -> None:
    asked = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    made = [{"record": f"asked:{at}", "expr": re.sub(r"\$\w+", ".*", one)} for at, one in enumerate(asked)]
    file = tmp_path / "asked.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": made}]}), encoding="utf-8")

    done = subprocess.run([str(PROMTOOL), "check", "rules", str(file)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


# Fields and what they hold, from kedacore/keda, apis/keda/v1alpha1/scaledobject_types.go and scaletriggers_types.go,
# and the Prometheus scaler's page at keda.sh (2.17); another field would be dropped or refused by the API server.
SPEC = {
    "scaleTargetRef": {"name": str, "apiVersion": str, "kind": str, "envSourceContainerName": str},
    "pollingInterval": int,
    "cooldownPeriod": int,
    "initialCooldownPeriod": int,
    "idleReplicaCount": int,
    "minReplicaCount": int,
    "maxReplicaCount": int,
    "fallback": {"failureThreshold": int, "replicas": int, "behavior": str},
    "advanced": {
        "restoreToOriginalReplicaCount": bool,
        "horizontalPodAutoscalerConfig": {
            "name": str,
            "behavior": {
                "scaleDown": {"stabilizationWindowSeconds": int},
                "scaleUp": {"stabilizationWindowSeconds": int},
            },
        },
    },
    "triggers": list,
}
TRIGGER = {
    "type": str,
    "name": str,
    "useCachedMetrics": bool,
    "metricType": str,
    "metadata": {
        "serverAddress": str,
        "query": str,
        "threshold": str,
        "activationThreshold": str,
        "namespace": str,
        "customHeaders": str,
        "ignoreNullValues": str,
        "queryParameters": str,
        "unsafeSsl": str,
    },
}
BEHAVIORS = {"static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"}


def wrong(given: Any, schema: Any, at: str = "spec") -> Iterator[str]:
    """Yield every field that the schema does not have or that holds something else."""
    if isinstance(schema, dict):
        for name, value in given.items():
            yield from wrong(value, schema[name], f"{at}.{name}") if name in schema else [f"{at}.{name} is no field"]
    elif type(given) is not schema:
        yield f"{at} is no {schema.__name__}"


def test_every_stage_has_a_scaled_object_with_fields_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_KAFKA__PREFIX", "shop")
    monkeypatch.setenv("INTAKE_KAFKA__PARTITIONS", "6")

    printed = CliRunner().invoke(app, ["keda", "--prometheus", "http://prometheus:9090"])

    found = list(yaml.safe_load_all(printed.stdout))
    specs = [one["spec"] for one in found]
    triggers = [trigger for spec in specs for trigger in spec["triggers"]]
    assert [one["metadata"]["name"] for one in found] == [f"intake-worker-{spec.name}" for spec in PIPELINE]
    assert {(one["apiVersion"], one["kind"]) for one in found} == {("keda.sh/v1alpha1", "ScaledObject")}
    assert [problem for spec in specs for problem in wrong(spec, SPEC)] == []
    assert [problem for trigger in triggers for problem in wrong(trigger, TRIGGER, "trigger")] == []
    assert all(0 < spec["minReplicaCount"] <= spec["maxReplicaCount"] == 6 for spec in specs)
    assert {spec["fallback"]["behavior"] for spec in specs} <= BEHAVIORS
    assert 'group="shop.route"' in triggers[[spec.name for spec in PIPELINE].index("route")]["metadata"]["query"]


@pytest.mark.parametrize(("command", "begins"), [("dashboard", "{"), ("alerts", "#")])
def test_dashboard_and_alerts_are_printed_as_they_ship(command: str, begins: str) -> None:
    printed = CliRunner().invoke(app, [command])

    assert printed.exit_code == 0
    assert printed.stdout.startswith(begins)


def test_the_collector_of_lag_is_registered_once() -> None:
    names = [family.name for family in REGISTRY.collect()]

    assert [names.count(family.name) for family in FAMILIES] == [1] * len(FAMILIES)
