"""Posts as fast as answers come: lean HTTP/1.1 over kept-alive connections, so that the server is what is measured."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol, cast

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ANSWER_WITHIN_S = 30.0


@dataclass
class Sent:
    """What a phase of load came to. `seconds` is its whole length, `answers` status → how many."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    answers: dict[int, int] = field(default_factory=dict)
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Answers that say it was taken."""
        return sum(times for status, times in self.answers.items() if 200 <= status < 300)


@dataclass(frozen=True, slots=True)
class Request:
    """One POST: its path with the query, its headers without `Host` and length, its body."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Requests:
    """Posts made beforehand, sent in turn again and again, as a vendor's retries would come."""

    def __init__(self, host: str, requests: Sequence[Request]) -> None:
        self.bodies = [one.body for one in requests]
        self._whole = [_whole(host, one) for one in requests]
        self._numbers = count()

    @classmethod
    def to(cls, host: str, path: str, bodies: Sequence[bytes]) -> "Requests":
        """The bodies posted to one path as JSON."""
        return cls(host, [Request(path, {"Content-Type": "application/json"}, body) for body in bodies])

    def next(self) -> bytes:
        """The next request."""
        return self._whole[next(self._numbers) % len(self._whole)]


def _whole(host: str, request: Request) -> bytes:
    headers = {"Host": host, **request.headers, "Content-Length": str(len(request.body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {request.path} HTTP/1.1\r\n{head}\r\n".encode() + request.body


class Offers(Protocol):
    """What is posted."""

    def next(self) -> bytes:
        """One whole request."""
        ...


class Posts:
    """Bodies with all that goes before them; every request has a key of its own."""

    def __init__(self, host: str, bodies: Sequence[bytes], run: str) -> None:
        self._heads = [
            f"POST /api/v1/complaints HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nIdempotency-Key: {run}-".encode()
            for body in bodies
        ]
        self._bodies = bodies
        self._numbers = count()

    def next(self) -> bytes:
        """One request nobody sent before."""
        number = next(self._numbers)
        place = number % len(self._bodies)
        return b"%b%d\r\n\r\n%b" % (self._heads[place], number, self._bodies[place])


class _Connection(asyncio.Protocol):
    """One connection: a request, its answer, the next request, until the time is over."""

    def __init__(self, posts: Offers, sent: Sent, until: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._posts, self._sent, self._until = posts, sent, until
        self._received = b""
        self._began = 0.0
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own classes inherit from none of asyncio
        self._post()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head) if found else None
        if length is None or len(body) < int(length[1]):
            return
        status = int(head[9:12])
        self._sent.answers[status] = self._sent.answers.get(status, 0) + 1
        self._sent.latencies_ms.append((time.perf_counter() - self._began) * 1000)
        self._received = b""
        if time.perf_counter() < self._until:
            self._post()
        elif self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None) if exc is None else self.done.set_exception(exc)

    def _post(self) -> None:
        self._began = time.perf_counter()
        if self._transport is not None:
            self._transport.write(self._posts.next())


async def _phase(host: str, port: int, posts: Offers, connections: int, seconds: float) -> Sent:
    sent = Sent()
    loop, began, cpu = asyncio.get_running_loop(), time.perf_counter(), time.process_time()
    opened = [
        await loop.create_connection(lambda: _Connection(posts, sent, began + seconds), host, port)
        for _ in range(connections)
    ]
    async with asyncio.timeout(seconds + _ANSWER_WITHIN_S):
        await asyncio.gather(*(protocol.done for _, protocol in opened))
    sent.seconds, sent.cpu_s = time.perf_counter() - began, time.process_time() - cpu
    return sent


def press(host: str, port: int, posts: Offers, connections: int, seconds: float) -> Sent:
    """Keep `connections` busy for some seconds; the last answers are waited for and count."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_phase(host, port, posts, connections, seconds))
