"""The migrations produce what is declared, and several processes may apply them at once."""

import asyncio

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from infra.database import create_engine, drift, migrate, psycopg_url
from schemas.errors import SettingsInvalid
from schemas.settings import DatabaseSettings
from schemas.tables import METADATA


@pytest.mark.services
async def test_migrations_produce_exactly_the_declared_tables(database_url: str) -> None:
    await migrate(database_url)

    assert await drift(database_url) == []


@pytest.mark.services
async def test_processes_may_migrate_at_the_same_time_and_again(database_url: str) -> None:
    await asyncio.gather(*(migrate(database_url) for _ in range(4)))
    await migrate(database_url)

    assert await drift(database_url) == []


@pytest.mark.services
async def test_sessions_run_in_utc_and_read_committed(database_url: str) -> None:
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    try:
        async with engine.begin() as connection:
            zone = await connection.scalar(text("SHOW timezone"))
            level = await connection.scalar(text("SHOW transaction_isolation"))
    finally:
        await engine.dispose()

    assert (zone, level) == ("UTC", "read committed")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_url_is_accepted_as_users_write_it(scheme: str) -> None:
    url = psycopg_url(f"{scheme}://intake:p%40ss@db.example:5432/intake")

    assert (url.drivername, url.password, url.host) == ("postgresql+psycopg", "p@ss", "db.example")


def test_another_database_is_refused_with_the_name_of_the_setting() -> None:
    with pytest.raises(SettingsInvalid, match="INTAKE_DATABASE__URL"):
        psycopg_url("mysql://db.example/intake")


def test_a_missing_database_names_the_setting() -> None:
    with pytest.raises(SettingsInvalid, match="INTAKE_DATABASE__URL"):
        create_engine(DatabaseSettings())


@pytest.mark.services
async def test_what_is_declared_without_a_log_has_none(database_url: str) -> None:
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    try:
        async with engine.begin() as connection:
            found = await connection.scalars(
                text("SELECT relname FROM pg_class WHERE relpersistence = 'u' AND relkind = 'r'")
            )
    finally:
        await engine.dispose()

    assert set(found) == {table.name for table in METADATA.tables.values() if "UNLOGGED" in table._prefixes}
