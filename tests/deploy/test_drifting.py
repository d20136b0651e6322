"""Drift: the same is no alarm, another distribution is one, and few complaints prove nothing."""

import pytest

from deploy.drifting import Distribution, accuracy, compared, psi, wilson
from schemas.policy.reviewing import DriftAlarm


def one(**counts: int) -> dict[tuple[str, str], Distribution]:
    """What came on one channel."""
    return {("web", "category"): Distribution(dict(counts), float(sum(counts.values())))}


def test_the_same_shares_are_no_drift_whatever_the_numbers() -> None:
    assert psi({"quality": 30, "service": 70}, {"quality": 300, "service": 700}) == 0


def test_the_index_is_the_textbooks() -> None:
    assert psi({"a": 50, "b": 50}, {"a": 80, "b": 20}) == pytest.approx(0.4159, abs=1e-4)


def test_a_category_that_was_never_there_before_is_drift() -> None:
    found = psi({"quality": 100}, {"quality": 80, "price": 20})

    assert found is not None
    assert found > 0.2


def test_a_period_without_complaints_says_nothing() -> None:
    assert psi({}, {"quality": 3}) is None


@pytest.mark.parametrize(("times", "alarm"), [(1, False), (2, True)])
def test_fewer_complaints_than_the_pack_asks_for_are_no_alarm(times: int, alarm: bool) -> None:
    before, now = one(quality=60 * times, service=60 * times), one(quality=100 * times, service=20 * times)

    [line] = compared(before, now, DriftAlarm())

    assert (line.alarm, line.psi is not None and line.psi > 0.2) == (alarm, True)


def test_a_measure_of_one_period_only_is_still_shown() -> None:
    [line] = compared({}, one(quality=500), DriftAlarm())

    assert (line.n, line.n_before, line.psi, line.alarm) == (500, 0, None, False)


def test_accuracy_comes_with_its_interval() -> None:
    line = accuracy("web", [True] * 90 + [False] * 10)

    assert (line.n, line.right, line.accuracy) == (100, 90, 0.9)
    assert (line.low, line.high) == pytest.approx((0.8256, 0.9448), abs=1e-3)


def test_of_nothing_there_is_no_accuracy() -> None:
    assert wilson(0, 0) is None
    assert accuracy("*", []).accuracy is None
