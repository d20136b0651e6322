"""Each fault is named on the page with object, since when, how many are at risk and a step; that step alone ends it."""

import shlex
import signal
import sys
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from tests.faults.page import Entry
from tests.faults.rig import ALONE, Rig, rig, table
from tests.faults.system import until
from tests.services import Services

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def running(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One installation for all faults, each after the one before is over; prints what the page said."""
    with rig(services, tmp_path_factory.mktemp("injected")) as made:
        until(made.quiet, 90, lambda: f"something is wrong already: {made.entries()}")
        yield made
        sys.stdout.write(f"\n{table(made.told)}\n")


def at_risk(one: Entry) -> int:
    """How many complaints; those of the fault before may still be on their way."""
    return int(one.at_risk.split()[0])


def test_a_stopped_channel(running: Rig) -> None:
    mailbox = running.system.processes["imap"]
    mailbox.end(signal.SIGTERM)
    running.mail(3)

    named = running.names("stopped channel", "care", lambda one: one.at_risk.startswith("3 "))

    assert named.en.object == "mailbox care"
    assert named.en.command == "intake connector imap"
    mailbox.start()
    running.is_over(named)


def test_a_stopped_stage(running: Rig) -> None:
    stage = running.system.processes[ALONE]
    stage.end(signal.SIGKILL)
    running.complain(4)

    named = running.names(
        "stopped stage", ALONE, lambda one: at_risk(one) >= 4 and one.command == f"intake worker {ALONE}"
    )

    stage.start()
    running.is_over(named)


def test_a_stage_that_too_much_failed_in(running: Rig) -> None:
    environment = running.system.environment
    producer = Producer({"bootstrap.servers": environment["INTAKE_KAFKA__BOOTSTRAP_SERVERS"]})
    topic = f"{environment['INTAKE_KAFKA__PREFIX']}.complaints.deduplicated.v1"
    for _ in range(20):
        producer.produce(topic, b"{}", key=b"poison")
    producer.flush()
    until(lambda: running.sql("SELECT 1 FROM runtime_stops WHERE resumed_at IS NULL") != [], 60, "it does not stop")
    running.complain(2)

    named = running.names("stage that refuses to go on", ALONE, lambda one: at_risk(one) >= 2)

    assert named.en.command == f"intake resume {ALONE} --reason …"
    done = running.system.command(*shlex.split(named.en.command)[1:-1], "the sender of the bad records was mended")
    assert done.returncode == 0, done.stderr
    running.is_over(named)
