"""Processes that outlive us: start them detached, find them again, end them, and never touch a stranger.

A process is ours when its command line carries our marker (the data folder). A pid file remembers pid and
start time as a short cut; without it, or when the pid was reused, the process list is searched for the marker.
"""

import atexit
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.local.files import write_private

_SAME_START_S = 2.0  # psutil derives the start time from the boot time, which clock corrections move a little

_children: dict[int, "subprocess.Popen[bytes]"] = {}


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a process in `folder`; `user` and `group` are None to run as ourselves.

    One of the arguments must be the marker the process is found by.
    """

    arguments: Sequence[str]
    log: Path
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: int | None = None
    group: int | None = None


@atexit.register
def _let_go() -> None:
    """Tell Popen not to warn of children that outlive us: that is their purpose."""
    for child in _children.values():
        child.returncode = child.returncode or 0


def launch(plan: Launch, pid_file: Path) -> psutil.Process:
    """Start `plan` in a session of its own (Ctrl-C in our terminal does not reach it), output appended to its log."""
    plan.log.parent.mkdir(parents=True, exist_ok=True)
    with plan.log.open("ab") as log:
        child = subprocess.Popen(  # noqa: S603 - a fixed command line of our own, no shell
            plan.arguments,
            cwd=plan.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **plan.environment},
            user=plan.user,
            group=plan.group,
            extra_groups=None if plan.user is None else [],
        )
    _children[child.pid] = child
    process = psutil.Process(child.pid)
    note(process, pid_file)
    return process


def note(process: psutil.Process, pid_file: Path) -> None:
    """Remember a process by pid and start time (Unix seconds)."""
    write_private(pid_file, json.dumps({"pid": process.pid, "started_s": process.create_time()}))


def recall(pid_file: Path) -> psutil.Process | None:
    """Return the noted process, ``None`` if it is gone or its pid now belongs to another."""
    try:
        noted = json.loads(pid_file.read_bytes())
        process = psutil.Process(noted["pid"])
        return process if abs(process.create_time() - noted["started_s"]) < _SAME_START_S else None
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def find(pid_file: Path, marker: str) -> psutil.Process | None:
    """Return the living process with this marker, also when an earlier run was killed before it wrote its pid."""
    remembered = recall(pid_file)
    if remembered is not None and _is_ours(remembered, marker):
        return remembered
    for process in psutil.process_iter(["cmdline"]):
        if marker in (process.info["cmdline"] or ()) and _is_ours(process, marker):
            return process
    return None


def is_alive(process: psutil.Process) -> bool:
    """Tell whether the process still runs; an ended child of ours is reaped."""
    child = _children.get(process.pid)
    if child is not None and child.poll() is not None:
        del _children[process.pid]
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(process: psutil.Process, polite: signal.Signals, grace_s: float) -> None:
    """Send `polite` (SIGKILL asks nobody), wait `grace_s`, then SIGKILL it and whatever it left behind."""
    family = _descendants(process)
    with suppress(psutil.NoSuchProcess):
        process.send_signal(polite)
    _, alive = psutil.wait_procs([process, *family], timeout=grace_s)
    for survivor in alive:
        with suppress(psutil.NoSuchProcess):
            survivor.kill()
    psutil.wait_procs(alive, timeout=10)
    is_alive(process)


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _is_ours(process: psutil.Process, marker: str) -> bool:
    try:
        return is_alive(process) and marker in process.cmdline()
    except psutil.Error:
        return False
