"""Processes that are measured: started in a session of their own, sampled with psutil, ended with SIGTERM."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
_MB = 1024 * 1024


class Measured:
    """One process with everything below it. Its stdout is kept for the end, its stderr for when it fails."""

    def __init__(self, name: str, command: Iterable[str], environment: dict[str, str] | None = None) -> None:
        self.name = name
        self._asked = False
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._popen = subprocess.Popen(
            list(command), cwd=ROOT, env=environment, stdout=self._out, stderr=self._err, start_new_session=True
        )
        self._process = psutil.Process(self._popen.pid)

    @classmethod
    def contender(cls, name: str, module: str, *arguments: str) -> "Measured":
        """Start a contender of this package with the Python that runs us."""
        return cls(name, [sys.executable, "-m", f"tests.bench.contenders.{module}", *arguments])

    @classmethod
    def peer(cls, name: str, script: str, *arguments: str) -> "Measured":
        """Start a framework's copy with the Python of its own environment. Raises `FileNotFoundError` without it."""
        python = ROOT / ".venv-peers" / "bin" / "python"
        if not python.exists():
            raise FileNotFoundError(f"{python}: `make bench` installs the frameworks there")
        return cls(name, [str(python), str(ROOT / "tests" / "bench" / "peers" / f"{script}.py"), *arguments])

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    def check(self) -> None:
        """Raise `RuntimeError` with the end of its stderr if it has ended by itself."""
        if self._popen.poll() is not None:
            raise RuntimeError(f"{self.name} ended by itself: {self.said()}")

    def said(self) -> str:
        """The end of its stderr so far."""
        return _tail(self._err)

    def cpu_s(self) -> float:
        """Processor seconds so far, user and system, children included."""
        return cpu_s([self.pid])

    def memory_mb(self) -> float:
        """Resident memory now, children included."""
        return memory_mb([self.pid])

    def finish(self, timeout_s: float) -> Any:
        """Wait for its own end; returns what `end` returns."""
        self._popen.wait(timeout_s)
        return self.end()

    def ask_to_end(self) -> None:
        """Tell it to stop, without waiting."""
        if not self._asked and self._popen.poll() is None:
            self._asked = True
            self._popen.send_signal(signal.SIGTERM)

    def end(self, timeout_s: float = 90) -> Any:
        """Tell it to stop and wait; returns the JSON it wrote to stdout, None when it wrote none."""
        self.ask_to_end()
        try:
            self._popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait(10)
        self._out.seek(0)
        told = self._out.read()
        self._out.close()
        self._err.close()
        try:
            return json.loads(told) if told else None
        except ValueError:
            return None


def cpu_s(pids: Iterable[int]) -> float:
    """Processor seconds of processes and their living children, of ended children as far as they were waited for."""
    total = 0.0
    for process in _trees(pids):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mb(pids: Iterable[int]) -> float:
    """Resident memory of processes and their children; pages they share count for each."""
    total = 0
    for process in _trees(pids):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / _MB


def _trees(pids: Iterable[int]) -> Iterable[psutil.Process]:
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            yield process
            yield from process.children(recursive=True)


def _tail(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode(errors="replace")[-2000:])
