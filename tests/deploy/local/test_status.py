"""The JSON others script against, and the private files behind it."""

import json
import os
import stat
from pathlib import Path

import pytest

from deploy.local import PlatformStatus
from deploy.local.files import kept_secret, locked, tail, write_private
from deploy.local.status import DatabaseAddress, KafkaAddress, MailboxAddress, read_gateway

NO_SUCH_PID = 2**22 + 1  # above the largest pid Linux gives


def test_nothing_running_is_four_nulls() -> None:
    assert PlatformStatus().model_dump(mode="json") == dict.fromkeys(("kafka", "database", "mailbox", "gateway"))


def test_everything_running_has_the_documented_shape(tmp_path: Path) -> None:
    (tmp_path / "gateway.json").write_text(json.dumps({"url": "http://127.0.0.1:8080", "pid": os.getpid()}))

    status = PlatformStatus(
        kafka=KafkaAddress(bootstrap_servers="127.0.0.1:9092"),
        database=DatabaseAddress.of("intake", "p@ss/1", 5432, "intake"),
        mailbox=MailboxAddress(imap="127.0.0.1:3143", smtp="127.0.0.1:3025", user="u", password="p"),
        gateway=read_gateway(tmp_path),
    )

    assert status.model_dump(mode="json") == {
        "kafka": {"bootstrap_servers": "127.0.0.1:9092"},
        "database": {"url": "postgresql://intake:p%40ss%2F1@127.0.0.1:5432/intake"},
        "mailbox": {"imap": "127.0.0.1:3143", "smtp": "127.0.0.1:3025", "user": "u", "password": "p"},
        "gateway": {"url": "http://127.0.0.1:8080"},
    }


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"url": "http://127.0.0.1:8080", "pid": NO_SUCH_PID})])
def test_a_gateway_that_is_gone_is_null(tmp_path: Path, content: str) -> None:
    (tmp_path / "gateway.json").write_text(content, encoding="utf-8")

    assert read_gateway(tmp_path) is None


def test_secrets_are_random_kept_and_private(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "a" / "password")

    assert kept_secret(tmp_path / "a" / "password") == first
    assert kept_secret(tmp_path / "b" / "password") != first
    assert stat.S_IMODE((tmp_path / "a" / "password").stat().st_mode) == 0o600


def test_a_rewritten_private_file_leaves_no_draft(tmp_path: Path) -> None:
    write_private(tmp_path / "f", "old")
    write_private(tmp_path / "f", "new")

    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("f", "new")]


def test_whoever_waits_for_a_lock_is_told_once(tmp_path: Path) -> None:
    waited: list[str] = []

    class Stop(Exception):
        pass

    def give_up() -> None:
        waited.append("told")
        raise Stop

    with locked(tmp_path / "lock"), pytest.raises(Stop), locked(tmp_path / "lock", give_up):
        pass
    with locked(tmp_path / "lock", give_up):
        pass

    assert waited == ["told"]


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("".join(f"{number}\n" for number in range(100)), encoding="utf-8")

    assert tail(tmp_path / "log", 2) == "98\n99"
    assert tail(tmp_path / "none") == "(no log was written)"
