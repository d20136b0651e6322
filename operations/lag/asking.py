"""What the broker is asked for lag, in as few requests as the protocol allows, each one counted.

Per look: groups and their members one request a broker, ends of all partitions two a broker, committed offsets one a
group. `ListGroups` answers with the groups a broker coordinates, so that nobody has to be asked who coordinates whom.
Source: Kafka protocol guide; aiokafka 0.14.0, whose admin client asks for a coordinator before every single question,
takes an offset answer with an error code for "nothing committed", and decodes an answer about several groups wrongly.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaConnectionError, for_code
from aiokafka.protocol.admin import (
    DescribeGroupsRequest_v0,
    DescribeGroupsRequest_v1,
    DescribeGroupsRequest_v2,
    ListGroupsRequest,
)
from aiokafka.protocol.api import Request
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest

from infra.kafka import client_options
from schemas.settings import KafkaSettings

EARLIEST, LATEST = -2, -1
_READ_COMMITTED = 1
_AT_ONCE = 8
"""Questions about groups that are open at the same time."""
_ANSWER_WITHIN_MS = 10_000


class _DescribeGroups(Request[DescribeGroupsRequest_v0 | DescribeGroupsRequest_v1 | DescribeGroupsRequest_v2]):  # type: ignore[misc]
    """Up to v2: aiokafka 0.14 decodes v3 as v2, which goes wrong from the second group on."""

    API_KEY = 15

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = list(groups)

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._groups)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which broker leads each partition, and all brokers."""

    brokers: tuple[int, ...] = ()
    leaders: Mapping[TopicPartition, int] = field(default_factory=dict)

    def partitions_of(self, topics: Collection[str]) -> list[TopicPartition]:
        """The partitions of those topics that exist, sorted."""
        return sorted(part for part in self.leaders if part.topic in topics)


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in a group. `count` is None when the broker does not tell (groups of the newer Kafka protocol)."""

    count: int | None
    topics: frozenset[str] = frozenset()


class LagClient:
    """Asks the brokers; `requests` counts every question. KafkaError, OSError or TimeoutError when one stays open."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._client = AIOKafkaClient(**client_options(settings), request_timeout_ms=_ANSWER_WITHIN_MS)
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self.requests = 0

    async def start(self) -> None:
        """Connect. KafkaConnectionError when no broker answers."""
        await self._client.bootstrap()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def layout(self) -> Layout:
        """Return all topics with their leaders. Asks for all: a question about one topic might create it."""
        node = self._client.get_random_node()
        if node is None:
            raise KafkaConnectionError("no broker is known")
        answer = await self._ask(node, MetadataRequest(None))
        self._client.cluster.update_metadata(answer)
        found = answer.to_object()
        leaders = {
            TopicPartition(topic["topic"], part["partition"]): part["leader"]
            for topic in found["topics"]
            for part in topic["partitions"]
        }
        return Layout(tuple(broker["node_id"] for broker in found["brokers"]), leaders)

    async def groups(self, brokers: Iterable[int]) -> dict[str, int]:
        """Return every group with the broker that coordinates it."""
        nodes = list(brokers)
        answers = await asyncio.gather(*(self._ask(node, ListGroupsRequest()) for node in nodes))
        for answer in answers:
            if answer.error_code:
                raise for_code(answer.error_code)("the list of groups cannot be had")
        return {name: node for node, answer in zip(nodes, answers, strict=True) for name, _ in answer.groups}

    async def members(self, coordinators: Mapping[str, int]) -> dict[str, Members]:
        """Return who is in each of the groups: one request for all groups of a coordinator.

        A group whose coordinator is just moving is left out.
        """
        asked: dict[int, list[str]] = defaultdict(list)
        for group, node in coordinators.items():
            asked[node].append(group)
        answers = await asyncio.gather(*(self._ask(node, _DescribeGroups(names)) for node, names in asked.items()))
        described = (one for answer in answers for one in answer.groups)
        return {one[1]: _members(one) for one in described if not for_code(one[0]).retriable}

    async def committed(self, coordinators: Mapping[str, int]) -> dict[str, dict[TopicPartition, int]]:
        """Return what each of the groups has committed; a partition without an offset is left out.

        A group whose coordinator is just moving is left out: that is not a group that has committed nothing.
        """
        answers = await asyncio.gather(*(self._committed(group, node) for group, node in coordinators.items()))
        return {group: found for group, found in zip(coordinators, answers, strict=True) if found is not None}

    async def offsets(
        self, layout: Layout, partitions: Sequence[TopicPartition], at: int
    ) -> dict[TopicPartition, int | None]:
        """Return the offset at `at` (EARLIEST, LATEST or ms of a time), one request a leader.

        LATEST is the last stable offset: beyond it lies what is not decided yet. A time after the last record gives
        None. A partition that no leader answers for is left out.
        """
        asked: dict[int, dict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        for part in partitions:
            if (leader := layout.leaders[part]) >= 0:
                asked[leader][part.topic].append((part.partition, at))
        requests = (
            self._ask(node, OffsetRequest(-1, _READ_COMMITTED, list(topics.items()))) for node, topics in asked.items()
        )
        return {
            TopicPartition(topic, part): offset if offset >= 0 else None
            for answer in await asyncio.gather(*requests)
            for topic, found in answer.topics
            for part, error, _, offset in found
            if not error
        }

    async def _committed(self, group: str, node: int) -> dict[TopicPartition, int] | None:
        answer = await self._ask(node, OffsetFetchRequest(group, None))
        if for_code(answer.error_code).retriable:
            return None
        # Any other error is about groups that have no offsets of this kind, such as share groups.
        return {
            TopicPartition(topic, part): offset
            for topic, found in answer.topics
            for part, offset, _, error in found
            if not error and offset >= 0
        }

    async def _ask(self, node: int, request: Request[Any]) -> Any:
        async with self._slots:
            self.requests += 1
            return await self._client.send(node, request)


def _members(described: Sequence[Any]) -> Members:
    error, _, state, _, _, members = described[:6]
    # Groups of the newer protocol (KIP-848) look dead to this request although they are listed.
    if error or state == "Dead":
        return Members(None)
    return Members(len(members), frozenset(topic for one in members for topic in _topics_of(one[4])))


def _topics_of(assignment: bytes) -> list[str]:
    if not assignment:
        return []
    return [topic for topic, _ in ConsumerProtocolMemberAssignment.decode(assignment).assignment]
