"""Counting records, not offsets: transaction markers and rolled back records take offsets and are no work.

What was counted is kept, so that a backlog that stands still is read once and a growing one only at its end.
"""

import asyncio
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from aiokafka import AIOKafkaConsumer, TopicPartition

from operations.reading import reader
from schemas.settings import KafkaSettings

_POLL_MS = 50
"""Short, because where only markers lie nothing ever arrives and the poll ends by time."""
_NEW_WEIGHS = 0.3
_LIMITS = {"fetch_max_bytes": 8 * 1024 * 1024, "max_partition_fetch_bytes": 256 * 1024}
"""What lies in memory at once, in all and of one partition."""

Range = tuple[int, int]
"""First offset and the one behind the last."""


@dataclass(slots=True)
class Visible:
    """The records of one partition that a reader of committed records sees, within [`low`, `high`).

    `share` is how many of the offsets lately read were records.
    """

    low: int = 0
    high: int = 0
    share: float = 1.0
    _offsets: "array[int]" = field(default_factory=lambda: array("q"))
    _times: "array[int]" = field(default_factory=lambda: array("q"))

    def missing(self, start: int, end: int) -> Range | None:
        """Return what has to be read to know [start, end); forgets everything when `start` is not known."""
        if not self.low <= start <= self.high or end < self.high:
            self.begin_at(start)
        return (self.high, end) if self.high < end else None

    def begin_at(self, offset: int) -> None:
        """Forget everything and begin at an offset."""
        self.low = self.high = offset
        del self._offsets[:], self._times[:]

    def add(self, records: Iterable[tuple[int, int]], high: int) -> None:
        """Take records (offset, ms) that lie behind what is known; `high` is how far was read."""
        before = len(self._offsets)
        for offset, time in records:
            self._offsets.append(offset)
            self._times.append(time)
        if high > self.high:
            read = (len(self._offsets) - before) / (high - self.high)
            self.share += _NEW_WEIGHS * (read - self.share)
        self.high = high

    def forget_before(self, offset: int) -> None:
        """Let go of what lies before an offset."""
        if offset <= self.low:
            return
        gone = bisect_left(self._offsets, offset)
        del self._offsets[:gone], self._times[:gone]
        self.low, self.high = offset, max(self.high, offset)

    def knows(self, start: int, end: int) -> bool:
        """Whether every record of [start, end) is known."""
        return self.low <= start and end <= self.high

    def count(self, start: int, end: int) -> int:
        """Records in [start, end), which must be known."""
        return bisect_left(self._offsets, end) - bisect_left(self._offsets, start)

    def count_since(self, start: int, end: int, since_ms: int) -> int:
        """Records in [start, end) of that time or later."""
        place = slice(bisect_left(self._offsets, start), bisect_left(self._offsets, end))
        return sum(time >= since_ms for time in self._times[place])

    def about(self, start: int, end: int) -> float:
        """Records in [start, end): counted where known, else by the share of late."""
        if end <= start:
            return 0.0
        return float(self.count(start, end)) if self.knows(start, end) else (end - start) * self.share

    def first_ms(self, start: int, end: int) -> int | None:
        """The time of the first record in [start, end); None when there is none."""
        at = bisect_left(self._offsets, start)
        return self._times[at] if at < len(self._offsets) and self._offsets[at] < end else None


@dataclass(slots=True)
class Allowance:
    """How much may be read at one look: `left_bytes` of values until `ends_at` of the loop's clock."""

    left_bytes: int
    ends_at: float

    def spent(self) -> bool:
        """Whether reading must stop."""
        return self.left_bytes <= 0 or asyncio.get_running_loop().time() >= self.ends_at


@dataclass(slots=True)
class Read:
    """Records (offset, ms) of one partition, and up to which offset they are all."""

    reached: int
    records: list[tuple[int, int]] = field(default_factory=list)


class RecordReader:
    """Reads records of a range; a consumer without a group that fetches only while it is asked."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._opening = reader(settings, hold_ms=_POLL_MS, **_LIMITS)
        self._consumer: AIOKafkaConsumer | None = None
        self.requests = 0

    async def start(self) -> None:
        """Connect."""
        self._consumer = await self._opening.__aenter__()
        self._count_requests(self._consumer)

    async def close(self) -> None:
        """Close all connections."""
        if self._consumer is not None:
            self._consumer = None
            await self._opening.__aexit__(None, None, None)

    async def read(self, ranges: Mapping[TopicPartition, Range], allowed: Allowance) -> dict[TopicPartition, Read]:
        """Return what lies in the ranges, as far as it may be read."""
        return await self._read(ranges, allowed, only_first=False)

    async def first_ms(self, starts: Mapping[TopicPartition, Range]) -> dict[TopicPartition, int]:
        """Return the time of the first record of each range; one without records is left out."""
        found = await self._read(starts, Allowance(sys.maxsize, inf), only_first=True)
        return {part: one.records[0][1] for part, one in found.items() if one.records}

    async def _read(
        self, ranges: Mapping[TopicPartition, Range], allowed: Allowance, *, only_first: bool
    ) -> dict[TopicPartition, Read]:
        found = {part: Read(start) for part, (start, _) in ranges.items()}
        if not ranges or self._consumer is None:
            return found
        consumer = self._consumer
        consumer.assign(list(ranges))
        for part, (start, _) in ranges.items():
            consumer.seek(part, start)
        unfinished = set(ranges)
        while unfinished and not allowed.spent():
            for part, records in (await consumer.getmany(*unfinished, timeout_ms=_POLL_MS)).items():
                end = ranges[part][1]
                found[part].records += [(one.offset, one.timestamp) for one in records if one.offset < end]
                allowed.left_bytes -= sum(len(one.value or b"") for one in records)
            for part in unfinished:
                found[part].reached = min(await consumer.position(part), ranges[part][1])
            done = {part for part in unfinished if found[part].reached >= ranges[part][1]}
            done |= {part for part in unfinished if only_first and found[part].records}
            if done:
                consumer.pause(*done)
            unfinished -= done
        if unfinished:
            consumer.pause(*unfinished)
        return found

    def _count_requests(self, consumer: AIOKafkaConsumer) -> None:
        client = consumer._client
        send = client.send

        async def counted(*asked: object, **options: object) -> object:
            self.requests += 1
            return await send(*asked, **options)

        client.send = counted
