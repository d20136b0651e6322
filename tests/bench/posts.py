"""Posts accepted a second: our gateway, raw bytes durable, against a bare route that only awaits one record."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import httpx

from tests.bench.figures import compare, percentile
from tests.bench.load import Offers, Posts, Sent, press
from tests.bench.log import wait_for
from tests.bench.processes import Measured
from tests.bench.product import product
from tests.bench.records import BYTES
from tests.bench.results import Row
from tests.bench.texts import posts as bodies
from tests.bench.world import World
from tests.faults.system import free_port

RATIO = 0.5
CONNECTIONS = 32
HOST = "127.0.0.1"
_DISTINCT = 1000


@dataclass
class Server:
    """A server under load, with the posts it gets."""

    process: Measured
    port: int
    posts: Offers
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    generator_us: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)

    def warm(self, seconds: float) -> None:
        """Let code and connections get warm."""
        self._press(seconds)

    def round(self, seconds: float) -> None:
        """One phase of load. Raises `RuntimeError` if anything was refused."""
        before = self.process.cpu_s()
        sent = self._press(seconds)
        self.rates.append(sent.accepted / sent.seconds)
        self.cpu_us.append((self.process.cpu_s() - before) / sent.accepted * 1e6)
        self.generator_us.append(sent.cpu_s / sent.accepted * 1e6)
        self.latencies_ms += sent.latencies_ms

    def _press(self, seconds: float) -> Sent:
        sent = press(HOST, self.port, self.posts, CONNECTIONS, seconds)
        if sum(sent.answers.values()) != sent.accepted:
            raise RuntimeError(f"{self.process.name} answered {sent.answers}")
        return sent


def posts(world: World) -> list[Row]:
    """Measure in turns."""
    rounds, seconds = world.of(3, 7), float(world.of(2, 5))
    world.steps("posts", 2 * rounds + 1)
    with product(world) as made, bare_route(world, _posts("bare")) as bare:
        made.start({"gateway": ("gateway",)})
        ours = Server(made.running["gateway"], int(made.urls["gateway"].rpartition(":")[2]), _posts("ours"))
        for one in (ours, bare):
            one.warm(seconds)
        world.step("warm")
        for number in range(rounds):
            for one in (ours, bare) if number % 2 == 0 else (bare, ours):
                one.round(seconds)
                world.step(one.process.name)
        memory = {one.process.name: one.process.memory_mb() for one in (ours, bare)}
    return [_row(ours, bare, memory)]


def _posts(run: str) -> Posts:
    """Realistic posts, filled up to 950 bytes."""
    filled = []
    for body in bodies(_DISTINCT):
        text = json.loads(body)
        missing = BYTES - len(body)
        text["text"] += ("。" + "a" * (missing - 3)) if missing >= 3 else ""
        filled.append(json.dumps(text, ensure_ascii=False).encode())
    return Posts(HOST, filled, run)


@contextmanager
def bare_route(world: World, posts: Offers) -> Iterator[Server]:
    """Give the peer, running, with the posts it is to get."""
    topic, port = world.prefix("bare"), free_port()
    world.topics([topic])
    process = Measured.contender("bare route", "route", world.bootstrap, topic, str(port))

    def ready() -> bool:
        process.check()
        try:
            return httpx.get(f"http://{HOST}:{port}/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    try:
        wait_for(ready, 60, "the bare route does not start")
        yield Server(process, port, posts)
    finally:
        process.end()


def _row(ours: Server, bare: Server, memory: dict[str, float]) -> Row:
    found = compare(ours.rates, bare.rates)
    cost = compare(ours.cpu_us, bare.cpu_us)
    return Row(
        name="posts",
        unit="posts/s",
        ours=found.ours,
        peer=found.peer,
        peer_name="bare FastAPI route that awaits one record",
        ratio=found.ratio,
        spread=(found.least, found.greatest),
        target=f"ratio ≥ {RATIO}",
        met=found.ratio >= RATIO,
        memory_mb=memory,
        notes={
            "CPU µs a post, ours": cost.ours,
            "peer": cost.peer,
            "load generator": median(ours.generator_us),
            "p50 ms ours": percentile(ours.latencies_ms, 0.5),
            "p99 ms ours": percentile(ours.latencies_ms, 0.99),
            "p50 ms peer": percentile(bare.latencies_ms, 0.5),
            "p99 ms peer": percentile(bare.latencies_ms, 0.99),
            "connections": CONNECTIONS,
            "cpu ratio peer to ours": 1 / cost.ratio,
        },
    )
