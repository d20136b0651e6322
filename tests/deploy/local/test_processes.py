"""Finding our own processes again and never touching a stranger."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import processes
from deploy.local.processes import Launch


@pytest.fixture
def marker(tmp_path: Path) -> str:
    return f"intake.platform={tmp_path}"


@pytest.fixture
def child(tmp_path: Path, marker: str) -> Iterator[psutil.Process]:
    """A process that waits for a signal, started as a service would be."""
    arguments = [sys.executable, "-c", "import signal; signal.pause()", marker]
    process = processes.launch(Launch(arguments, tmp_path / "log", tmp_path), tmp_path / "pid.json")
    yield process
    if processes.is_alive(process):
        processes.end(process, signal.SIGKILL, 10)


def test_a_process_is_found_by_its_pid_file(tmp_path: Path, marker: str, child: psutil.Process) -> None:
    assert processes.find(tmp_path / "pid.json", marker) == child


def test_it_runs_in_a_session_of_its_own(child: psutil.Process) -> None:
    assert os.getsid(child.pid) == child.pid


def test_a_process_whose_starter_died_before_writing_its_pid_is_found(
    tmp_path: Path, marker: str, child: psutil.Process
) -> None:
    (tmp_path / "pid.json").unlink()

    assert processes.find(tmp_path / "pid.json", marker) == child


def test_a_reused_pid_is_not_ours(tmp_path: Path, marker: str) -> None:
    stranger = psutil.Process()  # our own test runner: alive, and certainly not a service
    file = tmp_path / "pid.json"

    processes.note(stranger, file)
    assert processes.find(file, marker) is None  # the pid and the start time fit, the command line does not

    file.write_text(json.dumps({"pid": stranger.pid, "started_s": stranger.create_time() - 60}), encoding="utf-8")
    assert processes.recall(file) is None


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": "x", "started_s": 1}', '{"pid": 1}'])
def test_a_damaged_pid_file_is_nobody(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid.json").write_text(content, encoding="utf-8")

    assert processes.recall(tmp_path / "pid.json") is None


def test_an_ended_process_is_gone_and_leaves_no_zombie(tmp_path: Path, marker: str, child: psutil.Process) -> None:
    processes.end(child, signal.SIGTERM, 10)

    assert processes.find(tmp_path / "pid.json", marker) is None
    assert not psutil.pid_exists(child.pid)


def test_a_process_that_ignores_the_polite_signal_is_killed(tmp_path: Path, marker: str) -> None:
    stubborn = (
        f"import signal; signal.signal({signal.SIGTERM.value}, signal.SIG_IGN); print(flush=True); signal.pause()"
    )
    plan = Launch([sys.executable, "-c", stubborn, marker], tmp_path / "log", tmp_path)
    process = processes.launch(plan, tmp_path / "pid.json")

    processes.end(process, signal.SIGTERM, 0.01)

    assert not processes.is_alive(process)
