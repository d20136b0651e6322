"""Letting things go on after a mistake: dead letters, a stopped stage, deliveries a better reader can read."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import connectors.registry
from connectors.imap import Mail
from connectors.registry import CONNECTORS, Installation
from deploy.settings import load_settings
from infra.kafka import producer
from schemas.inbound import Inbound, ParsedItem
from schemas.topics import DEDUPLICATED
from tests.deploy.cli.running import Intake, checked, history, posted, until

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("on_system")]


def poison(*values: bytes) -> None:
    """Write records that the classify stage cannot read."""

    async def write() -> None:
        settings = load_settings().kafka
        async with producer(settings) as client:
            for value in values:
                await client.send_and_wait(settings.naming.topic(DEDUPLICATED), value, b"poison", partition=0)

    asyncio.run(write())


def open_letters(intake: Intake) -> list[dict[str, Any]]:
    """Return the open dead letters of classify."""
    found: list[dict[str, Any]] = checked(
        intake("dead-letters", "list", "--stage", "classify", "--json"), "dead-letters-list"
    ).json["dead_letters"]
    return found


def lag_of(intake: Intake, stage: str) -> dict[str, Any]:
    """Return the row of a stage."""
    [row] = [row for row in intake("lag", "--json").json["rows"] if row["name"] == stage]
    return dict(row)


def test_a_dead_letter_is_replayed_to_its_stage_once_and_discarded_with_a_reason(intake: Intake) -> None:
    poison(b'{"no": "complaint"}')
    [letter] = until(lambda: open_letters(intake))
    short = letter["dead_letter_id"][:8]

    dry = intake("dead-letters", "replay", short, "--dry-run", "--json")
    done = checked(intake("dead-letters", "replay", short, "--by", "Li", "--json"), "resolution")
    again = intake("dead-letters", "replay", letter["dead_letter_id"], "--json")

    assert (dry.code, dry.json["results"][0]["done"]) == (0, False)
    assert (done.code, done.json["results"][0]["done"]) == (0, True)
    assert (again.code, again.json["results"][0]["done"]) == (1, False)
    [second] = until(lambda: open_letters(intake))
    assert second["dead_letter_id"] != letter["dead_letter_id"]
    assert second["attempt"] == 2
    assert intake("dead-letters", "discard", second["dead_letter_id"], "--reason", "a test wrote it").code == 0
    assert open_letters(intake) == []
    everything = intake("dead-letters", "list", "--all", "--json").json["dead_letters"]
    states = {one["dead_letter_id"]: (one["state"], one["resolved_by"]) for one in everything}
    assert states[letter["dead_letter_id"]] == ("replayed", "Li")


def test_a_stage_that_stopped_is_seen_and_goes_on_when_a_person_says_so(intake: Intake, tmp_path: Path) -> None:
    poison(*(json.dumps({"poison": number}).encode() for number in range(25)))

    until(lambda: intake("stages").code == 1)
    row = until(lambda: found if (found := lag_of(intake, "classify"))["state"] == "STOPPED" else None)
    assert row is not None
    assert row["waiting"] > 0
    assert "intake resume classify" in row["why"]
    assert intake("lag").code == 1
    resumed = intake("resume", "classify", "--reason", "a test wrote them")
    until(lambda: intake("resume", "tasks", "--reason", "it reads the same").code == 0)

    assert resumed.code == 0
    until(lambda: intake("stages").code == 0)
    until(lambda: lag_of(intake, "classify")["waiting"] == 0)
    posted(intake, tmp_path, "收银员态度恶劣，骂了我")
    for stage in ("classify", "tasks"):
        assert intake("dead-letters", "discard", "--stage", stage, "--reason", "a test wrote them").code == 0
    assert open_letters(intake) == []


class BetterReader:
    """Reads mails as `Mail` does, and finds words where that found none."""

    channel = Mail.channel

    def __init__(self, made: Installation) -> None:
        self._mail = CONNECTORS[Mail.channel](made)

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read one mail with words added."""
        return self._mail.parse(replace(inbound, body=inbound.body + "牛奶过期了，要求退款\r\n".encode()))


def test_what_a_better_reader_can_read_becomes_a_complaint_with_its_old_time(
    intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "empty.eml"
    head = b"From: <bai@customers.example>\r\nMessage-ID: <replayed@customers.example>\r\n"
    file.write_bytes(head + b"Content-Type: text/plain; charset=utf-8\r\n\r\n")
    assert intake("submit", file).code == 0
    [item] = until(lambda: intake("suspended", "list", "--json").json["suspended"])

    monkeypatch.setattr(connectors.registry, "CONNECTORS", {Mail.channel: BetterReader})
    dry = intake("suspended", "replay", item["tracking_number"], "--dry-run", "--json")
    done = checked(intake("suspended", "replay", item["tracking_number"], "--json"), "resolution")

    assert (dry.code, dry.json["results"][0]["detail"]) == (0, "would become a complaint")
    assert (done.code, done.json["results"][0]["done"]) == (0, True)
    complaint = done.json["results"][0]["detail"].removeprefix("complaint ")
    until(lambda: any(event["what"] == "acknowledged" for event in history(intake, complaint)))
    [received] = [event for event in history(intake, complaint) if event["what"] == "received"]
    assert received["at"] == item["received_at"]
    assert intake("suspended", "list", "--json").json["suspended"] == []
    assert intake("sla", "--json").json["open"] == 0
