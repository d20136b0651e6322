"""A file stays counted on a real server for as long as its reader has not taken it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from starlette.types import Receive, Scope, Send

from deploy.http import listen
from gateway.limits import AtOnce
from gateway.problems import problem
from gateway.server import GatewayServer
from operations.departments.files import download
from schemas.errors import TooMany
from schemas.settings import GatewaySettings
from tests.waiting import until

pytestmark = pytest.mark.services  # needs none of them, but sockets
LARGE_BYTES = 64 * 1024 * 1024
"""More than the buffers of any two sockets."""


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Where a file is served, to one reader at a time."""
    limit, bound, stop = AtOnce(1), listen("127.0.0.1", 0), asyncio.Event()

    async def files(scope: Scope, receive: Receive, send: Send) -> None:
        answer = download(UUID(int=7), bytes(LARGE_BYTES))
        try:
            answer.held = limit.one("token")
            await answer(scope, receive, send)
        except TooMany as error:
            await problem(error)(scope, receive, send)

    running = asyncio.create_task(GatewayServer(GatewaySettings(), files, bound).run(stop))
    yield bound.getsockname()[1]
    stop.set()
    await running


async def ask(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Ask for the file; nothing of it is taken yet but its first line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return reader, writer


async def status_of(port: int) -> bytes:
    """What another reader is answered."""
    reader, writer = await ask(port)
    line = await reader.readline()
    writer.transport.abort()
    return line.split()[1]


async def test_a_reader_that_takes_nothing_counts_until_it_took_all(port: int) -> None:
    reader, writer = await ask(port)
    first = await reader.readline()
    meanwhile = [await status_of(port) for _ in range(3)]

    taken = await reader.read()
    writer.close()

    assert first.split()[1] == b"200"
    assert meanwhile == [b"429"] * 3
    assert len(taken.partition(b"\r\n\r\n")[2]) == LARGE_BYTES
    assert await until(lambda: _is_free(port))


async def test_a_reader_that_goes_away_counts_no_longer(port: int) -> None:
    reader, writer = await ask(port)
    await reader.readline()

    writer.transport.abort()

    assert await until(lambda: _is_free(port))


async def _is_free(port: int) -> bool:
    return await status_of(port) == b"200"
