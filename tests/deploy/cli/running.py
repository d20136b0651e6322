"""A small running system in a process of its own, on outside services, for tests of the commands that look at it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")

INTAKE = Path(sys.executable).parent / "intake"
KEYS = {
    "INTAKE_KEYS__NUMBER": "number-key-of-the-command-line-tests-0123456789",
    "INTAKE_KEYS__PSEUDONYM": "pseudonym-key-of-the-command-line-tests-012345",
    "INTAKE_KEYS__TOKENS__A": "token-key-of-the-command-line-tests-0123456789",
}


def until(condition: Callable[[], T], timeout_s: float = 60) -> T:
    """Return the first true result of something another process does."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
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
