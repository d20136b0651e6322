"""The log lines of a client library while its server is away: each kind once in a while, not hundreds a second."""

import logging
import time

_EVERY_S = 10.0


class Seldom(logging.Filter):
    """Lets the same message of the same logger through once in `every_s` seconds, whatever its arguments."""

    def __init__(self, every_s: float = _EVERY_S) -> None:
        super().__init__()
        self._every_s = every_s
        self._last: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        kind = (record.name, str(record.msg))
        now = time.monotonic()
        if now - self._last.get(kind, -self._every_s) < self._every_s:
            return False
        self._last[kind] = now
        return True


def quieten(library: str) -> None:
    """Limit every logger the library has now. A filter on a parent does not see the lines of its children."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        known = isinstance(logger, logging.Logger) and any(isinstance(one, Seldom) for one in logger.filters)
        if name.partition(".")[0] == library and isinstance(logger, logging.Logger) and not known:
            logger.addFilter(Seldom())
