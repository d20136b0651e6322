"""Which groups there are, who is in them and what they committed, asked as seldom as truth allows."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from aiokafka import TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError

from operations.lag.asking import LagClient, Layout, Members
from operations.lag.watched import Readers, Watched

_EVERYBODY_EVERY_S = 15.0


class Groups:
    """The groups of the broker. Those that are watched are asked at each look, all others every 15 s."""

    def __init__(self, client: LagClient, readers: Readers) -> None:
        self._client = client
        self._readers = readers
        self._committed: dict[str, dict[TopicPartition, int]] = {}
        self._members: dict[str, Members] = {}
        self._readers_of: dict[str, set[str]] = {}
        self._listed: frozenset[str] = frozenset()
        self._everybody_at = float("-inf")

    async def refresh(self, layout: Layout) -> None:
        """Ask about the groups that are watched, about new ones, and now and then about all, to find who reads too.

        What is known of a group stays while its coordinator moves; KafkaError when nothing is known of one yet.
        """
        now = asyncio.get_running_loop().time()
        coordinators = await self._client.groups(layout.brokers)
        everybody = now - self._everybody_at >= _EVERYBODY_EVERY_S
        watched = {one.group for one in self.watched()}
        asked = {
            group: node
            for group, node in coordinators.items()
            if everybody or group in watched or group not in self._members or group not in self._committed
        }
        members, committed = await asyncio.gather(self._client.members(asked), self._client.committed(asked))
        self._members = {group: one for group, one in self._members.items() if group in coordinators} | members
        self._committed = {group: one for group, one in self._committed.items() if group in coordinators} | committed
        if unknown := {group for group in coordinators if group in watched and group not in self._committed}:
            raise GroupCoordinatorNotAvailableError(f"the offsets of {len(unknown)} groups are not known yet")
        self._listed = frozenset(coordinators)
        self._readers_of = self._index(self._readers.topics)
        if everybody:
            self._everybody_at = now

    def watched(self) -> Iterator[Watched]:
        """Yield our stages, and each group that reads a department's topic; nobody where there is none."""
        yield from self._readers.stages
        ours = {stage.group for stage in self._readers.stages}
        for department, topic in self._readers.departments.items():
            announced = self._readers.announced.get(department, ())
            found = sorted({*self._readers_of.get(topic, ()), *announced} - ours)
            readers: list[str | None] = [*found] or [None]
            for group in readers:
                yield Watched("department", department, group, topic)

    def committed(self, group: str | None) -> Mapping[TopicPartition, int]:
        """What a group has committed."""
        return self._committed.get(group, {}) if group else {}

    def members(self, group: str | None) -> int | None:
        """How many are in a group; None when the broker does not tell."""
        if group in self._members:
            return self._members[group].count
        return None if group in self._listed else 0

    def _index(self, topics: Collection[str]) -> dict[str, set[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for group, offsets in self._committed.items():
            for part in offsets:
                if part.topic in topics:
                    index[part.topic].add(group)
        for group, one in self._members.items():
            for topic in one.topics & set(topics):
                index[topic].add(group)
        return index
