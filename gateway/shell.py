"""Around the whole application: limits on what runs at once, security headers, one log line, the last guard."""

import time
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.problems import Overloaded, problem, status_problem
from infra.logs import log

_LOG = log(__name__)
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class Shell:
    """ASGI around the application. Logs name the route, never the address or what stood in the URL."""

    def __init__(self, app: ASGIApp, max_at_once: int) -> None:
        self._app = app
        self._max_at_once = max_at_once
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        self._at_once += 1
        started = time.perf_counter()
        try:
            await self._guarded(scope, receive, answer)
        finally:
            self._at_once -= 1
            _log_line(scope, answer.status, time.perf_counter() - started)

    async def _guarded(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        if self._at_once > self._max_at_once:
            await problem(Overloaded("too many requests at once"))(scope, receive, answer.send)
            return
        try:
            await self._app(scope, receive, answer.send)
        except ClientDisconnect:
            answer.status = 499
        except Exception as error:  # noqa: BLE001 (the shell's last guard: a defect becomes a 500 without its text)
            _LOG.error("request failed", path=_route(scope), exc_info=error)
            if not answer.status:
                await status_problem(500)(scope, receive, answer.send)


class _Answer:
    """Passes an answer on, with the headers every answer has."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *_RAW_HEADERS]
        await self._send(message)


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", None) or "unmatched"


def _log_line(scope: Scope, status: int, duration_s: float) -> None:
    write = _LOG.debug if status < 400 else _LOG.info
    write("request", path=_route(scope), status=status, duration_s=round(duration_s, 4))
