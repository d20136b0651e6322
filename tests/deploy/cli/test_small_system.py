"""The operators' commands on a small running system: what they show is true, what they do takes effect."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.cli.running import ADDRESS, NAME, PHONE, Intake, checked, history, posted, until
from workers.pipeline import PIPELINE

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("on_system")]

STAGES = {stage.name for stage in PIPELINE}


def test_a_complaint_reaches_its_department_and_show_tells_the_whole_history(intake: Intake, tmp_path: Path) -> None:
    number = posted(intake, tmp_path)

    until(lambda: any(event["what"] == "routed" for event in history(intake, number)))
    report = checked(intake("show", "--json", number.lower().replace("-", "")), "show").json
    assert report["tracking_number"] == number
    events = [event["what"] for event in report["history"]]
    assert {"received", "promised", "deduplicated", "classified", "routed", "acknowledged"} <= set(events)
    assert [event["at"] for event in report["history"]] == sorted(event["at"] for event in report["history"])
    found = checked(intake("tail", "departments.quality.v1", "--from-beginning", "--max", "1", "--json"), "tail")
    assert found.lines[0]["value"]["category"] == "quality"


def test_show_masks_what_is_personal_unless_it_is_asked_for(intake: Intake, tmp_path: Path) -> None:
    number = posted(intake, tmp_path)

    masked, full = intake("show", number), intake("show", "--full", "--json", number)
    english = intake("show", "--lang", "en", number)

    assert not any(personal in masked.out for personal in (PHONE, NAME, ADDRESS))
    assert all(personal in full.out for personal in (PHONE, NAME, ADDRESS))
    assert "依据" in masked.out
    told = [line for line in english.out.splitlines() if re.match(r"\d{4}-|number |conversation|    by ", line)]
    assert [line for line in told if re.search("[\u3400-\u9fff]", re.sub("“.*?”", "", line))] == []
    assert any("goes to" in line for line in told)


def test_the_same_file_again_is_the_same_complaint_and_asked_for_anew_another(intake: Intake, tmp_path: Path) -> None:
    number = posted(intake, tmp_path)
    file = tmp_path / "complaint.json"

    again, anew = intake("submit", "--json", file), intake("submit", "--json", "--again", file)

    assert checked(again, "submit").json["tracking_number"] == number
    assert anew.json["tracking_number"] != number


def test_a_drained_system_has_no_lag_although_transactions_left_markers(intake: Intake, tmp_path: Path) -> None:
    posted(intake, tmp_path)

    def stages() -> list[dict[str, Any]]:
        return [row for row in checked(intake("lag", "--json"), "lag").json["rows"] if row["kind"] == "stage"]

    until(lambda: all(row["waiting"] == 0 and row["state"] == "OK" for row in stages()))

    assert {row["name"] for row in stages()} == STAGES
    assert intake("lag").code == 0


def test_sla_owes_nothing_once_everything_is_acknowledged(intake: Intake, tmp_path: Path) -> None:
    posted(intake, tmp_path)

    until(lambda: checked(intake("sla", "--json"), "sla").json["open"] == 0)

    assert set(intake("sla", "--json").json["counts"].values()) == {0}


def test_a_mail_that_cannot_be_read_is_suspended_counted_and_put_away_with_a_reason(
    intake: Intake, tmp_path: Path
) -> None:
    file = tmp_path / "empty.eml"
    file.write_bytes(b"From: <nobody@customers.example>\r\nMessage-ID: <empty@customers.example>\r\n\r\n")

    assert intake("submit", file).code == 0
    [item] = until(lambda: intake("suspended", "list", "--json").json["suspended"])
    [owed] = until(lambda: intake("sla", "--json").json["complaints"])
    dry = checked(intake("suspended", "discard", item["suspended_id"][:8], "--reason", "x", "--dry-run", "--json"),
                  "resolution")  # fmt: skip
    still = intake("suspended", "replay", item["tracking_number"], "--json")
    done = intake("suspended", "discard", item["suspended_id"], "--reason", "nothing in it", "--by", "Wang", "--json")

    assert item["reason"] == "empty"
    assert (owed["complaint_id"], owed["left"]) == (item["suspended_id"], "over_12_h")
    assert (dry.code, dry.json["results"][0]["done"]) == (0, False)
    assert (still.code, still.json["results"][0]["done"]) == (1, False)
    assert done.json["results"][0]["done"] is True
    assert checked(intake("suspended", "list", "--json"), "suspended-list").json["suspended"] == []
    everything = intake("suspended", "list", "--all", "--json").json["suspended"]
    [kept] = [one for one in everything if one["suspended_id"] == item["suspended_id"]]
    assert (kept["state"], kept["resolved_by"], kept["resolution"]) == ("discarded", "Wang", "nothing in it")


def test_an_unknown_topic_is_answered_with_the_nearest_names(intake: Intake) -> None:
    done = intake("tail", "departments.qualty.v1")

    assert done.code == 2
    assert "departments.quality.v1" in done.err


def test_an_unknown_number_is_told_apart_from_a_mistyped_one(intake: Intake) -> None:
    mistyped, unknown = intake("show", "7777-7777-7777-7"), intake("show", "4c1fb1d6-6b1e-4f0e-9a3e-3f6f3d8f5f11")

    assert (mistyped.code, unknown.code) == (2, 2)
    assert "check character" in mistyped.err
    assert "nothing is known" in unknown.err


def test_the_stages_may_run_and_resume_finds_nothing_to_do(intake: Intake) -> None:
    listed, resumed = checked(intake("stages", "--json"), "stages"), intake("resume", "route", "--reason", "x")

    assert {stage["name"] for stage in listed.json["stages"]} >= STAGES
    assert (listed.code, resumed.code) == (0, 1)
