"""What all partitions of one stage share."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import client_options
from schemas.settings import KafkaSettings, WorkerSettings
from schemas.topics import DEAD_LETTER
from schemas.wire import Naming
from workers.runtime.encoding import Encoder
from workers.runtime.reading import Reader
from workers.runtime.stage import AnyStage


@dataclass(frozen=True)
class StageContext:
    """One stage of one installation."""

    stage: AnyStage
    kafka: KafkaSettings
    engine: AsyncEngine | None
    settings: WorkerSettings

    @property
    def naming(self) -> Naming:
        """How topics and groups are named."""
        return self.kafka.naming

    @property
    def group(self) -> str:
        """The consumer group."""
        return self.naming.group(self.stage.name)

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Broker names of what the stage reads."""
        return tuple(self.naming.topic(topic) for topic in self.stage.reads)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Broker names of everything the stage may write to, its dead letters included."""
        return tuple(self.naming.topic(topic) for topic in (*self.stage.writes, DEAD_LETTER))

    @cached_property
    def options(self) -> dict[str, Any]:
        """Options of every client."""
        return client_options(self.kafka)

    @cached_property
    def encoder(self) -> Encoder:
        """Makes records of this installation."""
        return Encoder(self.naming)

    @cached_property
    def reader(self) -> Reader:
        """Reads records of this installation."""
        return Reader(self.stage, self.naming)
