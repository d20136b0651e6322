"""Records on their way: those of one case one after another, those of different cases side by side.

A position is given up for commit when everything before it is done, so that a kill repeats posts and loses none.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord, TopicPartition

Post = Callable[["ConsumerRecord[bytes, bytes]"], Awaitable[bool]]
"""Returns whether the record is done with."""


@dataclass(eq=False, slots=True)
class _Held:
    """A record that is not committed yet."""

    offset: int
    done: bool = False
    task: "asyncio.Task[None] | None" = None


@dataclass(slots=True)
class Lanes:
    """What a consumer holds of its partitions."""

    post: Post
    _held: dict[TopicPartition, deque[_Held]] = field(default_factory=dict)
    _last: dict[tuple[TopicPartition, bytes | None], _Held] = field(default_factory=dict)

    def add(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        """Send a record on its way, behind the one before it of the same case."""
        place = TopicPartition(record.topic, record.partition)
        held, lane = _Held(record.offset), (place, record.key)
        held.task = asyncio.create_task(self._deliver(self._last.get(lane), held, record))
        self._held.setdefault(place, deque()).append(held)
        self._last[lane] = held
        held.task.add_done_callback(lambda _: self._last.pop(lane, None) if self._last.get(lane) is held else None)

    def waiting(self, place: TopicPartition) -> int:
        """How many records of a partition are held."""
        return len(self._held.get(place, ()))

    def settled(self) -> dict[TopicPartition, int]:
        """Partition → the position up to which all is done, where that has moved."""
        moved: dict[TopicPartition, int] = {}
        for place, queue in self._held.items():
            while queue and queue[0].done:
                moved[place] = queue.popleft().offset + 1
        return moved

    async def drop(self, places: Collection[TopicPartition]) -> None:
        """Let go of partitions that somebody else gets: what is not done there is posted by the next owner."""
        tasks = [one.task for place in places for one in self._held.pop(place, ()) if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Let go of everything."""
        await self.drop(list(self._held))

    async def _deliver(self, before: _Held | None, held: _Held, record: "ConsumerRecord[bytes, bytes]") -> None:
        if before is not None and before.task is not None:
            await asyncio.wait({before.task})
            if not before.done:
                return
        held.done = await self.post(record)
