"""HTTP servers as parts: the gateway's, and the small one that says how a process is."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from infra.service import Health
from schemas.errors import SettingsInvalid

_TRIED_PORTS = 100
_SHUTDOWN_S = 10


def listen(host: str, port: int, *, or_next: bool = False, setting: str = "INTAKE_GATEWAY__PORT") -> socket.socket:
    """Return a socket that listens on `host`:`port`; port 0 takes any, `or_next` the next free one when taken.

    Raises SettingsInvalid naming `setting` when the port is taken or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, port + (_TRIED_PORTS if or_next and port else 1)):
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, candidate))
            bound.listen(2048)
        except OSError as error:
            bound.close()
            reason = error.strerror
        else:
            return bound
    raise SettingsInvalid(f"cannot listen on {host}:{port} ({reason}): set {setting} or INTAKE_GATEWAY__HOST")


def address_of(bound: socket.socket) -> str:
    """Return the URL under which a listening socket is reached from this machine."""
    host, port = bound.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class HttpServer:
    """Serves an application on a socket that already listens, so that no port is lost between choosing and using."""

    def __init__(self, name: str, app: Any, bound: socket.socket) -> None:
        self.name = name
        self._bound = bound
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=_SHUTDOWN_S,
            server_header=False,
            # The gateway decides itself which proxies it believes.
            proxy_headers=False,
        )
        self._server = _Server(config)

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then let requests in flight end within 10 s."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._bound.dup()]))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        self._server.should_exit = True
        await serving

    def health(self) -> Health:
        """Ready while it accepts connections."""
        return Health(self.name, self._server.started, address_of(self._bound))


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process: uvicorn would take SIGINT away from the other parts."""
        yield


def health_app(parts: Callable[[], Sequence[Health]]) -> FastAPI:
    """Return `/healthz` (the process answers), `/readyz` (every part is ready, each listed) and `/metrics`."""
    app = FastAPI(title="Health of this process", openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        return ready_answer(parts())

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def ready_answer(parts: Sequence[Health]) -> JSONResponse:
    """Answer 200 when every part is ready, else 503; the body lists each part with its detail and facts."""
    ready = all(part.ready for part in parts)
    listed = [
        {"name": part.name, "ready": part.ready, "detail": part.detail, "facts": dict(part.facts)} for part in parts
    ]
    return JSONResponse({"ready": ready, "parts": listed}, status_code=200 if ready else 503)
