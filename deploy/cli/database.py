"""The database as the commands see it: reached or said clearly what to start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine
from schemas.errors import Unreachable
from schemas.settings import Settings


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """Give an engine, disposed at the end. Unreachable when no database runs."""
    if settings.database.url is None:
        raise Unreachable(
            "PostgreSQL does not run: start everything with `intake run`, only the platform with"
            " `intake platform up`, or set INTAKE_DATABASE__URL"
        )
    engine = create_engine(settings.database)
    try:
        yield engine
    finally:
        await engine.dispose()
