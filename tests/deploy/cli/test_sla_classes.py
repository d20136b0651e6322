"""The classes of time left to an acknowledgement: the limits belong to the class that is more urgent."""

from datetime import timedelta

import pytest

from deploy.cli.sla import left_of


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(hours=24), "over_12_h"),
        (timedelta(hours=12, milliseconds=1), "over_12_h"),
        (timedelta(hours=12), "6_to_12_h"),
        (timedelta(hours=6), "1_to_6_h"),
        (timedelta(hours=1), "under_1_h"),
        (timedelta(milliseconds=1), "under_1_h"),
        (timedelta(0), "breached"),
        (timedelta(days=-3), "breached"),
    ],
)
def test_the_class_follows_from_the_time_left(left: timedelta, expected: str) -> None:
    assert left_of(left) == expected
