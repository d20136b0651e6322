"""Everything a piece of code says: log lines of both kinds, and what it prints."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from structlog.testing import capture_logs


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


@contextmanager
def everything_said() -> Iterator[list[str]]:
    """Give a list that is complete when the block has ended."""
    lines: list[str] = []
    handler, printed = _Lines(lines), StringIO()
    logging.getLogger().addHandler(handler)
    try:
        with capture_logs() as entries, redirect_stdout(printed), redirect_stderr(printed):
            yield lines
    finally:
        logging.getLogger().removeHandler(handler)
    lines += [*map(str, entries), printed.getvalue()]
