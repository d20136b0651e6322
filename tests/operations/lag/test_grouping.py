"""Which groups are asked about, and what is thought of one that does not answer."""

from collections.abc import Mapping

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from operations.lag.asking import LagClient, Layout, Members
from operations.lag.grouping import Groups
from operations.lag.watched import Readers
from tests.operations.lag.looks import ROUTE

PLACE = TopicPartition(ROUTE.topic, 0)
QUALITY = "departments.quality.v1"


class Broker(LagClient):
    """A broker whose groups are set by the test; those in `moving` do not answer."""

    def __init__(self, *names: str) -> None:
        self.known = dict.fromkeys(names, 1)
        self.offsets_of: dict[str, dict[TopicPartition, int]] = {}
        self.moving: set[str] = set()
        self.asked: list[set[str]] = []

    async def groups(self, brokers: object) -> dict[str, int]:
        return self.known

    async def members(self, coordinators: Mapping[str, int]) -> dict[str, Members]:
        return {group: Members(1, frozenset([QUALITY])) for group in coordinators if group not in self.moving}

    async def committed(self, coordinators: Mapping[str, int]) -> dict[str, dict[TopicPartition, int]]:
        self.asked.append(set(coordinators))
        return {group: self.offsets_of.get(group, {}) for group in coordinators if group not in self.moving}


def groups_of(broker: Broker) -> Groups:
    """One stage and one department are watched."""
    return Groups(broker, Readers([ROUTE], {"quality": QUALITY}, {"quality": ("quality-mes",)}))


async def test_a_group_whose_coordinator_moves_stays_as_it_was_known() -> None:
    broker = Broker("route")
    broker.offsets_of = {"route": {PLACE: 7}}
    groups = groups_of(broker)
    await groups.refresh(Layout())
    broker.moving = {"route"}
    await groups.refresh(Layout())

    assert (groups.committed("route"), groups.members("route")) == ({PLACE: 7}, 1)


async def test_a_group_that_has_never_answered_is_not_one_that_never_committed() -> None:
    broker = Broker("route")
    broker.moving = {"route"}

    with pytest.raises(KafkaError):
        await groups_of(broker).refresh(Layout())


async def test_a_group_that_is_gone_is_forgotten() -> None:
    broker = Broker("route")
    broker.offsets_of = {"route": {PLACE: 7}}
    groups = groups_of(broker)
    await groups.refresh(Layout())
    broker.known = {}
    await groups.refresh(Layout())

    assert (groups.committed("route"), groups.members("route")) == ({}, 0)


async def test_who_reads_a_departments_topic_is_watched_beside_who_said_so() -> None:
    groups = groups_of(Broker("route", "quality-bi"))
    await groups.refresh(Layout())

    watched = [(one.kind, one.group) for one in groups.watched()]

    assert watched == [("stage", "route"), ("department", "quality-bi"), ("department", "quality-mes")]


async def test_groups_that_read_nothing_of_ours_are_asked_about_only_now_and_then() -> None:
    broker = Broker("route", "elsewhere")
    broker.members = _elsewhere  # type: ignore[method-assign]
    groups = groups_of(broker)
    for _ in range(2):
        await groups.refresh(Layout())
    broker.known = {"route": 1, "elsewhere": 1, "new": 1}
    await groups.refresh(Layout())

    assert broker.asked == [{"route", "elsewhere"}, {"route"}, {"route", "new"}]


async def _elsewhere(coordinators: Mapping[str, int]) -> dict[str, Members]:
    return {group: Members(1, frozenset(["another.topic"])) for group in coordinators}
