"""Measuring lag on Kafka so that it is true under transactions: records, not offsets, and the age of the oldest.

Source: Kafka's read_committed end offset is the last stable offset; markers of transactions take offsets of their
own, so a group that has read everything still stands behind the end offset.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment

from infra.kafka import admin
from operations.lag.states import Group, Waiting, Watched, judge, late
from operations.reading import partitions_of, reader
from schemas.commands import LagRow
from schemas.settings import KafkaSettings

COUNTED_OFFSETS = 5_000
"""Gaps up to this size are counted record by record; larger ones by offsets, and the row says so."""

_LOOK_AGAIN_AFTER_S = 2.0
_POLL_MS = 50
"""Short, because where only markers lie nothing ever arrives and the poll ends by time."""


@dataclass
class Groups:
    """All groups of the broker: what they committed, how many members they have, which topics those are assigned."""

    committed: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)
    members: dict[str, int | None] = field(default_factory=dict)
    assigned: dict[str, set[str]] = field(default_factory=dict)

    def readers_of(self, topic: str) -> list[str]:
        """The groups that committed on a topic or have a member assigned to it."""
        committed = {group for group, offsets in self.committed.items() if any(tp.topic == topic for tp in offsets)}
        return sorted(committed | {group for group, topics in self.assigned.items() if topic in topics})


@dataclass(frozen=True, slots=True)
class _Ends:
    first: Mapping[TopicPartition, int]
    last: Mapping[TopicPartition, int]
    minute_ago: Mapping[TopicPartition, int]
    minute_ago_ms: int = 0


async def measure(
    settings: KafkaSettings, stages: Sequence[Watched], departments: Mapping[str, str], stops: Mapping[str, str]
) -> list[LagRow]:
    """Return a row for each stage and topic, and for each group that reads a department's topic.

    `departments` maps a department to the broker name of its topic, `stops` a group to why it refuses to go on.
    Looks twice, 2 s apart, when something is late, to tell slow from stalled.
    """
    async with reader(settings, hold_ms=_POLL_MS) as consumer, admin(settings) as client:
        groups = await _groups(client)
        watched = [*stages, *_readers(departments, groups, {stage.group for stage in stages})]
        ends = await _ends(consumer, await partitions_of(settings, {one.topic for one in watched}))
        came = {topic: await _came(consumer, topic, ends) for topic in sorted({one.topic for one in watched})}
        found = {one: await _waiting(consumer, one, groups, ends, came[one.topic]) for one in watched}
        suspects = {one.group for one in watched if one.group and late(one, found[one])}
        moved = await _moved(client, suspects, groups)
    return [
        judge(one, waiting, Group(_members(groups, one), stops.get(one.group or "")), moved.get(one.group or ""))
        for one, waiting in found.items()
    ]


def _members(groups: Groups, watched: Watched) -> int | None:
    return groups.members.get(watched.group, 0) if watched.group else 0


def _readers(departments: Mapping[str, str], groups: Groups, ours: set[str | None]) -> Iterable[Watched]:
    for department, topic in departments.items():
        readers: list[str | None] = [group for group in groups.readers_of(topic) if group not in ours]
        for group in readers or [None]:
            yield Watched("department", department, group, topic)


async def _groups(client: AIOKafkaAdminClient) -> Groups:
    groups = Groups()
    names = sorted(name for name, _ in await client.list_consumer_groups())
    for name in names:
        # One by one: aiokafka 0.14 reads an answer about several groups wrongly (v3 decoded as v2).
        [response] = await client.describe_consumer_groups([name])
        [(_, _, state, _, _, members)] = (one[:6] for one in response.groups)
        # Groups of the newer protocol (KIP-848) look dead to this request although they are listed.
        groups.members[name] = None if state == "Dead" else len(members)
        groups.assigned[name] = {topic for member in members for topic in _topics_of(member[4])}
        groups.committed[name] = await _committed(client, name)
    return groups


def _topics_of(assignment: bytes) -> list[str]:
    if not assignment:
        return []
    return [topic for topic, _ in ConsumerProtocolMemberAssignment.decode(assignment).assignment]


async def _committed(client: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    found = await client.list_consumer_group_offsets(group)
    return {part: at.offset for part, at in found.items() if at.offset >= 0}


async def _ends(consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> _Ends:
    if not partitions:
        return _Ends({}, {}, {})
    ago = int((datetime.now(UTC) - timedelta(minutes=1)).timestamp() * 1000)
    first, last = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    found = await consumer.offsets_for_times(dict.fromkeys(partitions, ago))
    return _Ends(first, last, {part: last[part] if at is None else at.offset for part, at in found.items()}, ago)


async def _came(consumer: AIOKafkaConsumer, topic: str, ends: _Ends) -> int:
    """How many records the topic got within the last minute, as exact as what waits. Markers have times, too."""
    since = {part: (at, ends.last[part]) for part, at in ends.minute_ago.items() if part.topic == topic}
    some = {part: gap for part, gap in since.items() if gap[0] < gap[1]}
    records, _, _ = await _count(consumer, some, ends.minute_ago_ms)
    return records


async def _waiting(consumer: AIOKafkaConsumer, watched: Watched, groups: Groups, ends: _Ends, came: int) -> Waiting:
    partitions = [part for part in ends.last if part.topic == watched.topic]
    committed = groups.committed.get(watched.group, {}) if watched.group else {}
    start = {part: max(committed.get(part, 0), ends.first[part]) for part in partitions}
    gaps = {part: (at, ends.last[part]) for part, at in start.items() if at < ends.last[part]}
    records, exact, oldest = await _count(consumer, gaps)
    now = datetime.now(UTC).timestamp()
    return Waiting(
        partitions=len(partitions),
        committed_partitions=sum(part in committed for part in partitions),
        records=records,
        exact=exact,
        oldest_s=max(0.0, now - oldest / 1000) if oldest is not None else None,
        deleted=sum(max(0, ends.first[part] - committed[part]) for part in partitions if part in committed),
        came_last_minute=came,
    )


async def _count(
    consumer: AIOKafkaConsumer, gaps: Mapping[TopicPartition, tuple[int, int]], since_ms: int = 0
) -> tuple[int, bool, int | None]:
    """Return how many records of that time or later lie in the gaps, whether that is exact, and the oldest's ms.

    Large gaps are only read until their first record is known.
    """
    if not gaps:
        return 0, True, None
    consumer.assign(list(gaps))
    for part, (start, _) in gaps.items():
        consumer.seek(part, start)
    large = {part for part, (start, end) in gaps.items() if end - start > COUNTED_OFFSETS}
    counts: dict[TopicPartition, int] = defaultdict(int)
    first: dict[TopicPartition, int] = {}
    open_gaps = set(gaps)
    while open_gaps:
        for part, records in (await consumer.getmany(*open_gaps, timeout_ms=_POLL_MS)).items():
            inside = [one for one in records if one.offset < gaps[part][1] and one.timestamp >= since_ms]
            counts[part] += len(inside)
            if inside:
                first.setdefault(part, inside[0].timestamp)
        done = {part for part in open_gaps if part in large and part in first}
        done |= {part for part in open_gaps if await consumer.position(part) >= gaps[part][1]}
        open_gaps -= done
        if done:
            consumer.pause(*done)
    total = sum(gaps[part][1] - gaps[part][0] if part in large and part in first else counts[part] for part in gaps)
    return total, not any(part in first for part in large), min(first.values(), default=None)


async def _moved(client: AIOKafkaAdminClient, suspects: set[str], groups: Groups) -> dict[str, bool]:
    if not suspects:
        return {}
    await asyncio.sleep(_LOOK_AGAIN_AFTER_S)
    return {group: await _committed(client, group) != groups.committed.get(group, {}) for group in suspects}
