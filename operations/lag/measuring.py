"""The measuring engine: how far each group is behind, true under transactions, in a bounded number of requests.

Source: Kafka's read_committed end offset is the last stable offset; markers of transactions take offsets of their
own, so a group that has read everything still stands behind the end offset.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from aiokafka import TopicPartition

from infra.clock import present
from operations.lag.asking import EARLIEST, LATEST, LagClient, Layout
from operations.lag.counting import Range, RecordReader
from operations.lag.gaps import Gaps, Place, standing
from operations.lag.grouping import Groups
from operations.lag.watched import Look, Measured, Readers, Watched
from operations.reading import require_kafka
from schemas.settings import KafkaSettings

LOOK_WITHIN_S = 30.0
READ_WITHIN_S = 2.0
"""For counting at one look of many; a single look may take longer."""
_READ_ONCE_WITHIN_S = 15.0
_LAYOUT_EVERY_S = 30.0
_MINUTE = timedelta(minutes=1)


class LagEngine:
    """Looks again and again, remembering what it counted. One look at a time.

    A look raises KafkaError, OSError or TimeoutError when the broker does not answer; then close it and make another.
    """

    def __init__(self, settings: KafkaSettings, readers: Readers) -> None:
        require_kafka(settings)
        self._client, self._reader = LagClient(settings), RecordReader(settings)
        self._readers = readers
        self._groups = Groups(self._client, readers)
        self._gaps = Gaps(self._reader)
        self._layout, self._layout_at = Layout(), float("-inf")

    async def start(self) -> None:
        """Connect."""
        await self._client.start()
        await self._reader.start()

    async def close(self) -> None:
        """Close all connections."""
        await self._reader.close()
        await self._client.close()

    async def look(self, *, last_minute: bool = False) -> Look:
        """Measure everybody once. `last_minute`: also count what came within the last minute."""
        async with asyncio.timeout(LOOK_WITHIN_S):
            return await self._look(last_minute)

    async def _look(self, last_minute: bool) -> Look:
        asked = self._asked()
        await self._know_layout()
        # Groups before ends: a commit in between makes lag a little too large, the other order makes it negative.
        await self._groups.refresh(self._layout)
        partitions = self._layout.partitions_of(self._readers.topics)
        since_ms = int((present() - _MINUTE).timestamp() * 1000)
        bounds = await self._bounds(partitions)
        since = await self._client.offsets(self._layout, list(bounds), since_ms) if last_minute else {}
        since_known = {part: at for part, at in since.items() if at is not None}
        topics: dict[str, list[TopicPartition]] = defaultdict(list)
        for part in bounds:
            topics[part.topic].append(part)
        watched = list(self._groups.watched())
        read_within_s = _READ_ONCE_WITHIN_S if last_minute else READ_WITHIN_S
        await self._gaps.count(standing(bounds, self._committed(watched, topics)), since_known, read_within_s)
        came = {part: self._gaps.came(part, at, since_ms) for part, at in since_known.items()}
        found = tuple(self._measured(one, topics[one.topic], came) for one in watched)
        self._gaps.let_go()
        return Look(present(), found, self._asked() - asked)

    def _asked(self) -> int:
        return self._client.requests + self._reader.requests

    async def _know_layout(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._layout_at >= _LAYOUT_EVERY_S:
            self._layout = await self._client.layout()
            self._layout_at = now

    async def _bounds(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Range]:
        firsts = await self._client.offsets(self._layout, partitions, EARLIEST)
        ends = await self._client.offsets(self._layout, partitions, LATEST)
        bounds = {
            part: (firsts[part] or 0, max(ends[part] or 0, firsts[part] or 0))
            for part in partitions
            if part in firsts and part in ends
        }
        if len(bounds) < len(partitions):
            self._layout_at = float("-inf")  # a leader moved: ask anew at the next look
        return bounds

    def _committed(
        self, watched: Sequence[Watched], topics: Mapping[str, Sequence[TopicPartition]]
    ) -> dict[Place, int | None]:
        return {
            (one.group, part): self._groups.committed(one.group).get(part)
            for one in watched
            for part in topics[one.topic]
        }

    def _measured(
        self, one: Watched, partitions: Sequence[TopicPartition], came: Mapping[TopicPartition, int]
    ) -> Measured:
        return Measured(
            one,
            tuple(self._gaps.lag((one.group, part)) for part in partitions),
            self._groups.members(one.group),
            sum(came.get(part, 0) for part in partitions),
            sum(self._gaps.arrived(part) for part in partitions),
            sum(self._gaps.done((one.group, part)) for part in partitions),
        )
