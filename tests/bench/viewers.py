"""Browsers that have the board open: each reads its stream of events and remembers when each came, and how much."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from tests.waiting import until

_FIRST_WITHIN_S = 60.0


@dataclass(slots=True)
class Viewer:
    """One of them. `at`: monotonic seconds at which an event had come; `sizes` in bytes of each."""

    at: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


async def watch(url: str, cookies: Mapping[str, str], count: int, seconds: float) -> Sequence[Viewer]:
    """Let so many watch for a while, after each of them has had its first event."""
    viewers = [Viewer() for _ in range(count)]
    limits = httpx.Limits(max_connections=count)
    async with httpx.AsyncClient(base_url=url, cookies=dict(cookies), limits=limits, timeout=_FIRST_WITHIN_S) as client:
        reading = [asyncio.create_task(_read(client, one)) for one in viewers]
        await until(lambda: all(one.at for one in viewers), timeout_s=_FIRST_WITHIN_S)
        for one in viewers:
            one.at.clear()
            one.sizes.clear()
        await asyncio.sleep(seconds)
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    return viewers


async def _read(client: httpx.AsyncClient, viewer: Viewer) -> None:
    while True:
        async with client.stream("GET", "/ops/events") as answer:
            size = 0
            async for chunk in answer.aiter_bytes():
                size += len(chunk)
                if chunk.endswith(b"\n\n") and size > len(b"retry: 2000\n\n"):
                    viewer.at.append(time.perf_counter())
                    viewer.sizes.append(size)
                    size = 0
