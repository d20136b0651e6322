"""A gateway with the operations pages, and members of staff who are signed in."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from gateway.app import create_app
from gateway.parts import GatewayParts
from infra.database import create_engine, migrate
from operations.pages import OperationsParts, extension
from schemas.policy import load_pack
from schemas.settings import DatabaseSettings, GatewaySettings, KafkaSettings, Settings
from tests.gateway.http import TOKEN_KEYS, Gateway
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import WEB, intake_path
from tests.gateway.staff.conftest import Desk
from tests.services import Services
from tests.workers.pieces import PSEUDONYM_KEY


@pytest.fixture
async def desk(database_url: str, tmp_path: Path, services: Services, topic_prefix: str) -> AsyncIterator[Desk]:
    """A desk on a migrated database of its own; Kafka is there and empty."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix)
    settings = Settings(home=tmp_path, kafka=kafka)
    log = MemoryLog()
    async with intake_path(log, tmp_path) as intake:
        parts = GatewayParts(
            intake, WEB, GatewaySettings(), TOKEN_KEYS, PSEUDONYM_KEY, "https://c.example.com", engine=engine
        )
        app = create_app(parts, [extension(OperationsParts(settings, load_pack(), engine))])
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 50_000))
        async with httpx.AsyncClient(transport=transport, base_url="https://c.example.com") as client:
            found = Gateway(client, log, parts)
            parts.now = lambda: found.now
            yield Desk(found, engine)
    await engine.dispose()
