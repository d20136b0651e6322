"""Remembers which body came under which signature, where the signature does not cover the body."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.errors import NotGenuine

MAX_REMEMBERED = 65_536
"""About 100 deliveries a second for the ten minutes of a usual window; some 15 MB. The oldest is forgotten first."""


class Replays:
    """The same body again is a vendor's retry and passes; another body under the same signature is refused."""

    def __init__(self, max_remembered: int = MAX_REMEMBERED) -> None:
        self._max_remembered = max_remembered
        self._seen: OrderedDict[bytes, bytes] = OrderedDict()

    @contextmanager
    def once(self, signed: tuple[str, ...], body: bytes) -> Iterator[None]:
        """Hold `signed` for one body while the block makes it durable, and keep it when that went well.

        Raises `NotGenuine`. A block that fails leaves nothing behind, so that a retry is never refused for it and
        unsigned calls push nothing out.
        """
        key, digest = hashlib.sha256("\0".join(signed).encode(errors="replace")).digest(), hashlib.sha256(body).digest()
        known = self._seen.get(key)
        if known is not None and known != digest:
            raise NotGenuine("another body came under this signature before")
        self._seen[key] = digest
        try:
            yield
        except BaseException:
            if known is None:
                self._seen.pop(key, None)
            raise
        while len(self._seen) > self._max_remembered:
            self._seen.popitem(last=False)
