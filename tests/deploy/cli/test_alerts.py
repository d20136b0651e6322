"""`intake alerts`: what was told is listed with its next step; each target can be tried."""

import asyncio
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from infra.database import migrate
from tests.deploy.cli.running import Intake

pytestmark = pytest.mark.services


@pytest.fixture
def alerts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a database with one alert that stands and one that is over."""
    asyncio.run(migrate(database_url))
    for name in [name for name in os.environ if name.startswith("INTAKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path))
    monkeypatch.setenv("INTAKE_DATABASE__URL", database_url)
    words = {"zh": "密码被拒绝", "en": "its password is refused"}
    said = json.dumps({"object": words, "said": words, "next_step": {"zh": "改密码", "en": "set it"}})
    with psycopg.connect(database_url, autocommit=True) as connection:
        for key, closed in (("a", None), ("b", datetime.now(UTC))):
            connection.execute(
                "INSERT INTO alerts (key, kind, level, opened_at, said, at_risk, told, recovery_told, closed_at)"
                " VALUES (%s, 'wrong-password', 'red', now(), %s, 4, %s, '{}', %s)",
                (key, said, '{"duty": "2026-01-01"}', closed),
            )
    return database_url


def test_what_stands_is_listed_and_is_a_finding(intake: Intake, alerts: str) -> None:
    done = intake("alerts", "list", "--json")

    assert done.code == 1
    [line] = done.json["alerts"]
    assert (line["key"], line["at_risk"], line["told"]) == ("a", 4, ["duty"])
    assert "密码被拒绝" in intake("alerts", "list").out
    assert "set it" in intake("alerts", "list", "--lang", "en").out


def test_what_is_over_is_listed_when_asked_for(intake: Intake, alerts: str) -> None:
    assert [line["key"] for line in intake("alerts", "list", "--all", "--json").json["alerts"]] == ["b", "a"]


def test_a_target_that_takes_nothing_is_named(intake: Intake, alerts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_ALERTS__TARGETS__DUTY__URL", "json://127.0.0.1:1/secret-of-the-group")

    done = intake("alerts", "test", "--json")

    assert done.code == 1
    assert done.json["targets"] == [{"target": "duty", "problem": "the target refused it or was not reached"}]
    assert "secret-of-the-group" not in done.out + done.err


def test_a_target_there_is_not_is_a_wrong_argument(intake: Intake, alerts: str) -> None:
    assert intake("alerts", "test", "--target", "nobody").code == 2
