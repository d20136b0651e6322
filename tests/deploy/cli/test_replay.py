"""`intake replay --dry-run`: a new pack is tried on what really came, and nothing is written."""

import re
from pathlib import Path

import pytest

from schemas.review_lines import WhatIfReport
from tests.deploy.cli.running import Intake, history, until
from tests.deploy.cli.test_tasks import hand_in

on_system = pytest.mark.usefixtures("on_system")
SHIPPED = Path(__file__).parents[3] / "schemas" / "packs" / "default.yaml"


@pytest.mark.services
@on_system
def test_a_pack_that_routes_otherwise_is_a_finding_and_todays_is_none(intake: Intake, tmp_path: Path) -> None:
    number = hand_in(channel="web", account="form", entry="form", text="买的牛奶已经过期了").tracking_number
    until(lambda: any(event["what"] == "routed" for event in history(intake, number)))
    other = tmp_path / "other.yaml"
    text = SHIPPED.read_text(encoding="utf-8")
    other.write_text(
        re.sub(r"(categories: \[quality\].*?responsible:) quality", r"\1 procurement", text), encoding="utf-8"
    )

    today = intake("replay", "--dry-run", "--since", "2h", "--json")
    tried = intake("replay", "--dry-run", "--since", "2h", "--pack", other, "--json")

    assert (today.code, WhatIfReport.model_validate_json(today.out).changed) == (0, 0)
    report = WhatIfReport.model_validate_json(tried.out)
    assert tried.code == 1
    assert any((one.what, one.before, one.after) == ("department", "quality", "procurement") for one in report.changes)
    assert len([event for event in history(intake, number) if event["what"] == "routed"]) == 1


@pytest.mark.parametrize("option", ["--model", "--pack"])
def test_what_is_to_be_tried_and_is_not_there_is_a_usage_error(intake: Intake, nothing_runs: Path, option: str) -> None:
    done = intake("replay", "--dry-run", "--since", "1d", option, nothing_runs)

    assert (done.code, done.out) == (2, "")
    assert str(nothing_runs) in done.err


def test_without_dry_run_it_says_what_to_use_instead(intake: Intake, nothing_runs: Path) -> None:
    done = intake("replay", "--since", "1d")

    assert done.code == 2
    assert "intake review correct" in " ".join(done.err.split())


@pytest.mark.parametrize("since", ["yesterday", "2026-11-22T10:00:00", "2999-01-01", "2026-13-01"])
def test_a_time_nobody_can_read_or_that_has_not_come_is_a_usage_error(
    intake: Intake, nothing_runs: Path, since: str
) -> None:
    assert intake("replay", "--dry-run", "--since", since).code == 2
