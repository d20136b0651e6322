"""For how long a group has stood still: from looks alone, partition by partition."""

from collections.abc import Sequence

import pytest

from operations.lag.stillness import Stillness
from operations.lag.watched import Look
from tests.operations.lag.looks import look, partition

IDLE, ONE = partition(5), partition(5, came_s=1)


def stood(looks: Sequence[Look], older_than_s: float = 5) -> float | None:
    """Seconds without a move, as of the last look."""
    stillness = Stillness()
    for one in looks:
        stillness.observe(one)
    return stillness.still_s(looks[-1].found[0], looks[-1].at, older_than_s)


@pytest.mark.parametrize(
    ("looks", "seconds"),
    [
        pytest.param([look(0, IDLE), look(600, IDLE)], None, id="nothing waits"),
        pytest.param([look(0, IDLE), look(3, ONE), look(9, ONE), look(12, ONE)], 11, id="since the record came"),
        pytest.param([look(600, ONE)], 0, id="a first look cannot tell"),
        pytest.param([look(600, ONE), look(603, ONE)], 3, id="since it was first seen"),
        pytest.param([look(0, ONE), look(60, partition(6, came_s=2))], 0, id="it moved just now"),
        pytest.param([look(0, partition(5, came_s=-900)), look(3, partition(5, came_s=-900))], 3, id="an old record"),
        pytest.param([look(0, IDLE), look(3, partition(5, came_s=900)), look(6, IDLE)], None, id="it was done"),
    ],
)
def test_standing_still_begins_when_a_record_waits_and_nothing_moves(looks: list[Look], seconds: float | None) -> None:
    assert stood(looks) == seconds


def test_a_partition_that_stands_still_shows_although_another_moves() -> None:
    stuck = partition(5, came_s=0, number=1)
    looks = [look(at, partition(at, came_s=at - 6), stuck) for at in (3, 6, 9, 12)]

    assert stood(looks) == 9


def test_a_record_that_has_just_come_is_not_yet_a_stand() -> None:
    assert stood([look(0, IDLE), look(3, ONE)]) is None
