"""A migrated, empty database for the tests of stages."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from schemas.settings import DatabaseSettings


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database of its own with all tables."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    yield engine
    await engine.dispose()
