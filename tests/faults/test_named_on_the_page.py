"""Each fault is named on the page with object, since when, how many are at risk and a step; that step alone ends it."""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from confluent_kafka import Producer

from deploy.vendors.wechat_people import OfficialAccount
from tests.faults.page import Entry
from tests.faults.rig import ALONE, NEEDED_BYTES, SHOP, Rig, rig, table
from tests.faults.system import until
from tests.faults.wrong_clock import WrongClock
from tests.services import Services

pytestmark = [pytest.mark.services, pytest.mark.timeout(600)]
DISK_BYTES = 4 * NEEDED_BYTES


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    """A small disk; None where none can be mounted."""
    folder = tmp_path_factory.mktemp("disk")
    size = f"size={DISK_BYTES}"
    mounted = sys.platform == "linux" and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        yield None
        return
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def running(services: Services, disk: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One installation for all faults, each after the one before is over; prints what the page said."""
    with rig(services, tmp_path_factory.mktemp("injected"), disk) as made:
        until(made.quiet, 90, lambda: f"something is wrong already: {made.entries()}")
        yield made
        sys.stdout.write(f"\n{table(made.told)}\n")


def at_risk(one: Entry) -> int:
    """How many complaints; those of the fault before may still be on their way."""
    found = re.search(r"\d+", one.at_risk)
    assert found, one.at_risk
    return int(found[0])


def test_a_stopped_channel(running: Rig) -> None:
    mailbox = running.system.processes["imap"]
    mailbox.end(signal.SIGTERM)
    running.mail(3)

    named = running.names("stopped channel", "care", lambda one: at_risk(one) == 3)

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
    for command in [one.command for one in running.entries() if one.command and "resume" in one.command]:
        done = running.system.command(*shlex.split(command)[1:-1], "the sender of the bad records was mended")
        assert done.returncode == 0, done.stderr
    running.is_over(named)


def test_a_full_disk(running: Rig, disk: Path | None) -> None:
    if disk is None:
        pytest.skip("no disk can be mounted here")
    ballast = disk / "somebody's log"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(65_536)):
                pass
        except OSError:
            pass
    running.mail(1)

    named = running.names("full disk", ("disk of", "的磁盘"), lambda one: at_risk(one) >= 1)

    amount = re.search(r"at least ([\d.]+) (MB|KB)", named.en.step)
    assert amount, named.en.step
    freed = float(amount[1]) * {"MB": 1024**2, "KB": 1024}[amount[2]]
    with ballast.open("r+b") as file:
        file.truncate(max(0, int(ballast.stat().st_size - freed)))
    running.is_over(named)
    ballast.unlink()


def test_a_mailbox_with_another_password(running: Rig) -> None:
    running.door.change("second-password-of-the-mailbox")

    named = running.names("wrong mailbox password", "care", lambda one: "INTAKE_MAILBOXES__CARE__PASSWORD" in one.step)

    assert "restart the process intake connector imap" in named.en.step
    running.set("imap", INTAKE_MAILBOXES__CARE__PASSWORD=running.door.password)
    running.system.processes["imap"].end(signal.SIGTERM)
    running.system.processes["imap"].start()
    running.is_over(named)


def test_a_secret_that_the_vendor_refuses(running: Rig) -> None:
    changed = OfficialAccount(SHOP.server, "another-secret-0123456789")
    running.vendor.accounts[SHOP.server.app_id] = changed
    running.vendor.revoke_tokens()
    push = running.vendor.says("o-of-somebody", changed, {"Content": "牛奶过期了，要求退款"}, datetime.now(UTC))
    httpx.post(f"{running.system.url}{push.path}", content=push.body, headers=push.headers).raise_for_status()

    named = running.names("expired token of a channel", "shop", lambda one: at_risk(one) == 1)

    assert "INTAKE_WECHAT__SHOP__APP_SECRET" in named.en.step
    others = next(one for one in running.system.processes.values() if "sender" in one.arguments)
    running.set(others.name, INTAKE_WECHAT__SHOP__APP_SECRET=changed.secret)
    others.end(signal.SIGTERM)
    others.start()
    running.is_over(named)
    until(lambda: len(running.vendor.delivered) == 1, 60, "the person got no answer")


def test_a_token_of_a_department_that_has_ended(running: Rig) -> None:
    made = running.system.command("tokens", "add", "quality-mes", "--scope", "status", "--department", "quality")
    assert made.returncode == 0, made.stderr
    running.sql("UPDATE api_tokens SET expires_at = now() - interval '1 minute' WHERE name = 'quality-mes'")

    named = running.names("expired token of a department", "quality-mes")

    for command in named.en.commands:
        done = running.system.command(*shlex.split(command)[1:])
        assert done.returncode == 0, done.stderr
    running.is_over(named)


def test_a_clock_one_hour_off(running: Rig, tmp_path: Path) -> None:
    clock, mailbox = WrongClock(tmp_path), running.system.processes["imap"]
    clock.set(3600)
    mailbox.end(signal.SIGTERM)
    mailbox.environment = {**mailbox.environment, **clock.environment}
    mailbox.start()

    named = running.names("clock one hour off", ("clock of", "的时钟"))

    assert "1 h ahead of" in named.en.said
    assert named.en.command == "timedatectl set-ntp true"
    clock.set(0)
    running.is_over(named)
