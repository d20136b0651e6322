"""A small running system in a process of its own, on outside services, for tests of the commands that look at it."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from jsonschema import Draft202012Validator
from psycopg import sql

from deploy.contract import FOLDER
from tests.services import Services

T = TypeVar("T")

PHONE, NAME, ADDRESS = "13812340001", "欧阳明月", "moon@customers.example"
COMPLAINT = {
    "text": f"昨天买的牛奶已经过期三天，请打{PHONE}联系我",
    "sender": {"name": NAME, "phones": [PHONE], "emails": [ADDRESS]},
}
INTAKE = Path(sys.executable).parent / "intake"
KEYS = {
    "INTAKE_KEYS__NUMBER": "number-key-of-the-command-line-tests-0123456789",
    "INTAKE_KEYS__PSEUDONYM": "pseudonym-key-of-the-command-line-tests-012345",
    "INTAKE_KEYS__TOKENS__A": "token-key-of-the-command-line-tests-0123456789",
}


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


Intake = Callable[..., Done]


def until(condition: Callable[[], T], timeout_s: float = 60) -> T:
    """Return the first true result of something another process does."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.1)
    return found


@contextmanager
def process(arguments: tuple[str, ...], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `intake` in a session of its own, stopped with SIGTERM at the end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTAKE_")}
    cache = {"INTAKE_CACHE": os.environ["INTAKE_CACHE"]} if "INTAKE_CACHE" in os.environ else {}
    with log.open("ab") as output:
        popen = subprocess.Popen(
            [INTAKE, *arguments],
            env=inherited | cache | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield popen
    finally:
        if popen.poll() is None:
            popen.send_signal(signal.SIGTERM)
            try:
                popen.wait(60)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait(10)


@contextmanager
def installation(services: Services, home: Path) -> Iterator[dict[str, str]]:
    """Give the settings of one installation on the shared services: own database, topics and mailbox."""
    name = f"t_{secrets.token_hex(6)}"
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        mailbox = services.mailbox_of(f"cli-{secrets.token_hex(3)}@test.local")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        yield KEYS | {
            "INTAKE_HOME": str(home),
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
    finally:
        with psycopg.connect(services.database_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def product(environment: dict[str, str]) -> Iterator[None]:
    """Run the whole product with these settings."""
    log = Path(environment["INTAKE_HOME"]) / "run.log"
    with process(("run",), environment, log) as popen:
        url = f"http://127.0.0.1:{environment['INTAKE_GATEWAY__PORT']}"
        until(lambda: popen.poll() is not None or is_ready(url), 120)
        assert popen.poll() is None, log.read_text(errors="replace")
        yield


def use(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands run with these settings only."""
    for name in [name for name in os.environ if name.startswith("INTAKE_") and name != "INTAKE_CACHE"]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


def is_ready(url: str) -> bool:
    """Whether every part that `/readyz` lists is ready."""
    try:
        answer = httpx.get(f"{url}/readyz", timeout=5)
    except httpx.TransportError:
        return False
    return answer.status_code == httpx.codes.OK and all(part["ready"] for part in answer.json()["parts"])


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
