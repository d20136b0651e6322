"""A database with the tables of the loop and of the probes."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from schemas.settings import DatabaseSettings
from tests.workers.runtime.probe import create_tables


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Give an engine on a migrated database that also has the probe tables."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    await create_tables(engine)
    yield engine
    await engine.dispose()
