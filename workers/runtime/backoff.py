"""How long to wait before the next try."""

import asyncio
import random
from collections.abc import Iterator


def delays(first_s: float = 0.05, at_most_s: float = 5.0) -> Iterator[float]:
    """Pauses in seconds, doubled each time up to a limit, spread so that workers do not come back in step."""
    delay = first_s
    while True:
        yield delay * random.uniform(0.7, 1.0)  # noqa: S311 - no secret depends on it
        delay = min(at_most_s, delay * 2)


async def rest(stop: asyncio.Event, seconds: float) -> None:
    """Wait for some seconds, or until told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
