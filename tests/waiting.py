"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], timeout_s: float = 30, every_s: float = 0.01) -> Any:
    """Return the first true result of `condition`, plain or async; TimeoutError after `timeout_s` seconds."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = condition()
            result = await found if inspect.isawaitable(found) else found
            if result:
                return result
            await asyncio.sleep(every_s)
