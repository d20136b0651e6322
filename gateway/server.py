"""Serves the gateway's application over HTTP with limits on connections, idle time and slow headers."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infra.service import Health
from schemas.settings import GatewaySettings

HEADERS_WITHIN_S = 15.0
"""For the headers of one request; uvicorn itself waits for ever for them."""
MAX_HEADER_BYTES = 64 * 1024
"""Of one request; more is answered with 400."""
IDLE_S = 30
STOP_WITHIN_S = 10


class GatewayServer:
    """The gateway's HTTP server as a part of a process, on a socket that already listens.

    Above `max_connections` the application answers 503 itself; at twice as many uvicorn does.
    """

    name = "gateway"

    def __init__(self, settings: GatewaySettings, app: ASGIApp, bound: socket.socket) -> None:
        self._bound = bound
        self._server = _Server(
            uvicorn.Config(
                app,
                http=PatientForHeaders,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=2 * settings.max_connections,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then let the requests in flight end within 10 s and close the socket."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._bound]))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._server.should_exit = True
            await serving
        finally:
            stopping.cancel()
            self._bound.close()

    def health(self) -> Health:
        """Ready while it takes connections."""
        ready = self._server.started and not self._server.should_exit
        return Health(self.name, ready, "takes connections" if ready else "takes no connections")


class PatientForHeaders(HttpToolsProtocol):
    """Ends a connection whose headers do not come in time (a "slow loris") or do not end (uvicorn sets no limit)."""

    _headers_due: asyncio.TimerHandle | None = None
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        self._header_bytes += len(data)
        super().data_received(data)
        if self._headers_due is not None and self._header_bytes > MAX_HEADER_BYTES:
            self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._headers_due is None:
            self._expect_headers()

    def on_headers_complete(self) -> None:
        self._headers_came()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._header_bytes = 0
        self._headers_due = self.loop.call_later(HEADERS_WITHIN_S, self.transport.close)

    def _headers_came(self) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which stops all its parts in order."""
        yield
