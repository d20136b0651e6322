"""The embedded platform with its real services: start, crash, stop, reset."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import EmbeddedPlatform, Part, PlatformStatus
from deploy.local.ports import is_free

pytestmark = pytest.mark.services

UP = "import sys, pathlib, deploy.local as it; it.EmbeddedPlatform(pathlib.Path(sys.argv[1])).up()"


@pytest.fixture
def platform(own_platform: EmbeddedPlatform) -> EmbeddedPlatform:
    """The module's platform with everything running, whatever the test before did."""
    own_platform.up(owner_pid=os.getpid())
    return own_platform


def processes_of(platform: EmbeddedPlatform) -> dict[Part, psutil.Process]:
    found = {}
    for process in psutil.process_iter(["cmdline"]):
        for argument in process.info["cmdline"] or ():
            if f"intake.platform={platform.home}/" in argument:
                found[Part(argument.rsplit("/", 1)[1])] = process
    return found


def crash(process: psutil.Process) -> None:
    """Kill it and wait until it is gone: a signal is on its way for a moment."""
    process.kill()
    psutil.wait_procs([process], timeout=30)


def ports_of(status: PlatformStatus) -> set[int]:
    assert status.kafka
    assert status.database
    assert status.mailbox
    addresses = (status.kafka.bootstrap_servers, status.mailbox.imap, status.mailbox.smtp)
    return {int(address.rsplit(":", 1)[1]) for address in addresses} | {urlsplit(status.database.url).port or 0}


def store(status: PlatformStatus, value: str) -> None:
    assert status.database
    with psycopg.connect(status.database.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (value text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [value])


def stored(status: PlatformStatus) -> list[str]:
    assert status.database
    with psycopg.connect(status.database.url) as connection:
        return [row[0] for row in connection.execute("SELECT value FROM kept ORDER BY value")]


async def publish(bootstrap_servers: str, topic: str, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all") as producer:
        await producer.send_and_wait(topic, value)


async def first_record(bootstrap_servers: str, topic: str) -> bytes | None:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        value: bytes | None = (await consumer.getone()).value
        return value


def test_platform_json_is_private_and_says_the_same_as_status(platform: EmbeddedPlatform) -> None:
    file = platform.home / "platform.json"

    assert PlatformStatus.model_validate_json(file.read_bytes()) == platform.status()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_down_leaves_no_process_and_no_port_and_up_has_the_same_addresses(platform: EmbeddedPlatform) -> None:
    before = platform.status()

    platform.down()
    assert processes_of(platform) == {}
    assert all(is_free(port) for port in ports_of(before))
    assert platform.status() == PlatformStatus()
    assert not (platform.home / "platform.json").exists()

    assert platform.up() == before


def test_a_second_up_finds_everything_running(platform: EmbeddedPlatform) -> None:
    before = processes_of(platform)
    lines: list[str] = []

    platform.up(lines.append)

    assert processes_of(platform) == before
    assert {f"{part}: already running" for part in Part} <= set(lines)


def test_two_ups_at_once_start_each_service_once(platform: EmbeddedPlatform) -> None:
    platform.down()
    both = [subprocess.Popen([sys.executable, "-c", UP, str(platform.home)]) for _ in range(2)]

    assert [process.wait() for process in both] == [0, 0]
    marked = [p for p in psutil.process_iter(["cmdline"]) if f"{platform.home}/" in " ".join(p.info["cmdline"] or ())]
    assert len([p for p in marked if any("intake.platform=" in word for word in p.info["cmdline"])]) == len(Part)


async def test_data_survives_a_crash_of_kafka(platform: EmbeddedPlatform, topic_prefix: str) -> None:
    before = platform.status()
    assert before.kafka
    await publish(before.kafka.bootstrap_servers, f"{topic_prefix}.kept.v1", b"kept")
    crash(processes_of(platform)[Part.KAFKA])

    after = platform.up()

    assert after == before
    assert await first_record(before.kafka.bootstrap_servers, f"{topic_prefix}.kept.v1") == b"kept"


def test_data_survives_a_crash_of_postgresql(platform: EmbeddedPlatform, topic_prefix: str) -> None:
    before = platform.status()
    store(before, topic_prefix)
    crash(processes_of(platform)[Part.DATABASE])

    after = platform.up()

    assert after == before
    assert topic_prefix in stored(after)


def test_a_crashed_mailbox_comes_back_at_the_same_address(platform: EmbeddedPlatform) -> None:
    before = platform.status()
    platform.kill(Part.MAILBOX)
    assert platform.status().mailbox is None

    assert platform.up() == before


def test_a_lock_file_of_postgresql_with_a_reused_pid_is_no_obstacle(platform: EmbeddedPlatform) -> None:
    lock = platform.home / "postgres" / "data" / "postmaster.pid"
    platform.kill(Part.DATABASE)
    lines = lock.read_text(encoding="utf-8").splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="utf-8")

    platform.start(Part.DATABASE)

    assert platform.status().database is not None


def test_one_part_stops_and_starts_while_the_others_run(platform: EmbeddedPlatform) -> None:
    before = platform.status()

    platform.stop(Part.KAFKA)
    assert platform.status() == before.model_copy(update={"kafka": None})

    platform.start(Part.KAFKA)
    assert platform.status() == before


def test_a_port_taken_by_a_stranger_is_replaced_and_said(platform: EmbeddedPlatform) -> None:
    before = platform.status()
    assert before.mailbox
    platform.stop(Part.MAILBOX)
    lines: list[str] = []
    imap_port = int(before.mailbox.imap.rsplit(":", 1)[1])

    with socket.create_server(("127.0.0.1", imap_port)):
        after = platform.up(lines.append)

    assert after.mailbox
    assert after.mailbox.imap != before.mailbox.imap
    assert after.mailbox.smtp == before.mailbox.smtp
    assert [line for line in lines if f"port {imap_port} (imap) is taken" in line]


def test_services_of_a_run_that_was_killed_are_adopted(platform: EmbeddedPlatform) -> None:
    before = processes_of(platform)
    for file in (platform.home / "run").glob("*.pid.json"):
        file.unlink()

    platform.up()

    assert processes_of(platform) == before


def test_an_owner_owns_what_it_starts_and_not_what_stands(platform: EmbeddedPlatform) -> None:
    platform.down()
    platform.up()
    platform.up(owner_pid=os.getpid())
    assert platform.owner() is None

    platform.down()
    platform.up(owner_pid=os.getpid())
    assert platform.owner() == os.getpid()


def test_kafkas_own_tools_run(platform: EmbeddedPlatform) -> None:
    status = platform.status()
    assert status.kafka
    main_class = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
    command = platform.kafka_tool(main_class, "--bootstrap-server", status.kafka.bootstrap_servers, "--list")

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_reset_removes_everything(platform: EmbeddedPlatform) -> None:
    left = platform.reset()

    assert left == []
    assert processes_of(platform) == {}
    assert [entry.name for entry in platform.home.iterdir()] == ["lock"]


def test_reset_keeps_what_was_in_the_folder_before(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("mine", encoding="utf-8")
    platform = EmbeddedPlatform(tmp_path, parts=frozenset())
    platform.up()

    assert platform.reset() == [letter]
