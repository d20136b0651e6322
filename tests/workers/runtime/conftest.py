"""A database with the tables of the loop and of the probes."""

from collections.abc import AsyncIterator

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local import EmbeddedPlatform
from infra.database import create_engine, migrate
from infra.logs import frames_only, only_allowed
from schemas.settings import DatabaseSettings, KafkaSettings
from tests.services import Services
from tests.workers.runtime.harness import Installation
from tests.workers.runtime.probe import create_tables


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log as in production; the console form would draw every failure with its locals."""
    structlog.configure(processors=[frames_only, only_allowed, structlog.processors.JSONRenderer()])


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on a migrated database that also has the probe tables."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    await create_tables(engine)
    yield engine
    await engine.dispose()


@pytest.fixture
async def installation(services: Services, topic_prefix: str, engine: AsyncEngine) -> Installation:
    """Give topics of three partitions under a prefix of their own."""
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=3)
    installation = Installation(kafka, engine)
    await installation.create()
    return installation


@pytest.fixture
async def own(own_platform: EmbeddedPlatform, topic_prefix: str) -> AsyncIterator[Installation]:
    """Give an installation on a platform whose parts may be stopped."""
    status = own_platform.status()
    assert status.kafka is not None
    assert status.database is not None
    kafka = KafkaSettings(bootstrap_servers=status.kafka.bootstrap_servers, prefix=topic_prefix, partitions=3)
    await migrate(status.database.url)
    engine = create_engine(DatabaseSettings(url=SecretStr(status.database.url)))
    await create_tables(engine)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("TRUNCATE probe_decisions, probe_seen, probe_locks")
    installation = Installation(kafka, engine)
    await installation.create()
    yield installation
    await engine.dispose()
