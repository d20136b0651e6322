"""The gap before each group, counted in records: what to read for it, what is known already, what can be said of it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aiokafka import TopicPartition

from operations.lag.counting import Allowance, Range, RecordReader, Visible
from operations.lag.watched import PartitionLag

COUNTED_OFFSETS = 5_000
"""Gaps of a partition up to this size are counted record by record; larger ones by offsets, and the row says so."""
COUNTED_IN_ALL = 100_000
"""So many offsets of all partitions together are counted, the smallest gaps first."""
FOLLOWED_OFFSETS = 1_000
"""What came to a partition between two looks is counted up to this size, else taken from the share of late."""

READ_BYTES = 64 * 1024 * 1024
"""Of values at one look. What is left is read at the next; until then the row gives an upper bound."""

Place = tuple[str | None, TopicPartition]
"""A group, None for nobody, on a partition."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where everybody stood at one look: bounds of the partitions, what each group committed and where it goes on."""

    bounds: Mapping[TopicPartition, Range] = field(default_factory=dict)
    committed: Mapping[Place, int | None] = field(default_factory=dict)
    starts: Mapping[Place, int] = field(default_factory=dict)

    def end(self, part: TopicPartition) -> int | None:
        """The end of a partition, None when it was not there."""
        return self.bounds[part][1] if part in self.bounds else None


def standing(bounds: Mapping[TopicPartition, Range], committed: Mapping[Place, int | None]) -> Standing:
    """Return where everybody goes on: before a first commit that is the first record there is."""
    starts = {place: min(max(at or 0, bounds[place[1]][0]), bounds[place[1]][1]) for place, at in committed.items()}
    return Standing(bounds, committed, starts)


class Gaps:
    """Counts the gaps of one look after the other."""

    def __init__(self, reader: RecordReader) -> None:
        self._reader = reader
        self._visible: dict[TopicPartition, Visible] = defaultdict(Visible)
        self._first_ms: dict[tuple[TopicPartition, int], int | None] = {}
        self._before = Standing()
        self._now = Standing()
        self._known_from: dict[TopicPartition, int] = {}
        self._begun: set[TopicPartition] = set()

    async def count(self, now: Standing, since: Mapping[TopicPartition, int], read_within_s: float) -> None:
        """Read what must be known of this look. `since`: offsets from which on `came` will be asked."""
        self._before, self._now = self._now, now
        needed = dict(self._needed(since))
        ranges, left = {}, COUNTED_IN_ALL
        for part in sorted(needed, key=lambda one: now.bounds[one][1] - needed[one]):
            end = now.bounds[part][1]
            left -= end - needed[part]
            self._known_from[part] = needed[part] if left >= 0 else end
            if missing := self._visible[part].missing(self._known_from[part], end):
                ranges[part] = missing
        allowed = Allowance(READ_BYTES, asyncio.get_running_loop().time() + read_within_s)
        read = await self._reader.read(ranges, allowed)
        for part, one in read.items():
            self._visible[part].add(one.records, one.reached)
        self._begun = {part for part, one in read.items() if one.reached < ranges[part][1]}
        self._known_from |= {part: ranges[part][1] for part in self._begun}
        await self._find_first()

    def lag(self, place: Place) -> PartitionLag:
        """What a group has before it on a partition."""
        part = place[1]
        first, end = self._now.bounds[part]
        committed, start = self._now.committed[place], self._now.starts[place]
        deleted = max(0, first - committed) if committed is not None else 0
        if start >= self._known_from[part]:
            visible = self._visible[part]
            waiting, exact, oldest = visible.count(start, end), True, visible.first_ms(start, end)
        else:
            oldest = self._first_ms[part, start]
            # Without a first record there is none at all: markers only, however many.
            waiting, exact = (end - start, False) if oldest is not None else (0, True)
        return PartitionLag(part.partition, committed, start, end, waiting, exact, oldest, deleted)

    def arrived(self, part: TopicPartition) -> float:
        """Records that came to a partition since the look before."""
        before, end = self._before.end(part), self._now.bounds[part][1]
        return self._visible[part].about(before, end) if before is not None else 0.0

    def done(self, place: Place) -> float:
        """Records a group passed on a partition since the look before; 0 when it went back."""
        before = self._before.starts.get(place)
        return self._visible[place[1]].about(before, self._now.starts[place]) if before is not None else 0.0

    def came(self, part: TopicPartition, since: int, since_ms: int) -> int:
        """Records of that time or later, from an offset on; offsets where they are too many to be counted."""
        visible, end = self._visible[part], self._now.bounds[part][1]
        return visible.count_since(since, end, since_ms) if visible.knows(since, end) else max(0, end - since)

    def let_go(self) -> None:
        """Forget what the next look will not need."""
        keep = {part: end for part, (_, end) in self._now.bounds.items()}
        for (_, part), at in self._now.starts.items():
            if at >= self._known_from[part] or (part in self._begun and at >= self._visible[part].low):
                keep[part] = min(keep[part], at)
        for part in set(self._visible) - set(keep):
            del self._visible[part]
        for part, at in keep.items():
            self._visible[part].forget_before(at)

    def _needed(self, since: Mapping[TopicPartition, int]) -> Iterator[tuple[TopicPartition, int]]:
        starts: dict[TopicPartition, list[int]] = defaultdict(list)
        for (_, part), at in self._now.starts.items():
            starts[part].append(at)
        for part, (first, end) in self._now.bounds.items():
            wanted = [at for at in (*starts[part], since.get(part, end)) if end - max(at, first) <= COUNTED_OFFSETS]
            before = self._before.end(part)
            if before is not None and 0 < end - before <= FOLLOWED_OFFSETS:
                wanted.append(before)
            yield part, max(first, min(wanted, default=end))

    async def _find_first(self) -> None:
        """Know the time of the first record of each large gap."""
        large = {(part, at) for (_, part), at in self._now.starts.items() if at < self._known_from[part]}
        self._first_ms = {place: time for place, time in self._first_ms.items() if place in large and time is not None}
        for part, at in large - set(self._first_ms):
            visible = self._visible[part]
            if visible.low <= at and (first := visible.first_ms(at, visible.high)) is not None:
                self._first_ms[part, at] = first
        unknown = sorted(large - set(self._first_ms))
        while unknown:
            # A consumer has one position a partition: groups that stand apart are asked for one after the other.
            asked = {part: (at, self._now.bounds[part][1]) for part, at in reversed(unknown)}
            found = await self._reader.first_ms(asked)
            self._first_ms |= {(part, at): found.get(part) for part, (at, _) in asked.items()}
            unknown = [place for place in unknown if place not in self._first_ms]
