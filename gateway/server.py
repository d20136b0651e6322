"""Serves the gateway over HTTP: a socket, uvicorn within limits, `gateway.json` for those who ask where it is."""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from connectors.contract import Numbering
from connectors.web import Web
from gateway.app import create_app
from gateway.intake import IntakePath
from gateway.parts import GatewayParts
from infra.durable import write_durably
from infra.logs import log
from infra.service import Health
from schemas.errors import SettingsInvalid
from schemas.settings import Settings
from schemas.tokens import TokenKeys

_LOG = log(__name__)
_PORTS_TRIED = 100
_BACKLOG = 2048
HEADERS_WITHIN_S = 15.0
"""For the headers of one request; uvicorn itself waits for ever for them."""
IDLE_S = 30
STOP_WITHIN_S = 10


def listen(host: str, port: int, or_next: bool) -> socket.socket:
    """Listen on a port, with `or_next` on the next free one when it is taken; 0 is any free one.

    Raises `SettingsInvalid` when the port is taken or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = min(port + _PORTS_TRIED, 65_536) if or_next and port else port + 1
    reason: str | None = None
    for candidate in range(port, last):
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
            bound.listen(_BACKLOG)
        except OSError as error:
            bound.close()
            reason = error.strerror
        else:
            return bound
    raise SettingsInvalid(f"INTAKE_GATEWAY__PORT: cannot listen on {host}:{port} ({reason}); choose another")


def url_of(bound: socket.socket) -> str:
    """The URL under which this machine reaches a listening socket."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared, not bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class GatewayServer:
    """The gateway as a part of a process. Listens from its construction on, serves in `run`.

    `app` is built for the public URL, which is known only once the port is. Raises `SettingsInvalid` when the
    port is taken and `or_next` is not set.
    """

    name = "gateway"

    def __init__(self, settings: Settings, app: Callable[[str], Any], or_next: bool = False) -> None:
        self._bound = listen(settings.gateway.host, settings.gateway.port, or_next)
        self.url = url_of(self._bound)
        self._file = settings.home.absolute() / "gateway.json"
        self._server = _Server(
            uvicorn.Config(
                app((settings.gateway.public_url or self.url).rstrip("/")),
                http=_PatientForHeaders,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=2 * settings.gateway.max_connections,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then let the requests in flight end within 10 s."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._bound]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.to_thread(self._announce)
        _LOG.info("gateway listens", url=self.url, pid=os.getpid())
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._server.should_exit = True
            await serving
        finally:
            stopping.cancel()
            self._bound.close()
            self._file.unlink(missing_ok=True)

    def health(self) -> Health:
        """Ready while it takes connections."""
        return Health(self.name, self._server.started and not self._server.should_exit, self.url)

    def _announce(self) -> None:
        write_durably(self._file, (json.dumps({"url": self.url, "pid": os.getpid()}).encode(),))


def gateway_server(
    settings: Settings,
    intake: IntakePath,
    numbering: Numbering,
    pseudonym_key: bytes,
    token_keys: TokenKeys,
    healths: Callable[[], Sequence[Health]] = tuple,
    or_next: bool = False,
) -> GatewayServer:
    """Put the gateway of this process together. `intake` is open before it runs and closed after it has stopped.

    `healths` gives the other parts of the process for `/readyz`; `or_next` takes the next free port.
    """
    web = Web(numbering, pseudonym_key, settings.gateway.max_text_chars)

    def app(public_url: str) -> Any:
        parts = GatewayParts(intake, web, settings.gateway, token_keys, pseudonym_key, public_url, healths)
        return create_app(parts)

    return GatewayServer(settings, app, or_next)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process, which stops all its parts in order."""
        yield


class _PatientForHeaders(H11Protocol):
    """Ends a connection that does not send a request's headers in time (a "slow loris")."""

    _headers_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._headers_came()
        elif self._headers_due is None:
            self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        super().connection_lost(exc)

    def _expect_headers(self) -> None:
        self._headers_due = self.loop.call_later(HEADERS_WITHIN_S, self.transport.close)

    def _headers_came(self) -> None:
        if self._headers_due is not None:
            self._headers_due.cancel()
            self._headers_due = None
