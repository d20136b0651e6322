"""A gateway with the operations pages and a database, and members of staff who are signed in."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from gateway.app import create_app
from gateway.parts import GatewayParts
from infra.database import create_engine, migrate
from operations.pages import OperationsParts, extension
from schemas.policy import load_pack
from schemas.settings import DatabaseSettings, GatewaySettings, Settings
from tests.gateway.http import TOKEN_KEYS, Gateway
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import PSEUDONYM_KEY, WEB, intake_path
from tests.gateway.staff.conftest import Desk

OpenOps = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
async def open_ops(database_url: str, tmp_path: Path) -> AsyncIterator[OpenOps]:
    """Open desks with the operations pages on one migrated database; `more` are optional parts of the gateway."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))

    @asynccontextmanager
    async def opened(**more: Any) -> AsyncIterator[Desk]:
        log = MemoryLog()
        async with intake_path(log, tmp_path) as intake:
            parts = GatewayParts(
                intake,
                WEB,
                GatewaySettings(),
                TOKEN_KEYS,
                PSEUDONYM_KEY,
                "https://c.example.com",
                engine=engine,
                **more,
            )
            app = create_app(parts, [extension(OperationsParts(Settings(), load_pack(), engine))])
            transport = httpx.ASGITransport(app, client=("192.0.2.7", 50_000))
            async with httpx.AsyncClient(transport=transport, base_url="https://c.example.com") as client:
                found = Gateway(client, log, parts)
                parts.now = lambda: found.now
                yield Desk(found, engine)

    yield opened
    await engine.dispose()


async def audited(desk: Desk) -> list[str]:
    """What is on record, oldest first."""
    async with desk.engine.connect() as connection:
        found = await connection.execute(text("SELECT action FROM audit_log ORDER BY entry_id"))
        return [row.action for row in found]
