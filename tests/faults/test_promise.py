"""The promise of 24 hours holds whatever stands still: times are injected through the mailbox's INTERNALDATE."""

import imaplib
import json
import signal
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.faults.conftest import World
from tests.faults.offering import mail
from tests.faults.system import until
from tests.faults.verdict import settle

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]


def arrived(world: World, token: str, hours_ago: float) -> str:
    """Put a mail into the mailbox as if it had come so many hours ago; return its sender's address."""
    host, port = world.imap_direct.rsplit(":", 1)
    when = datetime.now(UTC) - timedelta(hours=hours_ago)
    if when.hour == 12:  # GreenMail reads the hours of INTERNALDATE as those of a clock face: 12 would be midnight
        when = when.astimezone(timezone(timedelta(hours=1)))
    with imaplib.IMAP4(host, int(port), timeout=30) as server:
        server.login(world.mailbox, world.mailbox_password)
        done, _ = server.append("INBOX", "", imaplib.Time2Internaldate(when), mail(token, world.mailbox).as_bytes())
        assert done == "OK"
    address = f"{token}@customers.example"
    world.offered.mailed[token] = address
    return address


@pytest.mark.parametrize("stage", ["deduplicate", "classify"])
def test_the_sweeper_answers_while_a_stage_stands_still_and_only_once(world: World, stage: str) -> None:
    stopped = world.system.of(stage)
    stopped.end(signal.SIGTERM)
    address = arrived(world, f"late{stage}", 21)

    until(lambda: world.sink.inbox.count[address] == 1, 90, "the sweeper sent nothing")
    stopped.start()
    wrong = settle(world, 120)

    assert not wrong, wrong[:20]


def owed(world: World) -> dict[str, float]:
    """What `intake sla` says is owed: tracking number → seconds left."""
    shown = world.system.command("sla", "--json")
    return {row["tracking_number"]: row["left_s"] for row in json.loads(shown.stdout)["complaints"]}


def test_mail_that_waited_23_hours_is_answered_within_its_last_hour(world: World) -> None:
    world.sink.stop()
    address = arrived(world, "waited23", 23)
    until(lambda: min(owed(world).values(), default=86_400.0) < 3_600, 60, "`intake sla` shows nothing as urgent")
    left_s = min(owed(world).values())
    world.sink.start()

    wrong = settle(world, 120)
    acknowledged = world.witness.all("complaints.acknowledged.v1")
    received = {record["complaint_id"]: record for record in world.witness.all("complaints.received.v1")}
    [mine] = [record for record in acknowledged if address in str(received[record["complaint_id"]]["reply_to"])]

    assert not wrong, wrong[:20]
    assert 3_300 < left_s < 3_600
    assert mine["in_time"] is True
    waited = datetime.fromisoformat(mine["acknowledged_at"]) - datetime.fromisoformat(mine["received_at"])
    assert timedelta(hours=23) <= waited < timedelta(hours=24)
