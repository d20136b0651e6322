"""What the stages read, and which of them stopped for a person."""

from typing import Any

from obstore.store import MemoryStore
from pydantic import SecretStr
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine
from infra.objects import RemoteStore
from operations.assembly import pack_of
from schemas.settings import DatabaseSettings, Settings
from schemas.tables.runtime import STOPS
from schemas.tokens import TokenKeys
from schemas.topics import Topic
from workers.context import WorkerContext
from workers.pipeline import PIPELINE

_NO_SECRET = b"only to ask a stage what it reads"


def topics_read(settings: Settings) -> dict[str, tuple[Topic, ...]]:
    """Return stage → the topics it reads. Needs no keys and connects to nothing."""
    context = WorkerContext(
        settings=settings,
        pack=pack_of(settings),
        engine=create_engine(DatabaseSettings(url=settings.database.url or SecretStr("postgresql://nowhere/none"))),
        objects=RemoteStore(MemoryStore()),
        pseudonym_key=_NO_SECRET,
        token_keys=TokenKeys("none", {"none": _NO_SECRET}),
        public_url="",
    )
    return {spec.name: spec.factory(context).reads for spec in PIPELINE}


async def open_stops(engine: AsyncEngine) -> dict[str, Row[Any]]:
    """Return consumer group → its open stop."""
    async with engine.connect() as connection:
        found = await connection.execute(select(STOPS).where(STOPS.c.resumed_at.is_(None)))
        return {row.stage: row for row in found}
