"""Rates, trend and the last 24 hours of a row."""

from datetime import timedelta

import pytest

from operations.lag.composing import RowComposer
from operations.lag.rows import BoardRow, RowKind, RowState, Trend
from operations.lag.series import KEPT_MINUTES, History, Rates
from operations.lag.titles import STAGES, Titles
from operations.saying import Said
from schemas.policy import load_pack
from tests.operations.lag.looks import BEGIN, after, look, partition
from workers.pipeline import PIPELINE


def row(waiting: int | None) -> BoardRow:
    """A row as far as its history is concerned."""
    said = Said("", "")
    return BoardRow("a", RowKind.STAGE, "route", said, RowState.OK, said, waiting=waiting)


def history(*waiting: int | None) -> History:
    """One point a minute."""
    made = History()
    for minute, number in enumerate(waiting):
        made.add(BEGIN + timedelta(minutes=minute), row(number))
    return made


def test_rates_are_of_the_last_minute_and_unknown_at_first() -> None:
    rates = Rates()
    rates.add(after(0), 500, 500)
    rates.add(after(3), 30, 0)
    first = rates.per_s()
    for seconds in range(6, 121, 3):
        rates.add(after(seconds), 6, 3)

    assert first == (None, None)
    assert rates.per_s() == (2.0, 1.0)


def test_a_group_that_was_set_back_has_no_negative_rate() -> None:
    rates = Rates()
    for seconds, done in ((0, 0), (3, 9), (6, 0), (9, 0)):
        rates.add(after(seconds), 0, done)

    assert rates.per_s() == (0.0, 1.0)


@pytest.mark.parametrize(
    ("before", "now", "trend"),
    [
        ([100] * 16, 150, Trend.RISING),
        ([100] * 16, 108, Trend.STEADY),
        ([100] * 16, 20, Trend.FALLING),
        ([0] * 16, 4, Trend.STEADY),
        ([0] * 10 + [90] * 20, 90, Trend.STEADY),
        ([None, None, 10, 10, 10, 10], 90, Trend.RISING),
        ([10], 90, None),
        ([10] * 16, None, None),
    ],
)
def test_the_trend_compares_with_a_quarter_of_an_hour_ago(
    before: list[int | None], now: int | None, trend: Trend | None
) -> None:
    assert history(*before).trend(BEGIN + timedelta(minutes=len(before) - 1), now) is trend


def test_a_day_is_kept_a_point_a_minute_and_not_more() -> None:
    made = history(*range(KEPT_MINUTES + 5))
    made.add(BEGIN + timedelta(minutes=KEPT_MINUTES + 4, seconds=30), row(7))

    points = list(made.points())

    assert [points[0].waiting, points[-1].waiting, len(points)] == [5, KEPT_MINUTES + 4, KEPT_MINUTES]


def test_what_was_not_known_stays_unknown() -> None:
    assert [point.waiting for point in history(3, None).points()] == [3, None]


def test_a_row_says_since_when_it_is_as_it_is() -> None:
    composer = RowComposer(Titles(load_pack(None)), {})
    shown = []
    for seconds in range(0, 30, 3):
        part = partition(5) if seconds < 3 else partition(5, came_s=2)
        [found] = composer.finished(after(seconds), composer.lag_rows(look(seconds, part), {}))
        shown.append((found.state, found.since))

    assert shown[0] == (RowState.OK, after(0))
    assert shown[-1] == (RowState.STALLED, after(2))


def test_a_standing_stage_is_stalled_within_fifteen_seconds() -> None:
    composer = RowComposer(Titles(load_pack(None)), {})
    states = {}
    for seconds in (0, 2.9, 5.8, 8.7, 11.6, 14.5):
        part = partition(5) if not seconds else partition(5, came_s=0.1)
        [found] = composer.lag_rows(look(seconds, part), {})
        states[seconds] = found.state

    assert [seconds for seconds, state in states.items() if state is RowState.STALLED] == [11.6, 14.5]


def test_every_stage_has_a_title_in_both_languages() -> None:
    assert [spec.name for spec in PIPELINE if spec.name not in STAGES] == []
