"""The Chinese working calendar: holidays and make-up working days as data, and how legal time is counted by it."""

from schemas.calendar.working import Due, WorkingCalendar, china_calendar

__all__ = ["Due", "WorkingCalendar", "china_calendar"]
