"""What was worked out for a record is there when it is decided, and never another record's."""

from itertools import count

from workers.remembered import Remembered


class Record:
    """Equal to every other."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


def test_it_is_made_once_until_it_is_asked_for_the_last_time() -> None:
    number = count(1)
    remembered = Remembered[Record, int](lambda _: next(number))
    record = Record("a")

    assert (remembered.of(record), remembered.of(record), remembered.last_of(record)) == (1, 1, 1)
    assert remembered.last_of(record) == 2


def test_a_record_that_is_equal_gets_its_own() -> None:
    remembered = Remembered[Record, str](lambda record: record.words)

    assert [remembered.of(Record(word)) for word in "abc"] == ["a", "b", "c"]


def test_records_that_are_never_decided_do_not_pile_up() -> None:
    remembered = Remembered[Record, str](lambda record: record.words)

    for number in range(10_000):
        remembered.of(Record(str(number)))

    assert len(remembered) <= 2_000
