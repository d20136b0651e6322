"""How much one client may send, and have going on at once: in bounded memory."""

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from schemas.errors import TooMany

BUSY_RETRY_S = 2
"""For a client that has too much going on at once: one of it ends soon."""
MAX_CLIENTS = 50_000
"""Remembered at once; the client not seen for longest is forgotten first, its bucket would be full again anyway."""


class RateLimit:
    """`per_minute` requests a client, all at once or spread; 0 switches it off. `clock` gives seconds."""

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic, max_clients: int = MAX_CLIENTS
    ) -> None:
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._max_clients = max_clients
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> None:
        """Count one request. Raises `TooMany` with the seconds until the next is accepted."""
        if not self._capacity:
            return
        now = self._clock()
        tokens, at = self._buckets.pop(client, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - at) * self._per_second)
        allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        if not allowed:
            wait_s = math.ceil((1 - tokens) / self._per_second)
            raise TooMany(f"over {self._capacity:.0f} requests a minute; try again in {wait_s} s", wait_s)

    def give_back(self, client: str) -> None:
        """Count the last request of a client as none: it was not what the limit is for."""
        if client in self._buckets:
            tokens, at = self._buckets[client]
            self._buckets[client] = (min(self._capacity, tokens + 1), at)


class AtOnce:
    """At most so many things of one client going on at the same time; 0 switches it off."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._going_on: Counter[str] = Counter()

    @contextmanager
    def one(self, client: str) -> Iterator[None]:
        """Count one until the end of the block. Raises `TooMany` when there are as many as there may be."""
        if self._most and self._going_on[client] >= self._most:
            raise TooMany(f"{self._most} at once are under way: read them to their end first", BUSY_RETRY_S)
        self._going_on[client] += 1
        try:
            yield
        finally:
            self._going_on[client] -= 1
            self._going_on += Counter()  # forgets clients that have nothing going on
