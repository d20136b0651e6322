"""A small running system in a process of its own, on outside services, for tests of the commands that look at it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from jsonschema import Draft202012Validator

from deploy.contract import FOLDER

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
