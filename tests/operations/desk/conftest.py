"""The working pages on a gateway with database and Kafka, and members of staff who are signed in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from obstore.store import MemoryStore
from pydantic import SecretStr
from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp

from gateway.app import create_app
from gateway.parts import GatewayParts
from infra.database import create_engine, migrate
from infra.kafka import create_topics, producer
from infra.objects import RemoteStore
from operations.assembly import pack_of, topics_of
from operations.pages import OperationsParts, extension
from schemas.base import Record
from schemas.settings import DatabaseSettings, GatewaySettings, KafkaSettings, KeySettings, Settings
from schemas.tables.staff import AUDIT_LOG
from schemas.topics import COMMANDS, DEAD_LETTER, DEDUPLICATED, DELIVERIES_RAW, MESSAGES, RECEIVED, SUSPENDED, Topic
from schemas.wire import value
from tests.gateway.http import TOKEN_KEYS, Gateway
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import NOW, PSEUDONYM_KEY, WEB, intake_path
from tests.gateway.staff.conftest import Desk
from tests.services import Services
from workers.context import WorkerContext
from workers.pipeline import build

TOPICS = (DELIVERIES_RAW, RECEIVED, SUSPENDED, DEAD_LETTER, DEDUPLICATED, COMMANDS, MESSAGES)
KEYS = KeySettings(
    number=SecretStr("number key of the tests, 32 bytes"),
    pseudonym=SecretStr("pseudonym key of the tests, 32 b."),
    tokens={"k1": SecretStr("token key of the tests, 32 bytes")},
)


@dataclass(slots=True)
class Office(Desk):
    """A gateway with the operations pages."""

    settings: Settings
    parts: OperationsParts
    app: ASGIApp

    async def write(self, topic: Topic, record: Record, key: str) -> None:
        """Put a record on a topic."""
        async with producer(self.settings.kafka) as client:
            await client.send_and_wait(self.settings.kafka.naming.topic(topic), value(record), key.encode())

    async def insert(self, table: Table, **values: Any) -> None:
        """Put a row where its stage would."""
        async with self.engine.begin() as connection:
            await connection.execute(insert(table).values(**values))

    async def actions(self) -> list[tuple[str, list[str], str | None]]:
        """What the audit log has, sign-ins left out."""
        rows = await self.rows(select(AUDIT_LOG).order_by(AUDIT_LOG.c.entry_id))
        return [(row.action, row.object_ids, row.purpose) for row in rows if not row.action.startswith("sign")]

    @asynccontextmanager
    async def stages(self, *names: str) -> AsyncIterator[None]:
        """Let stages of the pipeline work."""
        context = WorkerContext(
            settings=self.settings,
            pack=self.parts.pack,
            engine=self.engine,
            objects=RemoteStore(MemoryStore()),
            pseudonym_key=PSEUDONYM_KEY,
            token_keys=TOKEN_KEYS,
            public_url="https://c.example.com",
        )
        await create_topics(self.settings.kafka, topics_of(self.settings))
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for name in names:
                group.create_task(build(name, context).run(stop))
            try:
                yield
            finally:
                stop.set()


async def office_of(settings: Settings, engine: AsyncEngine | None, folder: Path) -> AsyncIterator[Office]:
    """Open one."""
    operations = OperationsParts(settings, pack_of(settings), engine)
    log = MemoryLog()
    async with intake_path(log, folder / "intake") as intake:
        parts = GatewayParts(
            intake,
            WEB,
            GatewaySettings(),
            TOKEN_KEYS,
            PSEUDONYM_KEY,
            "https://c.example.com",
            engine=engine,
            home=folder,
        )
        app = create_app(parts, [extension(operations)])
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="https://c.example.com") as client:
            of = Gateway(client, log, parts, NOW)
            parts.now = lambda: of.now
            yield Office(of, engine, settings, operations, app)  # type: ignore[arg-type]  # without one: only refusals


@pytest.fixture
async def office(services: Services, database_url: str, topic_prefix: str, tmp_path: Path) -> AsyncIterator[Office]:
    """The pages with everything they need; no stage runs."""
    await migrate(database_url)
    settings = Settings(
        home=tmp_path,
        kafka=KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1),
        database=DatabaseSettings(url=SecretStr(database_url)),
        keys=KEYS,
    )
    await create_topics(settings.kafka, TOPICS)
    engine = create_engine(settings.database)
    async for one in office_of(settings, engine, tmp_path):
        yield one
    await engine.dispose()
