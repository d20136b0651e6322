"""An installation with the topics of the stages, and a foreign reader of what they write."""

from collections.abc import Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.kafka import create_topics
from schemas.settings import KafkaSettings
from tests.faults.witness import Witness
from tests.services import Services
from tests.workers.faults.stages import TOPICS, watch
from tests.workers.runtime.harness import Installation


@pytest.fixture
async def installation(services: Services, topic_prefix: str, engine: AsyncEngine) -> Installation:
    """Give topics of three partitions under a prefix of their own, and a database."""
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=3)
    await create_topics(kafka, TOPICS)
    return Installation(kafka, engine)


@pytest.fixture
def witness(installation: Installation) -> Iterator[Witness]:
    """Read along from the beginning."""
    witness = watch(installation)
    yield witness
    witness.close()
