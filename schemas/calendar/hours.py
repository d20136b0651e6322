"""Working hours: a span of office time counted over working days, the hours of the night and of days off left out."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.calendar.working import ZONE, WorkingCalendar, china_calendar

OPENS, CLOSES = time(9), time(18)


def add_working_hours(
    start: datetime,
    hours: float,
    opens: time = OPENS,
    closes: time = CLOSES,
    zone: ZoneInfo = ZONE,
    calendar: WorkingCalendar | None = None,
) -> datetime:
    """Return when so many office hours after `start` have passed, in UTC. Midday counts: desks change shifts.

    Raises ValueError unless offices open before they close.
    """
    if not opens < closes:
        raise ValueError("offices open before they close")
    working = calendar or china_calendar()
    left, moment = timedelta(hours=hours), start.astimezone(zone)
    while True:
        day = moment.date()
        if working.is_working_day(day):
            begin = max(moment, datetime.combine(day, opens, zone))
            rest = datetime.combine(day, closes, zone) - begin
            if left <= rest:
                return (begin + left).astimezone(UTC)
            left -= max(rest, timedelta())
        moment = datetime.combine(day + timedelta(days=1), time(0), zone)
