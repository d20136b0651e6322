"""What brokers know of transactions: three requests aiokafka 0.14.0 lacks, sent over connections of its clients.

Source: KIP-664; Kafka 4.3 protocol, DescribeTransactions (65) v0, DescribeProducers (61) v0, WriteTxnMarkers (27) v1.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import LeaderNotAvailableError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

_TRANSACTION_COORDINATOR = 1
_TRANSACTIONAL_ID_NOT_FOUND = 105
_TAGS = ("tags", TaggedFields)
_TOPICS = CompactArray(("name", CompactString()), ("partitions", CompactArray(Int32)), _TAGS)
_NO_TAGS: dict[int, bytes] = {}


class State(StrEnum):
    """Where a transaction stands with its coordinator. There are others, for a transaction that only expires."""

    EMPTY = "Empty"
    ONGOING = "Ongoing"
    PREPARE_COMMIT = "PrepareCommit"
    PREPARE_ABORT = "PrepareAbort"
    PREPARE_FENCE = "PrepareEpochFence"
    COMPLETE_COMMIT = "CompleteCommit"
    COMPLETE_ABORT = "CompleteAbort"


@dataclass(frozen=True, slots=True)
class Transaction:
    """The last transaction of a transactional id. `partitions` is empty once it has ended."""

    state: str
    producer_id: int
    epoch: int
    partitions: frozenset[TopicPartition]


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """A partition with records of a producer after which no marker stands: nobody reads past them."""

    partition: TopicPartition
    producer_id: int
    epoch: int
    coordinator_epoch: int


async def describe_transaction(client: Any, transactional_id: str) -> Transaction | None:
    """Ask the coordinator for the id's last transaction, None when it never heard of the id. Raises `KafkaError`."""
    coordinator = await client.coordinator_lookup(_TRANSACTION_COORDINATOR, transactional_id)
    answer = await client.send(coordinator, _DescribeTransactions(transactional_id))
    [(code, _, state, _, _, producer_id, epoch, topics, _)] = answer.transactions
    if code == _TRANSACTIONAL_ID_NOT_FOUND:
        return None
    _raise_for(code)
    partitions = frozenset(TopicPartition(topic, number) for topic, numbers, _ in topics for number in numbers)
    return Transaction(state, producer_id, epoch, partitions)


async def open_ends(client: Any, topics: Iterable[str], producer_id: int) -> list[OpenEnd]:
    """Ask the leaders of all partitions of the topics which of them have a transaction of the producer open.

    A topic the cluster does not have has none. Raises `KafkaError`.
    """
    places = [TopicPartition(topic, number) for topic in topics for number in await _partitions(client, topic)]
    found = []
    for leader, led in _by_leader(client, places).items():
        answer = await client.send(leader, _DescribeProducers(led))
        for topic, partitions, _ in answer.topics:
            for number, code, _, producers, _ in partitions:
                _raise_for(code)
                found += [
                    OpenEnd(TopicPartition(topic, number), producer_id, epoch, coordinator_epoch)
                    for one, epoch, _, _, coordinator_epoch, started, _ in producers
                    if one == producer_id and started >= 0
                ]
    return found


async def write_commit_markers(client: Any, ends: Iterable[OpenEnd]) -> None:
    """Commit what is open there, as the coordinator would have; needs the right ClusterAction. Raises `KafkaError`."""
    by_place = {end.partition: end for end in ends}
    for leader, led in _by_leader(client, by_place).items():
        answer = await client.send(leader, _WriteCommitMarkers([by_place[place] for place in led]))
        for _, topics, _ in answer.markers:
            for _, partitions, _ in topics:
                for _, code, _ in partitions:
                    _raise_for(code)


async def _partitions(client: Any, topic: str) -> Iterable[int]:
    if client.cluster.partitions_for_topic(topic) is None:
        client.add_topic(topic)
        await client.force_metadata_update()
    return client.cluster.partitions_for_topic(topic) or ()


