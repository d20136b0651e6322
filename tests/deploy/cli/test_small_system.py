"""The operators' commands on a small running system: what they show is true, what they do takes effect."""

import json
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from jsonschema import Draft202012Validator
from psycopg import sql

from deploy.contract import FOLDER
from tests.deploy.cli.conftest import Done, Intake
from tests.deploy.cli.running import KEYS, is_ready, process, until
from tests.services import Services

pytestmark = pytest.mark.services

PHONE, NAME, ADDRESS = "13812340001", "欧阳明月", "moon@customers.example"
COMPLAINT = {
    "text": f"昨天买的牛奶已经过期三天，请打{PHONE}联系我",
    "sender": {"name": NAME, "phones": [PHONE], "emails": [ADDRESS]},
}
STAGES = {"archive", "clock", "deduplicate", "classify", "route", "acknowledge", "confirm"}


@pytest.fixture(scope="module")
def environment(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the settings of one installation on the shared services."""
    name = f"t_{secrets.token_hex(6)}"
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    mailbox = services.mailbox_of(f"cli-{secrets.token_hex(3)}@test.local")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield KEYS | {
        "INTAKE_HOME": str(tmp_path_factory.mktemp("home")),
        "INTAKE_KAFKA__BOOTSTRAP_SERVERS": services.bootstrap_servers,
        "INTAKE_KAFKA__PREFIX": f"t{secrets.token_hex(3)}",
        "INTAKE_DATABASE__URL": urlsplit(services.database_url)._replace(path=f"/{name}").geturl(),
        "INTAKE_GATEWAY__PORT": str(port),
        "INTAKE_MAILBOXES__CARE__HOST": mailbox.imap_host,
        "INTAKE_MAILBOXES__CARE__PORT": str(mailbox.imap_port),
        "INTAKE_MAILBOXES__CARE__SECURITY": "plain",
        "INTAKE_MAILBOXES__CARE__USER": mailbox.user,
        "INTAKE_MAILBOXES__CARE__PASSWORD": mailbox.password,
        "INTAKE_SMTP__HOST": mailbox.smtp_host,
        "INTAKE_SMTP__PORT": str(mailbox.smtp_port),
        "INTAKE_SMTP__SECURITY": "plain",
        "INTAKE_SMTP__FROM_ADDRESS": mailbox.user,
        "INTAKE_SMTP__BOUNCE_ADDRESS": "bounces@test.local",
    }
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def running(environment: dict[str, str]) -> Iterator[None]:
    """Run the whole product on them."""
    log = Path(environment["INTAKE_HOME"]) / "run.log"
    with process(("run",), environment, log) as popen:
        url = f"http://127.0.0.1:{environment['INTAKE_GATEWAY__PORT']}"
        until(lambda: popen.poll() is not None or is_ready(url), 120)
        assert popen.poll() is None, log.read_text(errors="replace")
        yield


@pytest.fixture(autouse=True)
def _settings(environment: dict[str, str], running: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("INTAKE_") and name != "INTAKE_CACHE"]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def posted(intake: Intake, folder: Path, text: str | None = None) -> str:
    """Hand a complaint over and return its number once it has been acknowledged."""
    file = folder / "complaint.json"
    file.write_text(json.dumps(COMPLAINT | ({"text": text} if text else {})))
    number: str = intake("submit", "--json", file).json["tracking_number"]
    until(lambda: any(event["what"] == "acknowledged" for event in history(intake, number)))
    return number


def history(intake: Intake, number: str) -> list[dict[str, object]]:
    """Return the events of `show`, none while nothing is known."""
    done = intake("show", "--json", number)
    return done.json["history"] if done.code == 0 else []


def checked(done: Done, schema: str) -> Done:
    """Return what was printed after comparing each line with its JSON Schema."""
    validator = Draft202012Validator(json.loads((FOLDER / "commands" / f"{schema}.json").read_text()))
    assert [error.message for line in done.lines for error in validator.iter_errors(line)] == []
    return done


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

    assert not any(personal in masked.out for personal in (PHONE, NAME, ADDRESS))
    assert all(personal in full.out for personal in (PHONE, NAME, ADDRESS))
    assert "依据" in masked.out


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
    dry = checked(intake("suspended", "discard", item["suspended_id"][:8], "--reason", "x", "--dry-run", "--json"),
                  "resolution")  # fmt: skip
    still = intake("suspended", "replay", item["tracking_number"], "--json")
    done = intake("suspended", "discard", item["suspended_id"], "--reason", "nothing in it", "--by", "Wang", "--json")

    assert item["reason"] == "empty"
    assert (dry.code, dry.json["results"][0]["done"]) == (0, False)
    assert (still.code, still.json["results"][0]["done"]) == (1, False)
    assert done.json["results"][0]["done"] is True
    assert checked(intake("suspended", "list", "--json"), "suspended-list").json["suspended"] == []
    [kept] = intake("suspended", "list", "--all", "--json").json["suspended"]
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
