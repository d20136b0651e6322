"""Telling a person what goes on: a bar on a terminal, plain lines elsewhere, always on stderr."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

Report = Callable[[str], None]
"""Receives one line for a person; called by one thread at a time."""

Advance = Callable[[int], None]
"""Told how many more bytes have arrived (negative when an attempt starts over)."""


def silent(_line: str) -> None:
    """Report to nobody."""


def one_at_a_time(report: Report) -> Report:
    """Let several threads share `report`."""
    turn = threading.Lock()

    def serialised(line: str) -> None:
        with turn:
            report(line)

    return serialised


@contextmanager
def transfer(what: str, total_bytes: int, report: Report) -> Iterator[Advance]:
    """Show a download of `total_bytes`: a bar if stderr is a terminal, else a line at start, each quarter and end."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=total_bytes)
            yield lambda size_bytes: bar.advance(task, size_bytes)
    else:
        report(f"{what}, {total_bytes / 1e6:.0f} MB")
        yield _quarters(total_bytes, report)


def _quarters(total_bytes: int, report: Report) -> Advance:
    arrived = told = 0
    turn = threading.Lock()

    def advance(size_bytes: int) -> None:
        nonlocal arrived, told
        with turn:
            arrived += size_bytes
            quarter = 4 * arrived // total_bytes
            if quarter > told:
                told = quarter
                report(f"{25 * quarter} % of {total_bytes / 1e6:.0f} MB")

    return advance
