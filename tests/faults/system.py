"""The product as operators run it for scale-out: one process a part, each killable, settings by environment only."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

INTAKE = str(Path(sys.executable).parent / "intake")
STAGES = ("archive", "clock", "deduplicate", "classify", "route", "acknowledge", "confirm", "sender", "sweeper")
KEYS = {
    "INTAKE_KEYS__NUMBER": "number-key-of-the-fault-tests-0123456789",
    "INTAKE_KEYS__PSEUDONYM": "pseudonym-key-of-the-fault-tests-0123456789",
    "INTAKE_KEYS__TOKENS__A": "token-key-of-the-fault-tests-0123456789",
}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Wait for a condition of another process, or fail with `what`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@dataclass
class Process:
    """One part of the product in a process of its own."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    health: str
    log: Path
    popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; does not wait."""
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [INTAKE, *self.arguments], env=dict(self.environment), stdout=log, stderr=log, start_new_session=True
            )

    def ready(self) -> bool:
        """Whether `/readyz` says yes."""
        assert self.popen is None or self.popen.poll() is None, f"{self.name} ended: {self.tail()}"
        try:
            return httpx.get(f"{self.health}/readyz", timeout=2).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def end(self, sign: signal.Signals) -> int:
        """Send a signal and wait for the end. Returns the exit code."""
        assert self.popen is not None
        self.popen.send_signal(sign)
        return self.popen.wait(60)

    def tail(self) -> str:
        """The last lines of its log."""
        return self.log.read_text(errors="replace")[-3000:]


@dataclass
class System:
    """All parts together."""

    processes: dict[str, Process] = field(default_factory=dict)
    url: str = ""

    def start(self, timeout_s: float = 120) -> None:
        """Start every part and wait until all are ready."""
        for process in self.processes.values():
            process.start()
        self.wait_ready(timeout_s)

    def wait_ready(self, timeout_s: float = 120) -> None:
        """Wait until every part says it is ready."""
        for process in self.processes.values():
            until(process.ready, timeout_s, f"{process.name} did not get ready: {process.tail()}")

    def kill(self, name: str) -> None:
        """SIGKILL one part and start it again at once."""
        process = self.processes[name]
        process.end(signal.SIGKILL)
        process.start()

    def stop(self) -> None:
        """Ask every part to stop, insist after a minute."""
        running = [process for process in self.processes.values() if process.popen and process.popen.poll() is None]
        for process in running:
            assert process.popen is not None
            process.popen.send_signal(signal.SIGTERM)
        for process in running:
            assert process.popen is not None
            try:
                process.popen.wait(60)
            except subprocess.TimeoutExpired:
                process.popen.kill()
                process.popen.wait(10)


def build(home: Path, environment: Mapping[str, str], workers: tuple[tuple[str, ...], ...]) -> System:
    """Put a system together: gateway, mail connector, and one process for each tuple of workers."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("INTAKE_")}
    common = inherited | KEYS | {"INTAKE_HOME": str(home)} | dict(environment)
    logs = home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    system = System()
    port = free_port()
    system.url = f"http://127.0.0.1:{port}"
    system.processes["gateway"] = Process(
        "gateway", ("gateway",), common | {"INTAKE_GATEWAY__PORT": str(port)}, system.url, logs / "gateway.log"
    )
    commands = {"imap": ("connector", "imap")} | {"+".join(names): ("worker", *names) for names in workers}
    for name, arguments in commands.items():
        health = free_port()
        system.processes[name] = Process(
            name,
            arguments,
            common | {"INTAKE_WORKER__HEALTH_PORT": str(health)},
            f"http://127.0.0.1:{health}",
            logs / f"{name}.log",
        )
    return system
