"""What the look-up benchmark reports."""

from tests.bench.link import rows


def test_a_look_up_that_grows_with_the_number_of_complaints_misses_its_target() -> None:
    growth, slowest = rows(10_000, 1_000_000, [1.0, 1.0, 1.2], [1.6, 1.6, 30.0])

    assert (growth.ratio, growth.met) == (1.6, False)
    assert (slowest.ours, slowest.met) == (30.0, False)


def test_a_look_up_that_stays_as_quick_meets_its_targets() -> None:
    found = rows(10_000, 1_000_000, [1.0, 1.1, 1.2], [1.1, 1.1, 3.0])

    assert all(row.met for row in found)
