"""How a row was before: rates over the last minute, 24 hours a minute each in a fixed space, and the trend of them."""

from array import array
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import isnan, nan

from operations.lag.rows import BoardRow, Point, Trend

KEPT_MINUTES = 24 * 60
_RATE_OVER_S = 60.0
_RATE_AFTER_S = 5.0
_TREND_OVER = timedelta(minutes=15)
_TREND_AFTER = timedelta(minutes=3)
_TREND_RECORDS, _TREND_SHARE = 5, 0.1
"""Less than both of these is no trend."""


class Rates:
    """Records that came and went, a second, over the last minute."""

    def __init__(self) -> None:
        self._marks: deque[tuple[datetime, float, float]] = deque()

    def add(self, at: datetime, arrived: float, done: float) -> None:
        """Take what one look saw since the look before."""
        _, came, went = self._marks[-1] if self._marks else (at, 0.0, 0.0)
        if not self._marks:
            arrived = done = 0.0  # since when is not known
        self._marks.append((at, came + arrived, went + done))
        while (at - self._marks[0][0]).total_seconds() > _RATE_OVER_S:
            self._marks.popleft()

    def per_s(self) -> tuple[float | None, float | None]:
        """In and out; None for both within the first 5 s."""
        if not self._marks:
            return None, None
        (since, came, went), (at, came_now, went_now) = self._marks[0], self._marks[-1]
        over_s = (at - since).total_seconds()
        if over_s < _RATE_AFTER_S:
            return None, None
        return max(0.0, came_now - came) / over_s, max(0.0, went_now - went) / over_s


class History:
    """The last 24 hours of a row, about 58 KB when full."""

    def __init__(self) -> None:
        self._columns = tuple(array("d") for _ in range(5))

    def add(self, at: datetime, row: BoardRow) -> None:
        """Take the row as it is; only the first of each minute is kept."""
        minute = at.replace(second=0, microsecond=0).timestamp()
        times = self._columns[0]
        if times and minute <= times[-1]:
            return
        values = (minute, row.waiting, row.oldest_s, row.in_per_s, row.out_per_s)
        for column, value in zip(self._columns, values, strict=True):
            column.append(nan if value is None else value)
            if len(column) > KEPT_MINUTES:
                del column[0]

    def points(self) -> Iterator[Point]:
        """The oldest first."""
        for minute, waiting, oldest_s, in_per_s, out_per_s in zip(*self._columns, strict=True):
            yield Point(
                datetime.fromtimestamp(minute, UTC),
                None if isnan(waiting) else int(waiting),
                _known(oldest_s),
                _known(in_per_s),
                _known(out_per_s),
            )

    def trend(self, at: datetime, waiting: int | None) -> Trend | None:
        """How what waits now compares with 15 minutes ago; None before 3 minutes are known."""
        before = self._waiting_since((at - _TREND_OVER).timestamp())
        if waiting is None or before is None or at.timestamp() - before[0] < _TREND_AFTER.total_seconds():
            return None
        change = waiting - before[1]
        if abs(change) <= max(_TREND_RECORDS, _TREND_SHARE * max(waiting, before[1])):
            return Trend.STEADY
        return Trend.RISING if change > 0 else Trend.FALLING

    def _waiting_since(self, moment: float) -> tuple[float, float] | None:
        times, waiting = self._columns[:2]
        found = [(time, value) for time, value in zip(times[-16:], waiting[-16:], strict=True) if time >= moment]
        return next(((time, value) for time, value in found if not isnan(value)), None)


def _known(value: float) -> float | None:
    return None if isnan(value) else value
