"""The way from the event loop to a blocking IMAP session: one thread, one verb at a time, each under a time limit."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from connectors.imap.session import Session
from schemas.errors import ChannelUnavailable

P = ParamSpec("P")
T = TypeVar("T")
_CLOSE_WITHIN_S = 5


class Line:
    """Runs verbs of one session, each under a limit of its own: trickled bytes never run into a socket timeout."""

    def __init__(self, session: Session, limit_s: float) -> None:
        self.session = session
        self._limit_s = limit_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")

    async def run(self, verb: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one verb. Raises what it raises, and `ChannelUnavailable` when it takes too long."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, lambda: verb(*args, **kwargs))
        done, _ = await asyncio.wait({future}, timeout=self._limit_s)
        if not done:
            self.session.abort()
            future.add_done_callback(_seen)
            raise ChannelUnavailable(f"no answer within {self._limit_s:.0f} s")
        return future.result()

    async def close(self, polite: bool) -> None:
        """Log out if the line is in order, break it otherwise."""
        if not polite:
            self.session.abort()
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self.session.close, polite)
        await asyncio.wait({closing}, timeout=_CLOSE_WITHIN_S)
        closing.add_done_callback(_seen)
        self._thread.shutdown(wait=False)


def _seen(future: "asyncio.Future[T]") -> None:
    if not future.cancelled():
        future.exception()
