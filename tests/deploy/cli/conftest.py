"""Running `intake` inside the test process, as the shell would; and a small running system for it to look at."""

import io
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from deploy.cli import main
from tests.deploy.cli.running import KEYS, Done, Intake, is_ready, process, until
from tests.services import Services


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Intake:
    """Give the command; `stdin` are the bytes it reads."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["intake", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give an empty home and no settings at all."""
    for name in [name for name in os.environ if name.startswith("INTAKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def running(environment: dict[str, str]) -> Iterator[None]:
    """Run the whole product on them."""
    log = Path(environment["INTAKE_HOME"]) / "run.log"
    with process(("run",), environment, log) as popen:
        url = f"http://127.0.0.1:{environment['INTAKE_GATEWAY__PORT']}"
        until(lambda: popen.poll() is not None or is_ready(url), 120)
        assert popen.poll() is None, log.read_text(errors="replace")
        yield


@pytest.fixture
def on_system(environment: dict[str, str], running: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands of the test look at that system."""
    for name in [name for name in os.environ if name.startswith("INTAKE_") and name != "INTAKE_CACHE"]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
