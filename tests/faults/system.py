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
import psutil

from infra.failpoints import LOG_VARIABLE, VARIABLE
from workers.pipeline import names, process_of

INTAKE = str(Path(sys.executable).parent / "intake")
IMAP = ("imap",)
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


def until(condition: Callable[[], bool], timeout_s: float, what: str | Callable[[], str]) -> None:
    """Wait for a condition of another process, or fail with `what`."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, what if isinstance(what, str) else what()
        time.sleep(0.05)


@dataclass
class Process:
    """One part of the product in a process of its own."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    health: str
    log: Path
    popen: subprocess.Popen[bytes] | None = None
    kills: int = 0
    """How often it was killed or has killed itself at a fail point."""
    _read: int = 0

    def start(self, failpoints: str = "") -> None:
        """Start it, to break at these fail points; does not wait."""
        self._read = len(self._failpoints())
        armed = {VARIABLE: failpoints, LOG_VARIABLE: str(self.log.with_suffix(".failpoints"))} if failpoints else {}
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [INTAKE, *self.arguments],
                env={**self.environment, **armed},
                stdout=log,
                stderr=log,
                start_new_session=True,
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
        self.kills += sign is signal.SIGKILL
        self.popen.send_signal(sign)
        return self.popen.wait(60)

    def send(self, sign: signal.Signals) -> None:
        """Send a signal that does not end it."""
        assert self.popen is not None
        self.popen.send_signal(sign)

    def fired(self, failpoint: str) -> bool:
        """Whether it has got to this fail point since it was started."""
        return failpoint in self._failpoints()[self._read :]

    def frozen_at(self, failpoint: str) -> bool:
        """Whether it has stopped itself at this fail point and does nothing any more."""
        assert self.popen is not None
        return self.fired(failpoint) and psutil.Process(self.popen.pid).status() == psutil.STATUS_STOPPED

    def died_at(self, failpoint: str) -> bool:
        """Whether it has killed itself at this fail point; fails when it ended in another way."""
        assert self.popen is not None
        if self.popen.poll() is None:
            return False
        assert self.popen.returncode == -signal.SIGKILL, f"{self.name} ended: {self.tail()}"
        assert self.fired(failpoint), f"{self.name} did not die at {failpoint}: {self.tail()}"
        self.kills += 1
        return True

    def tail(self) -> str:
        """The last lines of its log."""
        return self.log.read_text(errors="replace")[-3000:]

    def _failpoints(self) -> list[str]:
        """Every fail point that any process of this part has got to."""
        file = self.log.with_suffix(".failpoints")
        return file.read_text().split() if file.exists() else []


@dataclass
class System:
    """All parts together."""

    home: Path
    environment: Mapping[str, str]
    processes: dict[str, Process] = field(default_factory=dict)
    url: str = ""

    def start(self, timeout_s: float = 180) -> None:
        """Start every part and wait until all are ready."""
        for process in self.processes.values():
            process.start()
        self.wait_ready(timeout_s)

    def wait_ready(self, timeout_s: float = 180) -> None:
        """Wait until every part says it is ready."""
        for process in self.processes.values():
            until(process.ready, timeout_s, lambda one=process: f"{one.name} did not get ready: {one.tail()}")  # type: ignore[misc]

    def kill(self, name: str, failpoints: str = "") -> None:
        """SIGKILL one part and start it again at once, to break at these fail points."""
        process = self.processes[name]
        process.end(signal.SIGKILL)
        process.start(failpoints)

    def of(self, name: str) -> Process:
        """The process that a gateway, connector, stage or service runs in; the first one if there are several."""
        return next(one for one in self.processes.values() if name in (one.name, *one.arguments))

    def kills(self, stage: str) -> int:
        """How often a process of this stage died a sudden death."""
        return sum(process.kills for process in self.processes.values() if stage in process.arguments)

    def worker(self, name: str, *stages: str) -> Process:
        """Put a process of these stages beside the others, not started."""
        return self._add(name, ("worker", *stages), "INTAKE_WORKER__HEALTH_PORT", {})

    def gateway(self, name: str, more: Mapping[str, str] | None = None) -> Process:
        """Put a gateway with a spool of its own beside the others, not started."""
        spool = {"INTAKE_SPOOL__FOLDER": str(self.home / f"spool of {name}")}
        return self._add(name, ("gateway",), "INTAKE_GATEWAY__PORT", spool | dict(more or {}))

    def mailboxes(self, name: str) -> Process:
        """Put the mail connector beside the others, not started."""
        return self.connector(name, "imap")

    def connector(self, name: str, kind: str | None = None) -> Process:
        """Put a connector beside the others, not started; its kind is its name unless said."""
        return self._add(name, ("connector", kind or name), "INTAKE_WORKER__HEALTH_PORT", {})

    def remove(self, name: str) -> None:
        """End a part for good, as operators would."""
        process = self.processes.pop(name)
        assert process.end(signal.SIGTERM) == 0, f"{name} did not end well: {process.tail()}"

    def stop(self) -> None:
        """Ask every part to stop, insist after a minute."""
        running = [one.popen for one in self.processes.values() if one.popen and one.popen.poll() is None]
        for one in running:
            one.send_signal(signal.SIGTERM)
            one.send_signal(signal.SIGCONT)
        for one in running:
            try:
                one.wait(60)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait(10)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the product as an operator would, and wait for its end."""
        return subprocess.run(
            [INTAKE, *arguments], env=dict(self.environment), capture_output=True, text=True, timeout=900, check=False
        )

    def _add(self, name: str, arguments: tuple[str, ...], port: str, more: Mapping[str, str]) -> Process:
        number, logs = free_port(), self.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        environment = {**self.environment, **more, port: str(number)}
        process = Process(name, arguments, environment, f"http://127.0.0.1:{number}", logs / f"{name}.log")
        self.processes[name] = process
        return process


EVERY_ONE = tuple((name,) for name in names() if name not in {part for one in names() for part in process_of(one)[1:]})
"""A process for each stage and service, but for those that always work beside another one."""


def sharing(*alone: str) -> tuple[tuple[str, ...], ...]:
    """A process for each of these, and one that all others share."""
    return (tuple(name for (name,) in EVERY_ONE if name not in alone), *((name,) for name in alone))


def build(
    home: Path, environment: Mapping[str, str], workers: tuple[tuple[str, ...], ...], connectors: tuple[str, ...] = IMAP
) -> System:
    """Put a system together: gateway, connectors that ask, and one process for each tuple of workers."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("INTAKE_")}
    system = System(home, inherited | KEYS | {"INTAKE_HOME": str(home)} | dict(environment))
    system.url = system.gateway("gateway").health
    for name in connectors:
        system.connector(name)
    for stages in workers:
        system.worker("+".join(stages), *stages)
    return system
