"""The working calendar, and the legal clocks of referrals that are counted by it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest

from schemas.calendar import WorkingCalendar, china_calendar
from schemas.policy import load_pack
from schemas.policy.clocks import deadlines
from schemas.records import Clock

CALENDAR = china_calendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = load_pack(None).clocks


def clocks(kind: str, received: str, written_due: datetime | None = None) -> dict[str, Clock]:
    """The clocks of a referral received at a local time."""
    received_at = datetime.fromisoformat(received).replace(tzinfo=SHANGHAI)
    found = deadlines(RULES, kind, received_at, written_due=written_due)
    return {clock.clock: clock for clock in found}


def local(moment: datetime) -> str:
    """A time as a clock in Shanghai shows it."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_table_agrees_with_the_package_it_was_seeded_from(year: int) -> None:
    first = date(year, 1, 1)
    days = [first + timedelta(days=index) for index in range(365 + (year == 2024))]

    assert [CALENDAR.is_working_day(day) for day in days] == [chinese_calendar.is_workday(day) for day in days]


def test_every_year_says_where_it_comes_from_and_whether_it_may_change() -> None:
    assert all(year.source for year in CALENDAR.years.values())
    assert [number for number, year in CALENDAR.years.items() if year.provisional] == [2027]
    assert all(year.provisional == (year.published_at is None) for year in CALENDAR.years.values())


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 9, 20), True),
        (date(2026, 10, 10), True),
        (date(2026, 10, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 9, 25), False),
        (date(2027, 2, 5), False),
        (date(2027, 1, 4), True),
        (date(2031, 1, 1), True),
    ],
)
def test_make_up_days_work_and_holidays_do_not(day: date, working: bool) -> None:
    assert CALENDAR.is_working_day(day) is working


def test_the_first_day_does_not_count() -> None:
    assert CALENDAR.add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 23)
    assert CALENDAR.add_working_days(date(2026, 11, 20), 0) == date(2026, 11, 20)
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_working_days(date(2026, 11, 20), -1)


def test_a_day_ends_at_midnight_in_shanghai_whatever_the_zone_of_the_receipt() -> None:
    due = CALENDAR.end_after_working_days(datetime(2026, 11, 19, 17, 0, tzinfo=UTC), 1, "rule")

    assert local(due.at) == "2026-11-24 00:00"
    assert (due.provisional, due.rule) == (False, "rule")


def test_days_that_end_on_a_day_off_end_with_the_next_working_day() -> None:
    due = CALENDAR.end_after_days(datetime(2026, 9, 30, 10, 0, tzinfo=SHANGHAI), 3)

    assert local(due.at) == "2026-10-09 00:00"


def test_a_year_that_is_not_in_the_table_is_provisional() -> None:
    empty = WorkingCalendar({})

    assert empty.end_after_days(datetime(2030, 1, 1, tzinfo=UTC), 1).provisional


@pytest.mark.parametrize(
    ("received", "mediation_end", "rule"),
    [
        ("2026-04-14T23:59", "2026-06-19 00:00", "legal.mediation_end_until_2026_04_14"),
        ("2026-04-15T00:00", "2026-06-16 00:00", "legal.mediation_end"),
    ],
)
def test_the_law_of_the_day_of_receipt_counts(received: str, mediation_end: str, rule: str) -> None:
    found = clocks("complaint", received)["mediation-end"]

    assert (local(found.due_at), found.rule_id, found.info) == (mediation_end, rule, True)


@pytest.mark.parametrize(
    ("received", "reply", "acceptance"),
    [
        ("2026-09-18T16:00", "2026-10-10 00:00", "2026-09-30 00:00"),
        ("2026-09-30T09:00", "2026-10-21 00:00", "2026-10-16 00:00"),
        ("2026-10-01T09:00", "2026-10-21 00:00", "2026-10-16 00:00"),
    ],
)
def test_clocks_around_the_national_holiday(received: str, reply: str, acceptance: str) -> None:
    found = clocks("complaint", received)

    assert local(found["referral-reply"].due_at) == reply
    assert local(found["acceptance"].due_at) == acceptance
    assert not found["referral-reply"].provisional


def test_a_clock_over_new_year_2027_is_provisional() -> None:
    found = clocks("complaint", "2026-12-25T09:00")

    assert (local(found["referral-reply"].due_at), found["referral-reply"].provisional) == ("2027-01-12 00:00", True)


def test_a_clock_that_ends_in_2026_is_final() -> None:
    assert not clocks("complaint", "2026-12-15T09:00")["referral-reply"].provisional


def test_a_written_date_wins_and_both_are_kept() -> None:
    written = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    found = clocks("complaint", "2026-11-20T09:00", written)

    assert (found["referral-reply"].due_at, found["referral-reply"].rule_id) == (written, "legal.written_due")
    assert local(found["legal-reply"].due_at) == "2026-12-05 00:00"


def test_a_hearing_is_a_clock_of_its_own() -> None:
    hearing = datetime(2026, 12, 3, 6, 30, tzinfo=UTC)

    found = deadlines(RULES, "mediation_notice", datetime(2026, 11, 20, tzinfo=UTC), hearing_at=hearing)

    assert hearing in [clock.due_at for clock in found if clock.clock == "mediation-hearing"]


def test_a_report_without_a_written_date_starts_no_legal_clock_of_ours() -> None:
    assert clocks("report", "2026-11-20T09:00") == {}
