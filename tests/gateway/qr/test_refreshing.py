"""The list of revoked codes is refreshed beside requests, and nothing of that outlives the gateway."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.pool import QueuePool

from gateway.qr.revoked import Revoked
from infra.database import create_engine, migrate
from schemas.settings import DatabaseSettings
from schemas.settings.staff import QrSettings
from tests.gateway.parts import NOW

pytestmark = pytest.mark.services


async def test_a_refresh_under_way_gives_its_connection_back_when_the_gateway_ends(
    database_url: str, tmp_path: Path
) -> None:
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    revoked = Revoked(tmp_path, engine, QrSettings())

    revoked.has("c1", NOW)
    async with engine.connect():
        pass
    await revoked.aclose()

    assert isinstance(engine.pool, QueuePool)
    assert engine.pool.checkedout() == 0
    await engine.dispose()
