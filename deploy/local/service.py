"""What every service of the embedded platform has in common: start, wait until it answers, stop, kill."""

import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import psutil

from deploy.local import processes
from deploy.local.files import tail
from deploy.local.ports import KeptPorts
from deploy.local.processes import Launch
from deploy.local.progress import Report
from deploy.local.status import Address, Part
from deploy.local.waiting import NotReady, wait_until
from schemas.errors import Unreachable

Ports = Mapping[str, int]
"""Port by name, all on 127.0.0.1."""


class Service(ABC):
    """One service below `home`. Subclasses say how to prepare, start and ask it; the life cycle is here.

    The caller holds the platform's lock while it calls `start`, `stop` or `kill`.
    """

    part: ClassVar[Part]
    port_names: ClassVar[tuple[str, ...]]
    marker_option: ClassVar[str] = "-D"  # how this program takes a name=value it does not know
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    ready_within_s: ClassVar[float] = 90
    stopped_within_s: ClassVar[float] = 20

    def __init__(self, home: Path, abandon: threading.Event) -> None:
        self.home = home
        self.marker = f"{self.marker_option}intake.platform={home / self.part.value}"
        self.log = home / "logs" / f"{self.part.value}.log"
        self._pid_file = home / "run" / f"{self.part.value}.pid.json"
        self._ports = KeptPorts(home / "run" / f"{self.part.value}.ports.json", self.port_names)
        self._abandon = abandon

    @abstractmethod
    def prepare(self, ports: Ports, report: Report) -> Launch:
        """Write configuration, initialise data at the first start, mend what a crash left; then say how to start."""

    @abstractmethod
    def ask(self, ports: Ports) -> None:
        """Return if the service answers a real request, else raise NotReady or the error of the attempt."""

    @abstractmethod
    def address(self, ports: Ports) -> Address:
        """Return what clients need to connect."""

    def running(self) -> psutil.Process | None:
        """Return the process if it runs, whoever started it."""
        return processes.find(self._pid_file, self.marker)

    def where(self) -> Address | None:
        """Return the address if the service runs."""
        ports = self._ports.read()
        return self.address(ports) if ports is not None and self.running() is not None else None

    def start(self, report: Report) -> None:
        """Make it run and answer; a process left by an earlier run is adopted. Unreachable with the log's tail."""
        process, ports = self.running(), self._ports.read()
        if process is not None and ports is not None:
            report(f"{self.part.value}: already running")
        else:
            self.stop()
            ports = self._ports.claim(self._moved(report))
            plan = self.prepare(ports, report)
            _set_aside(self.log)
            process = processes.launch(plan, self._pid_file)
        self._wait(process, ports)
        report(f"{self.part.value}: ready")

    def stop(self) -> None:
        """End it and everything it started; nothing happens if it does not run."""
        self._end(self.stop_signal, self.stopped_within_s)

    def kill(self) -> None:
        """End it without warning (SIGKILL), as a crash would; its data stays as it is."""
        self._end(signal.SIGKILL, 10)

    def _end(self, how: signal.Signals, grace_s: float) -> None:
        while (process := self.running()) is not None:
            processes.end(process, how, grace_s)
        self._pid_file.unlink(missing_ok=True)

    def _wait(self, process: psutil.Process, ports: Ports) -> None:
        def still_there() -> bool:
            return processes.is_alive(process)

        try:
            wait_until(lambda: self.ask(ports), self.ready_within_s, still_there, self._abandon)
        except NotReady as error:
            raise Unreachable(self._failure(process, error)) from error

    def _failure(self, process: psutil.Process, why: Exception) -> str:
        if self._abandon.is_set():
            return f"{self.part.value}: the start was interrupted"
        if processes.is_alive(process):
            what = f"does not answer within {self.ready_within_s:.0f} s ({why})"
        else:
            what = "ended while starting"
        return f"{self.part.value} {what}. Its log {self.log} ends with:\n{tail(self.log)}"

    def _moved(self, report: Report) -> "_Moved":
        return _Moved(self.part, report)


class _Moved:
    def __init__(self, part: Part, report: Report) -> None:
        self._part, self._report = part, report

    def __call__(self, name: str, old: int, new: int) -> None:
        self._report(f"{self._part.value}: port {old} ({name}) is taken by another program, {new} is used now")


def _set_aside(log: Path) -> None:
    """Keep the log of the run before as ``.1``, so that logs do not grow for ever."""
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
