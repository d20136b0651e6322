"""Counting gaps within an allowance: what is not read yet is an upper bound, and is read on at the next look."""

import asyncio
from collections.abc import Mapping

import pytest
from aiokafka import TopicPartition

from operations.lag import gaps
from operations.lag.counting import Allowance, Range, Read, RecordReader
from operations.lag.gaps import Gaps, standing

PART = TopicPartition("complaints.classified.v1", 0)
PLACE = ("route", PART)


class Partition(RecordReader):
    """A partition where every second offset is a record, as old as its offset; so many are read at one look."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.ranges: list[Range] = []

    async def read(self, ranges: Mapping[TopicPartition, Range], allowed: Allowance) -> dict[TopicPartition, Read]:
        self.ranges += ranges.values()
        return {part: self._some(start, min(end, start + self.at_once)) for part, (start, end) in ranges.items()}

    async def first_ms(self, starts: Mapping[TopicPartition, Range]) -> dict[TopicPartition, int]:
        return {part: start + start % 2 for part, (start, _) in starts.items()}

    def _some(self, start: int, reached: int) -> Read:
        return Read(reached, [(offset, offset) for offset in range(start, reached) if offset % 2 == 0])


async def look(counted: Gaps, committed: int | None, end: int) -> tuple[int, bool, int | None]:
    """One look at the group: what waits, whether exactly, and the time of the oldest."""
    await counted.count(standing({PART: (0, end)}, {PLACE: committed}), {}, 1)
    lag = counted.lag(PLACE)
    counted.let_go()
    return lag.waiting, lag.exact, lag.oldest_ms


async def test_what_could_not_be_read_is_an_upper_bound_until_it_was() -> None:
    counted = Gaps(Partition(at_once=400))

    seen = [await look(counted, 10, 1010) for _ in range(3)]

    assert seen == [(1000, False, 10), (1000, False, 10), (500, True, 10)]


async def test_no_offset_is_read_twice_while_a_backlog_stands_or_grows() -> None:
    partition = Partition(at_once=400)
    counted = Gaps(partition)
    for end in (1010, 1010, 1010, 1010, 1100, 1100):
        await look(counted, 10, end)

    assert partition.ranges == [(10, 1010), (410, 1010), (810, 1010), (1010, 1100)]


async def test_a_group_that_moves_on_while_it_is_counted_is_not_read_again() -> None:
    partition = Partition(at_once=400)
    counted = Gaps(partition)
    seen = [await look(counted, committed, 1010) for committed in (10, 210, 610)]

    assert partition.ranges == [(10, 1010), (410, 1010), (810, 1010)]
    assert seen[-1] == (200, True, 610)


async def test_records_that_came_and_went_are_told_without_markers() -> None:
    counted = Gaps(Partition(at_once=5000))
    await look(counted, 100, 100)
    await counted.count(standing({PART: (0, 300)}, {PLACE: 200}), {}, 1)

    assert (counted.arrived(PART), counted.done(PLACE)) == (100, 50)


async def test_a_group_that_was_set_back_is_counted_anew() -> None:
    counted = Gaps(Partition(at_once=5000))
    await look(counted, 100, 100)

    assert await look(counted, 0, 100) == (50, True, 0)
    assert counted.done(PLACE) == 0


@pytest.mark.parametrize("committed", [None, 0])
async def test_a_gap_above_the_limit_is_not_read_at_all(committed: int | None) -> None:
    partition = Partition(at_once=5000)

    assert await look(Gaps(partition), committed, 6000) == (6000, False, 0)
    assert partition.ranges == []


async def test_all_partitions_together_have_a_limit_and_the_smallest_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gaps, "COUNTED_IN_ALL", 1000)
    parts = [TopicPartition(PART.topic, number) for number in range(3)]
    ends = dict(zip(parts, (900, 100, 500), strict=True))
    counted = Gaps(Partition(at_once=5000))
    await counted.count(
        standing({part: (0, end) for part, end in ends.items()}, dict.fromkeys((("route", part) for part in parts), 0)),
        {},
        1,
    )

    assert [counted.lag(("route", part)).exact for part in parts] == [False, True, True]


async def test_an_allowance_is_spent_by_bytes_or_by_time() -> None:
    now = asyncio.get_running_loop().time()

    assert [Allowance(0, now + 9).spent(), Allowance(9, now).spent(), Allowance(9, now + 9).spent()] == [
        True,
        True,
        False,
    ]
