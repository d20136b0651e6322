"""When a stage stops: 20 failures in a row, or more than a fifth of the last 200."""

from collections.abc import Iterable

from aiokafka import TopicPartition

from schemas.settings import WorkerSettings
from workers.runtime.breaker import Breaker, Flood

HERE, THERE = TopicPartition("input.v1", 0), TopicPartition("input.v1", 1)


def judged(breaker: Breaker, fates: Iterable[bool], start: int = 0, place: TopicPartition = HERE) -> Flood | None:
    return breaker.judge(place, [(start + number, failed) for number, failed in enumerate(fates)])


def test_nineteen_in_a_row_pass_and_the_twentieth_stops() -> None:
    breaker = Breaker(WorkerSettings())

    assert judged(breaker, [True] * 19) is None
    assert judged(breaker, [True], start=19) == Flood(failed=20, seen=20, in_a_row=20)


def test_a_success_between_ends_the_row() -> None:
    breaker = Breaker(WorkerSettings())

    assert judged(breaker, [True] * 19 + [False] + [True] * 19) is None


def test_a_fifth_of_the_window_passes_and_one_more_stops() -> None:
    breaker = Breaker(WorkerSettings())
    pattern = [True, False, False, False, False] * 40

    assert judged(breaker, pattern) is None
    assert judged(breaker, [True], start=200) is None
    assert judged(breaker, [True], start=201) == Flood(failed=41, seen=200, in_a_row=2)


def test_old_failures_leave_the_window() -> None:
    breaker = Breaker(WorkerSettings())

    for start in range(0, 2000, 200):
        assert judged(breaker, [True] * 15 + [False] * 185, start) is None
    assert breaker.failed == 15


def test_a_batch_that_is_replayed_counts_once() -> None:
    breaker = Breaker(WorkerSettings())

    for _ in range(10):
        assert judged(breaker, [True] * 10) is None


def test_all_partitions_of_a_stage_count_together() -> None:
    breaker = Breaker(WorkerSettings())

    assert judged(breaker, [True] * 10) is None
    assert judged(breaker, [True] * 10, place=THERE) is not None


def test_what_a_person_let_pass_counts_no_more() -> None:
    breaker = Breaker(WorkerSettings(), {HERE: 99})

    assert judged(breaker, [True] * 100) is None
    assert judged(breaker, [True] * 20, start=100) is not None


def test_records_the_broker_refused_count_too() -> None:
    breaker = Breaker(WorkerSettings(poison_in_a_row=2))

    assert breaker.refused() is None
    assert breaker.refused() == Flood(failed=2, seen=2, in_a_row=2)
