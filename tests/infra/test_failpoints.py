"""Fail points: off they do nothing at all, on they act once, at the pass that was asked for."""

import ast
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra import failpoints
from infra.failpoints import PLACES, FailPointReached, armed, reached
from schemas.errors import SettingsInvalid

ROOT = Path(failpoints.__file__).parents[1]
STAGES = ("route", "clock")


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def _passes() -> list[str]:
    """Every place the product passes, as its source says it."""
    found = []
    for folder in ("infra", "connectors", "gateway", "workers", "operations", "deploy"):
        for source in (ROOT / folder).rglob("*.py"):
            calls = [node for node in ast.walk(ast.parse(source.read_bytes())) if isinstance(node, ast.Call)]
            passes = [call for call in calls if _name(call.func) in {"reached", "_reached"}]
            found += [str(call.args[0].value) for call in passes if isinstance(call.args[0], ast.Constant)]
    return found


def test_every_declared_place_is_in_the_product_and_no_other() -> None:
    assert set(_passes()) == set(PLACES)


def test_off_a_place_is_not_even_looked_up() -> None:
    reached("a place nobody declared")


def test_on_a_place_nobody_declared_is_an_error() -> None:
    with armed("stage.decided=fail"), pytest.raises(KeyError):
        reached("a place nobody declared")


def test_a_fail_point_acts_once_at_its_pass() -> None:
    with armed("gateway.spooled=fail@3"):
        reached("gateway.spooled")
        reached("gateway.kafka-acked")
        reached("gateway.spooled")
        with pytest.raises(FailPointReached, match=r"gateway\.spooled"):
            reached("gateway.spooled")
        reached("gateway.spooled")


def test_a_stage_that_is_named_counts_its_own_passes_only() -> None:
    with armed("stage.decided/route=fail@2, mail.before-mark=fail", STAGES):
        reached("stage.decided", "clock")
        reached("stage.decided", "route")
        reached("stage.decided", "clock")
        with pytest.raises(FailPointReached, match=r"stage\.decided/route"):
            reached("stage.decided", "route")
        with pytest.raises(FailPointReached):
            reached("mail.before-mark")


def test_a_stage_that_is_not_named_is_any_stage() -> None:
    with armed("stage.decided=fail@2"):
        reached("stage.decided", "clock")
        with pytest.raises(FailPointReached):
            reached("stage.decided", "route")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("stage.decide=kill", "there is no place stage.decide;"),
        ("stage.decided=explode", "there is no action explode;"),
        ("stage.decided/rout=kill", "has no stage rout;"),
        ("gateway.spooled/route=kill", "has no stage route;"),
        ("stage.decided=kill@0", "is not place=action@n"),
        ("stage.decided", "is not place=action@n"),
    ],
)
def test_what_there_is_not_is_refused_by_name(text: str, wrong: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"INTAKE_FAILPOINTS: .*{wrong}"):
        failpoints.switch_on({"INTAKE_FAILPOINTS": text}, STAGES)


_CHILD = """
import os
from infra import failpoints, logs
logs.configure("json", "WARNING")
failpoints.switch_on(os.environ, ["route"])
failpoints.reached("stage.produced", "route")
print("passed once", flush=True)
failpoints.reached("stage.produced", "route")
print("passed twice", flush=True)
"""


@pytest.mark.parametrize("action", ["kill", "stop"])
def test_the_log_names_the_place_before_the_process_ends_or_freezes_there(action: str, tmp_path: Path) -> None:
    log = tmp_path / "reached"
    environment = dict(os.environ) | {
        "INTAKE_FAILPOINTS": f"stage.produced/route={action}@2",
        "INTAKE_FAILPOINTS_LOG": str(log),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    _, status = os.waitpid(child.pid, os.WUNTRACED)
    frozen = os.WIFSTOPPED(status)
    if frozen:
        child.send_signal(signal.SIGCONT)
    said, warned = child.communicate(timeout=30)

    assert log.read_text() == "stage.produced/route\n"
    assert frozen == (action == "stop")
    assert os.WIFSIGNALED(status) == (action == "kill")
    assert said == ("passed once\n" if action == "kill" else "passed once\npassed twice\n")
    assert "will break at these places" in warned
    assert "fail point reached" in warned
