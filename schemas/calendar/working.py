"""Working days of mainland China from a dated table; a year without a published calendar gives provisional dates.

Counting (facts 4.5): the first day does not count, a day ends at 24:00 in Asia/Shanghai. A period in calendar days that
ends on a day off ends with the next working day (practice of time limits; legal basis unsure).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_TABLE = Path(__file__).with_name("china.json")
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """The end of a period; `provisional` while the calendar of a year in it is not published; `rule` says why."""

    at: datetime
    provisional: bool
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Year:
    """One year of the table. `published_at` is when the State Council's notice came out, None while there is none."""

    source: str
    published_at: str | None
    provisional: bool
    days_off: frozenset[date]
    working_weekends: frozenset[date]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Counts working days; a year that is not in the table has weekends only and is provisional."""

    years: Mapping[int, Year]

    @classmethod
    def read(cls, path: Path = _TABLE) -> "WorkingCalendar":
        """Read a table."""
        given = json.loads(path.read_text(encoding="utf-8"))["years"]
        return cls({int(year): _year(one) for year, one in given.items()})

    def is_working_day(self, day: date) -> bool:
        """Whether offices work: make-up Saturdays and Sundays too."""
        year = self.years.get(day.year)
        if year is None or (day not in year.days_off and day not in year.working_weekends):
            return day.weekday() < _SATURDAY
        return day in year.working_weekends

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether a year between two days has no published calendar."""
        years = (self.years.get(number) for number in range(first.year, last.year + 1))
        return any(year is None or year.provisional for year in years)

    def add_working_days(self, start: date, count: int) -> date:
        """The last of `count` working days after `start`, which does not count itself; 0 is `start`.

        Raises ValueError for a negative count, OverflowError behind the last day there is.
        """
        if count < 0:
            raise ValueError("working days are counted forwards")
        day = start
        while count:
            day += _DAY
            count -= self.is_working_day(day)
        return day

    def next_working_day(self, day: date) -> date:
        """The day itself when offices work on it, else the first one after it that they do."""
        while not self.is_working_day(day):
            day += _DAY
        return day

    def end_after_working_days(self, start: datetime, count: int, rule: str = "") -> Due:
        """24:00 of the last of `count` working days after the day of `start` in Shanghai."""
        first = start.astimezone(ZONE).date()
        return self._end(first, self.add_working_days(first, count), rule)

    def end_after_days(self, start: datetime, count: int, rule: str = "") -> Due:
        """24:00 of the last of `count` days after the day of `start`, or of the next working day."""
        first = start.astimezone(ZONE).date()
        return self._end(first, self.next_working_day(first + count * _DAY), rule)

    def _end(self, first: date, last: date, rule: str) -> Due:
        midnight = datetime.combine(last + _DAY, time(0), ZONE).astimezone(UTC)
        return Due(midnight, self.is_provisional(first, last), rule)


def _year(given: Mapping[str, object]) -> Year:
    def days(name: str) -> frozenset[date]:
        listed = given[name]
        return frozenset(date.fromisoformat(str(one)) for one in listed) if isinstance(listed, list) else frozenset()

    published = given["published_at"]
    return Year(
        source=str(given["source"]),
        published_at=None if published is None else str(published),
        provisional=bool(given["provisional"]),
        days_off=days("days_off"),
        working_weekends=days("working_weekends"),
    )


@cache
def china_calendar() -> WorkingCalendar:
    """The calendar that ships with the product."""
    return WorkingCalendar.read()
