"""Being woken by the database: LISTEN on a connection of its own. A missed notice costs one poll interval."""

import asyncio
from collections.abc import Callable

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

_CONNECT_TIMEOUT_S = 5
_CHECK_EVERY_S = 30.0


async def listen(engine: AsyncEngine, channel: str, stop: asyncio.Event, notify: Callable[[], None]) -> None:
    """Call `notify` for every notice on the channel until `stop`. Raises what psycopg raises when the database goes."""
    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(
        address, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
    ) as connection:
        await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        while not stop.is_set():
            # The generator ends after the timeout; a dead connection then fails at the next round trip.
            async for _ in connection.notifies(timeout=_CHECK_EVERY_S, stop_after=1):
                notify()
            await connection.execute("SELECT 1")
