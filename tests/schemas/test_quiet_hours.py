"""Quiet hours: at the minute they begin and end, over midnight and not, never beyond hour 20."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.settings import AnsweringSettings, QuietHours

TEN_PM = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
"""22:00 in Shanghai."""
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SETTINGS = AnsweringSettings()


@pytest.mark.parametrize(
    ("now", "waits"),
    [(TEN_PM - SECOND, False), (TEN_PM, True), (TEN_PM + 10 * HOUR - SECOND, True), (TEN_PM + 10 * HOUR, False)],
)
def test_the_night_is_from_ten_to_eight(now: datetime, waits: bool) -> None:
    assert SETTINGS.not_before("phone", now, now) == (TEN_PM + 10 * HOUR if waits else now)


def test_a_mail_wakes_nobody() -> None:
    assert SETTINGS.not_before("email", TEN_PM, TEN_PM) == TEN_PM


@pytest.mark.parametrize(("age", "waits"), [(0 * HOUR, False), (48 * HOUR - SECOND, False), (48 * HOUR, True)])
def test_an_answer_within_a_chat_is_none_of_the_nights_business(age: timedelta, waits: bool) -> None:
    patient = AnsweringSettings(latest=timedelta(days=9))

    assert (patient.not_before("wechat", TEN_PM, TEN_PM - age) > TEN_PM) is waits


def test_hours_may_lie_within_a_day() -> None:
    noon = AnsweringSettings(quiet={"phone": QuietHours(begin=time(12), end=time(14))})
    at = TEN_PM - 10 * HOUR

    assert noon.not_before("phone", at, at) == at + 2 * HOUR
    assert noon.not_before("phone", at + 2 * HOUR, at) == at + 2 * HOUR


@given(st.integers(0, 3 * 86_400), st.integers(0, 2 * 86_400))
def test_a_message_never_waits_beyond_hour_20_nor_into_the_night(minute: int, age: int) -> None:
    now = TEN_PM + minute * SECOND
    received = now - age * SECOND

    goes = SETTINGS.not_before("phone", now, received)

    assert goes >= now
    assert goes == now or goes <= received + 20 * HOUR
    assert SETTINGS.not_before("phone", goes, received) == goes


@pytest.mark.parametrize("channel", ["phone", "wechat"])
def test_what_is_written_days_after_the_complaint_waits_for_the_morning_too(channel: str) -> None:
    days_ago = TEN_PM - 72 * HOUR

    assert SETTINGS.not_before(channel, TEN_PM, days_ago) == TEN_PM
    assert TEN_PM < SETTINGS.not_before(channel, TEN_PM, days_ago, TEN_PM) <= TEN_PM + 20 * HOUR


@pytest.mark.parametrize("hours", [{"begin": "08:00", "end": "08:00"}, {"begin": "08:00Z"}])
def test_hours_that_are_none_are_refused(hours: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        QuietHours.model_validate(hours)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        AnsweringSettings(timezone="Nowhere/Else")
