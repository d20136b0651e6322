"""What all vendors' servers share: the messages they were given, the faults they show, the pushes they make."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Faults:
    """How a vendor misbehaves; shares are of calls, from 0 to 1.

    `slow_s` is waited before each answer. `lost` are calls that are carried out and never answered: the connection
    ends. `failed` are answered 503 and not carried out, `throttled` as the vendor throttles.
    """

    slow_s: float = 0.0
    lost: float = 0.0
    failed: float = 0.0
    throttled: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message the vendor took: to whom, by which of its ways, what it says, and our id of it where we gave one."""

    to: str
    way: str
    text: str
    vendor_id: str
    our_id: str | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """One call the vendor makes to us: the path with its query, as registered with the vendor, and the body."""

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"


class LostAnswer(ConnectionError):
    """The call was carried out and nobody hears of it."""


class Vendor:
    """One vendor. A subclass adds `routes` and, in them, wraps what it does by `faulty`."""

    name = "vendor"

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.delivered: list[Delivered] = []
        self._random = random.Random(self.faults.seed)  # noqa: S311 - faults that can be repeated, no secret

    def routes(self) -> list[BaseRoute]:
        """The vendor's own paths."""
        return []

    def app(self) -> Starlette:
        """The server. `/_delivered` shows what customers of this vendor would have on their screens."""
        return Starlette(routes=[Route("/_delivered", self._shown), *self.routes()])

    def throttling(self) -> Response:
        """The answer to a call too many."""
        return JSONResponse({"error": "too many"}, 429)

    def faulty(self, do: Endpoint) -> Endpoint:
        """The endpoint with this vendor's faults."""

        async def behaves(request: Request) -> Response:
            faults = self.faults
            if faults.slow_s:
                await asyncio.sleep(faults.slow_s)
            if self._falls(faults.failed):
                return Response(status_code=503)
            if self._falls(faults.throttled):
                return self.throttling()
            answer = await do(request)
            if self._falls(faults.lost):
                raise LostAnswer("carried out, never answered")
            return answer

        return behaves

    def _falls(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

    async def _shown(self, request: Request) -> Response:
        return JSONResponse(
            [
                {"to": one.to, "way": one.way, "text": one.text, "vendor_id": one.vendor_id, "our_id": one.our_id}
                for one in self.delivered
            ]
        )
