"""The vendors' servers on loopback ports, in threads of this process; a lost answer is a line that is cut."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.routing import Router
from uvicorn.protocols.http.h11_impl import H11Protocol

from deploy.vendors.server import LostAnswer, Vendor
from tests.faults.system import until

_IDLE_S = 600
"""Longer than a test: a line that closes while a call begins would be a fault nobody asked for."""


def listening() -> socket.socket:
    """A socket on a free loopback port."""
    return socket.create_server(("127.0.0.1", 0))


def address_of(listener: socket.socket) -> str:
    """Host and port of a socket."""
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


@contextmanager
def served(vendor: Vendor, listener: socket.socket) -> Iterator[Counter[str]]:
    """Let a vendor answer on this socket; gives what was called → how many calls nobody answered."""
    lost: Counter[str] = Counter()
    config = uvicorn.Config(
        Router(vendor.routes()),
        http=_cutting(lost),
        ws="none",
        lifespan="off",
        log_level="critical",
        timeout_keep_alive=_IDLE_S,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name=vendor.name, daemon=True)
    thread.start()
    try:
        until(lambda: server.started, 30, f"{vendor.name} does not listen")
        yield lost
    finally:
        server.should_exit = server.force_exit = True
        thread.join(30)
        listener.close()


def _cutting(lost: Counter[str]) -> type[H11Protocol]:
    class Cutting(H11Protocol):
        """Ends the connection, without a byte, where an answer is lost."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._inner, self.app = self.app, self._answer

        async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
            try:
                await self._inner(scope, receive, send)
            except LostAnswer:
                lost[_called(scope)] += 1
                self.transport.abort()
                while (await receive())["type"] != "http.disconnect":
                    pass

    return Cutting


def _called(scope: Any) -> str:
    """Aliyun's API has one path for all of its actions; each of its recordings has its own."""
    action = dict(scope["headers"]).get(b"x-acs-action", b"").decode()
    path = str(scope["path"])
    return action or (path.rpartition("/")[0] if path.endswith(".wav") else path)
