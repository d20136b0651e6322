"""What is known of a partition is kept and asked for only once."""

from operations.lag.counting import Visible


def known(*offsets: int, high: int) -> Visible:
    """Everything from 0 to `high` is known; these offsets are records, a second apart."""
    visible = Visible()
    visible.add([(offset, offset * 1000) for offset in offsets], high)
    return visible


def test_only_records_of_a_range_are_counted() -> None:
    visible = known(0, 2, 3, 6, high=8)

    assert [visible.count(0, 8), visible.count(1, 6), visible.count(7, 8)] == [4, 2, 0]


def test_the_first_record_of_a_range_is_not_one_behind_it() -> None:
    visible = known(0, 6, high=8)

    assert [visible.first_ms(1, 8), visible.first_ms(1, 5)] == [6000, None]


def test_only_what_is_new_has_to_be_read() -> None:
    visible = known(0, 2, high=4)

    assert [visible.missing(2, 4), visible.missing(2, 9)] == [None, (4, 9)]


def test_a_reader_set_back_makes_everything_be_read_again() -> None:
    visible = known(0, 2, 4, high=6)
    visible.forget_before(3)

    assert visible.missing(1, 6) == (1, 6)


def test_a_topic_that_was_made_anew_is_counted_anew() -> None:
    visible = known(0, 2, 4, high=6)

    assert visible.missing(0, 2) == (0, 2)
    assert visible.count(0, 2) == 0


def test_what_was_not_read_is_taken_from_the_share_of_late() -> None:
    visible = known(*range(0, 1000, 2), high=1000)
    visible.add([(offset, 0) for offset in range(1000, 9000, 2)], 9000)
    for at in range(9000, 9200, 10):
        visible.add([(at + number, 0) for number in range(0, 10, 2)], at + 10)

    assert round(visible.about(20_000, 21_000)) in range(495, 505)
