"""`intake sla` on rows as the stages leave them: what is still owed, what is late, and what is nobody's due."""

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from infra.database import migrate
from tests.deploy.cli.running import Intake, checked

pytestmark = pytest.mark.services

NOW = datetime.now(UTC)


@pytest.fixture
def rows(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[object]]:
    """Give a migrated database that the command looks at; Kafka is not there."""
    asyncio.run(migrate(database_url))
    for name in [name for name in os.environ if name.startswith("INTAKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path))
    monkeypatch.setenv("INTAKE_DATABASE__URL", database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def promise(rows: psycopg.Connection[object], age_h: float, *, kind: str = "complaint", automatic: bool = False) -> str:
    """Write the promise of something that arrived so many hours ago."""
    number, received = uuid4(), NOW - timedelta(hours=age_h)
    rows.execute(
        "INSERT INTO promises (subject_id, kind, state, tracking_number, channel, account, received_at, due_at,"
        ' is_automatic, page_shown, by_authority, reply_channel, addresses, "references")'
        " VALUES (%s, %s, 'open', %s, 'email', 'care', %s, %s, %s, false, false, 'email', '[]', '[]')",
        (number, kind, f"number-{str(number)[:8]}", received, received + timedelta(hours=24), automatic),
    )
    return str(number)


def acknowledged(rows: psycopg.Connection[object], number: str, outcome: str | None, decided_h_ago: float) -> None:
    """Write that its acknowledgement was decided; without outcome the sender still has it."""
    rows.execute(
        "INSERT INTO acknowledgements (complaint_id, case_id, tracking_number, channel, received_at, outcome, reason,"
        " decided_by, decided_at) VALUES (%s, %s, 'x', 'email', now(), %s, 'x', 'stage', %s)",
        (number, uuid4(), outcome, NOW - timedelta(hours=decided_h_ago)),
    )


def handed_over(rows: psycopg.Connection[object], number: str, state: str, outcome: str) -> UUID:
    """Write that its message went to the sender, and how that ended; return the id of the message."""
    acknowledged(rows, number, None, 2)
    message = uuid4()
    rows.execute("UPDATE acknowledgements SET outbox_id = %s WHERE complaint_id = %s", (message, number))
    rows.execute(
        "INSERT INTO outbox_attempts (outbox_id, state, attempt, address_index, next_at, changed_at, outcome, reason,"
        " settled_at) VALUES (%s, %s, 1, 0, %s, %s, %s, 'x', %s)",
        (message, state, NOW, NOW, outcome, NOW),
    )
    return message


def test_open_ones_are_counted_by_the_time_left_the_most_urgent_first(
    intake: Intake, rows: psycopg.Connection[object]
) -> None:
    ages = (1, 13, 20, 23.5, 25)
    numbers = [promise(rows, age) for age in ages]

    done = intake("sla", "--json")

    assert done.code == 1
    assert done.json["counts"] == {"over_12_h": 1, "6_to_12_h": 1, "1_to_6_h": 1, "under_1_h": 1, "breached": 1}
    assert [row["complaint_id"] for row in done.json["complaints"]] == list(reversed(numbers))
    assert done.json["not_counted"] is None


def test_what_could_not_be_read_is_owed_an_answer_too(intake: Intake, rows: psycopg.Connection[object]) -> None:
    promise(rows, 23.5, kind="suspended")

    [row] = intake("sla", "--json").json["complaints"]

    assert row["left"] == "under_1_h"
    assert "could not be read" in row["waiting_for"]


def test_a_message_that_has_not_gone_out_is_still_owed(intake: Intake, rows: psycopg.Connection[object]) -> None:
    acknowledged(rows, promise(rows, 2), None, 1)

    [row] = intake("sla", "--json").json["complaints"]

    assert row["waiting_for"] == "the sender"


def test_the_answered_and_machines_are_owed_nothing(intake: Intake, rows: psycopg.Connection[object]) -> None:
    acknowledged(rows, promise(rows, 2), "sent", 1)
    promise(rows, 30, automatic=True)

    done = intake("sla", "--json")

    assert (done.code, done.json["open"]) == (0, 0)


def test_those_answered_too_late_are_told(intake: Intake, rows: psycopg.Connection[object]) -> None:
    acknowledged(rows, promise(rows, 30), "sent", 2)
    acknowledged(rows, promise(rows, 30), "sent", 10)

    assert intake("sla", "--json").json["acknowledged_late"] == 1


def test_what_only_a_person_can_answer_is_listed_with_the_reason(
    intake: Intake, rows: psycopg.Connection[object]
) -> None:
    unclear, capped, refused = promise(rows, 21), promise(rows, 5), promise(rows, 26)
    acknowledged(rows, capped, "by-person", 4)
    handed_over(rows, unclear, "unknown", "by-person")
    handed_over(rows, refused, "refused", "unreachable")
    acknowledged(rows, promise(rows, 3), "sent", 1)
    acknowledged(rows, promise(rows, 24 * 40), "by-person", 24 * 39)

    done = checked(intake("sla", "--json"), "sla")
    table = intake("sla", "--list", "--lang", "en")

    assert (done.json["open"], done.json["for_people"]) == (0, 3)
    assert [row["complaint_id"] for row in done.json["people"]] == [refused, unclear, capped]
    assert [row["outcome"] for row in done.json["people"]] == ["unreachable", "by-person", "by-person"]
    assert any("for a person" in line and "3" in line for line in table.out.splitlines())
    assert all(f"number-{one[:8]}" in table.out for one in (unclear, capped, refused))


def told_by_hand(rows: psycopg.Connection[object], number: str, kind: str, h_ago: float, by: str | None) -> None:
    """Write that the task to tell somebody was done so many hours ago."""
    rows.execute(
        "INSERT INTO tasks (task_id, kind, state, complaint_id, case_id, tracking_number, channel, department, sealed,"
        " opened_at, due_at, done_at, done_by, how, listed, version)"
        " VALUES (%s, %s, 'done', %s, %s, 'x', 'email', 'customer-service', false, %s, %s, %s, %s, 'phone', false, 2)",
        (uuid4(), kind, number, uuid4(), NOW, NOW, NOW - timedelta(hours=h_ago), by),
    )


def test_whom_a_person_has_told_is_nobodys_work_any_more_and_late_when_it_was_late(
    intake: Intake, rows: psycopg.Connection[object]
) -> None:
    in_time, late, not_signed, called_back = (promise(rows, 30) for _ in range(4))
    for number in (in_time, late, not_signed, called_back):
        acknowledged(rows, number, "unreachable", 29)
    told_by_hand(rows, in_time, "unacknowledged", 10, "Li")
    told_by_hand(rows, late, "unknown-delivery", 1, "Li")
    told_by_hand(rows, not_signed, "unacknowledged", 10, None)
    told_by_hand(rows, called_back, "call-back", 10, "Li")

    report = intake("sla", "--json").json

    assert {row["complaint_id"] for row in report["people"]} == {not_signed, called_back}
    assert (report["open"], report["acknowledged_late"]) == (0, 1)


def test_who_is_for_a_person_is_not_told_to_have_been_acknowledged_late(
    intake: Intake, rows: psycopg.Connection[object]
) -> None:
    acknowledged(rows, promise(rows, 30), "by-person", 2)

    assert intake("sla", "--json").json["acknowledged_late"] == 0


def test_a_message_that_bounced_is_for_a_person(intake: Intake, rows: psycopg.Connection[object]) -> None:
    number = promise(rows, 5)
    message = handed_over(rows, number, "sent", "sent")
    for _ in range(2):
        rows.execute(
            "INSERT INTO acknowledgement_bounces (bounce_id, outbox_id, noted_at) VALUES (%s, %s, %s)",
            (uuid4(), message, NOW),
        )

    [row] = intake("sla", "--json").json["people"]

    assert (row["complaint_id"], row["outcome"], row["reason"]) == (number, "unreachable", "bounced after it was sent")


def test_a_message_that_the_channel_could_not_deliver_is_for_a_person(
    intake: Intake, rows: psycopg.Connection[object]
) -> None:
    message = handed_over(rows, promise(rows, 5), "sent", "sent")
    rows.execute("INSERT INTO undelivered_messages (outbox_id, noted_at) VALUES (%s, %s)", (message, NOW))

    [row] = intake("sla", "--json").json["people"]

    assert (row["outcome"], row["reason"]) == ("unreachable", "the channel could not deliver it after it was sent")


def alarm(rows: psycopg.Connection[object], minutes_ago: float, state: str = "open") -> None:
    """Write the task of a safety alarm about what was received so many minutes ago."""
    received = NOW - timedelta(minutes=minutes_ago)
    rows.execute(
        "INSERT INTO tasks (task_id, kind, state, complaint_id, case_id, tracking_number, channel, department, sealed,"
        " opened_at, due_at, listed, version) VALUES (%s, 'safety-alarm', %s, %s, %s, 'x', 'web', 'quality', false,"
        " %s, %s, false, 1)",
        (uuid4(), state, uuid4(), uuid4(), received, received + timedelta(minutes=15)),
    )


def test_alarms_that_nobody_took_within_fifteen_minutes_are_a_finding(
    intake: Intake, rows: psycopg.Connection[object]
) -> None:
    alarm(rows, 5)
    alarm(rows, 40, "claimed")
    in_time = intake("sla", "--json")
    alarm(rows, 16)
    done = intake("sla", "--json")
    listed = intake("tasks", "list", "--json").json["tasks"]

    assert (in_time.code, in_time.json["alarms"], in_time.json["alarms_overdue"]) == (0, 1, 0)
    assert (done.code, done.json["alarms"], done.json["alarms_overdue"]) == (1, 2, 1)
    assert sorted((one["state"], one["overdue"]) for one in listed) == [
        ("claimed", False),
        ("open", False),
        ("open", True),
    ]
