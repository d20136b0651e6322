"""Topics whose records tell what became of an earlier one (suspended, dead letters): the last state of each id."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar, cast
from uuid import UUID

from aiokafka import TopicPartition

from operations.reading import parse, read_after, read_all
from schemas.base import Record
from schemas.settings import KafkaSettings, Settings
from schemas.topics import Topic

_FRESH_S = 1.0
_ENDED_KEPT = 5_000


R = TypeVar("R", bound=Record)
V = TypeVar("V")


async def last_states(settings: Settings, topic: Topic, model: type[R], id_of: Callable[[R], UUID]) -> list[R]:
    """Return the newest record of every id, oldest first: reads the whole topic."""
    found: dict[UUID, R] = {}
    async for record in read_all(settings.kafka, {settings.kafka.naming.topic(topic)}):
        value = parse(model, record)
        if value is not None:
            found[id_of(value)] = value
    return list(found.values())


class Fold(Generic[R]):
    """The open items of such a topic, for pages that many people look at.

    The first look reads the topic; later ones read only what has come since, at most once a second for all viewers
    together. Kept are the open items and the last few thousand that ended: who comes second is told by whom.
    """

    def __init__(
        self,
        kafka: KafkaSettings,
        topic: Topic,
        model: type[R],
        id_of: Callable[[R], UUID],
        is_open: Callable[[R], bool],
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._model = model
        self._id_of = id_of
        self._is_open = is_open
        self._after: dict[TopicPartition, int] = {}
        self._open: dict[UUID, R] = {}
        self._ended: OrderedDict[UUID, R] = OrderedDict()
        self._lock = asyncio.Lock()
        self._looked_at = float("-inf")
        self._changes = 0
        self._viewed: tuple[int, object] | None = None

    async def items(self) -> list[R]:
        """The open ones, those first that came first. Raises what a Kafka client raises when it finds no broker."""
        await self._look()
        return list(self._open.values())

    async def view(self, make: Callable[[list[R]], V]) -> V:
        """What `make` makes of the open ones: made anew only after something changed, with 20,000 of them it takes
        half a second. One fold has one such view. Raises as `items`."""
        await self._look()
        if self._viewed is None or self._viewed[0] != self._changes:
            self._viewed = (self._changes, make(list(self._open.values())))
        return cast(V, self._viewed[1])

    async def one(self, wanted: UUID) -> R | None:
        """One that is open, or ended lately. Raises as `items`."""
        await self._look()
        return self._open.get(wanted) or self._ended.get(wanted)

    def put(self, value: R) -> None:
        """Take a state in that this process has just written: the next look need not have come to it."""
        identity = self._id_of(value)
        self._changes += 1
        if self._is_open(value):
            self._open[identity] = value
            self._ended.pop(identity, None)
            return
        self._open.pop(identity, None)
        self._ended[identity] = value
        self._ended.move_to_end(identity)
        while len(self._ended) > _ENDED_KEPT:
            self._ended.popitem(last=False)

    async def _look(self) -> None:
        async with self._lock:
            if time.monotonic() - self._looked_at < _FRESH_S:
                return
            async for record in read_after(self._kafka, {self._kafka.naming.topic(self._topic)}, self._after):
                value = parse(self._model, record)
                if value is not None:
                    self.put(value)
            self._looked_at = time.monotonic()