def _by_leader(client: Any, places: Iterable[TopicPartition]) -> Mapping[int, list[TopicPartition]]:
    led: dict[int, list[TopicPartition]] = defaultdict(list)
    for place in places:
        leader = client.cluster.leader_for_partition(place)
        if leader is None or leader < 0:
            raise LeaderNotAvailableError(str(place))
        led[leader].append(place)
    return led


def _raise_for(code: int) -> None:
    if code:
        raise for_code(code)(code)


def _topics(places: Iterable[TopicPartition]) -> list[tuple[str, list[int], dict[int, bytes]]]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for place in places:
        numbers[place.topic].append(place.partition)
    return [(topic, of_topic, _NO_TAGS) for topic, of_topic in numbers.items()]


class _DescribeTransactionsResponse(Response):  # type: ignore[misc] # aiokafka has no types
    API_KEY = 65
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "transactions",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", CompactString()),
                ("state", CompactString()),
                ("timeout_ms", Int32),
                ("start_time_ms", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", _TOPICS),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _DescribeTransactionsRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 65
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _DescribeTransactionsResponse
    SCHEMA = Schema(("transactional_ids", CompactArray(CompactString())), _TAGS)


class _DescribeTransactions(Request[_DescribeTransactionsRequest]):  # type: ignore[misc]
    API_KEY = 65

    def __init__(self, transactional_id: str) -> None:
        self._transactional_id = transactional_id

    def build(self, request_struct_class: type[_DescribeTransactionsRequest]) -> _DescribeTransactionsRequest:
        return request_struct_class([self._transactional_id], _NO_TAGS)


class _DescribeProducersResponse(Response):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", CompactString()),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("error_code", Int16),
                        ("error_message", CompactString()),
                        (
                            "producers",
                            CompactArray(
                                ("producer_id", Int64),
                                ("producer_epoch", Int32),
                                ("last_sequence", Int32),
                                ("last_timestamp_ms", Int64),
                                ("coordinator_epoch", Int32),
                                ("transaction_start_offset", Int64),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _DescribeProducersRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _DescribeProducersResponse
    SCHEMA = Schema(("topics", _TOPICS), _TAGS)


class _DescribeProducers(Request[_DescribeProducersRequest]):  # type: ignore[misc]
    API_KEY = 61

    def __init__(self, places: Iterable[TopicPartition]) -> None:
        self._places = places

    def build(self, request_struct_class: type[_DescribeProducersRequest]) -> _DescribeProducersRequest:
        return request_struct_class(_topics(self._places), _NO_TAGS)


class _WriteTxnMarkersResponse(Response):  # type: ignore[misc]
    API_KEY = 27
    API_VERSION = 1
    SCHEMA = Schema(
        (
            "markers",
            CompactArray(
                ("producer_id", Int64),
                (
                    "topics",
                    CompactArray(
                        ("name", CompactString()),
                        ("partitions", CompactArray(("partition", Int32), ("error_code", Int16), _TAGS)),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _WriteTxnMarkersRequest(RequestStruct):  # type: ignore[misc]
    API_KEY = 27
    API_VERSION = 1
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _WriteTxnMarkersResponse
    SCHEMA = Schema(
        (
            "markers",
            CompactArray(
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("committed", Boolean),
                ("topics", _TOPICS),
                ("coordinator_epoch", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _WriteCommitMarkers(Request[_WriteTxnMarkersRequest]):  # type: ignore[misc]
    """A marker for each partition by itself: each has a coordinator epoch of its own, below which it takes none."""

    API_KEY = 27

    def __init__(self, ends: Iterable[OpenEnd]) -> None:
        self._ends = ends

    def build(self, request_struct_class: type[_WriteTxnMarkersRequest]) -> _WriteTxnMarkersRequest:
        markers = [
            (end.producer_id, end.epoch, True, _topics([end.partition]), max(0, end.coordinator_epoch), _NO_TAGS)
            for end in self._ends
        ]
        return request_struct_class(markers, _NO_TAGS)
