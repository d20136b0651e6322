"""Clients of PostgreSQL: the engine from settings, the migrations of the package applied by one process at a time."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy import create_engine as create_sync_engine
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

import schemas.migrations
from infra.arrays import ArrayDumper
from schemas.errors import SettingsInvalid
from schemas.settings import DatabaseSettings
from schemas.tables import METADATA

T = TypeVar("T")

_MIGRATION_LOCK = 0x1A7A4E_0001
"""Key of the advisory lock that lets one process migrate while the others wait."""

_SESSION = "-c timezone=UTC -c lock_timeout=30s -c idle_in_transaction_session_timeout=120s"
"""A process that hangs inside a transaction must not hold the row locks of the others for ever."""

_CONNECT_TIMEOUT_S = 5
_POOL_WAIT_S = 10


def psycopg_url(url: str) -> URL:
    """Accept `postgresql://`, `postgres://` and `postgresql+psycopg://` as users write them."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.get_backend_name() != "postgresql":
        raise SettingsInvalid(
            "INTAKE_DATABASE__URL: only PostgreSQL is supported, postgresql://user:password@host/name"
        )
    return parsed.set(drivername="postgresql+psycopg")


def create_engine(settings: DatabaseSettings) -> AsyncEngine:
    """Return the engine of this process: psycopg, READ COMMITTED, sessions in UTC, broken connections replaced.

    Nothing is connected yet. Raises `SettingsInvalid` when no database is named.
    """
    if settings.url is None:
        raise SettingsInvalid("INTAKE_DATABASE__URL: name a database, or start the platform")
    engine = create_async_engine(
        psycopg_url(settings.url.get_secret_value()),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_S,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
        connect_args={
            "connect_timeout": _CONNECT_TIMEOUT_S,
            "application_name": "complaint-intake",
            "options": _SESSION,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
        },
    )
    event.listen(engine.sync_engine, "connect", _write_arrays)
    return engine


def _write_arrays(connection: Any, _: Any) -> None:
    connection.driver_connection.adapters.register_dumper(list, ArrayDumper)


async def migrate(url: str) -> None:
    """Bring the database to the newest schema. Several processes may call it at once: one works, the others wait."""
    await asyncio.to_thread(_alone, url, _upgrade)


async def drift(url: str) -> list[str]:
    """Return the differences between the migrated database and the declared tables, empty when there are none."""
    return await asyncio.to_thread(_alone, url, _differences)


def _alone(url: str, work: Callable[[Connection], T]) -> T:
    engine = create_sync_engine(psycopg_url(url), poolclass=NullPool, connect_args={"options": "-c timezone=UTC"})
    with engine.connect() as guard:
        guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
        with engine.begin() as connection:
            return work(connection)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schemas.migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


def _differences(connection: Connection) -> list[str]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return [repr(difference) for difference in compare_metadata(context, METADATA)]
