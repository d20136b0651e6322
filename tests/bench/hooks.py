"""Vendors' calls accepted a second, channel by channel, against the bare route that only awaits one record."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.calls import CHANNELS, Called
from tests.bench.figures import compare, percentile
from tests.bench.load import Requests
from tests.bench.posts import CONNECTIONS, HOST, Server, bare_route
from tests.bench.processes import Measured
from tests.bench.product import product
from tests.bench.results import Row
from tests.bench.world import World

RATIO = 0.4


def hooks(world: World) -> list[Row]:
    """Measure each channel in turns with the bare route; the gateway is one process for all of them."""
    rounds, seconds = world.of(2, 5), float(world.of(2, 4))
    world.steps("hooks", len(CHANNELS) * 2 * rounds)
    environment = {name: value for channel in CHANNELS for name, value in channel.environment.items()}
    with product(world, environment) as made:
        made.start({"gateway": ("gateway",)})
        port = int(made.urls["gateway"].rpartition(":")[2])
        return [_measured(world, made.running["gateway"], port, channel, rounds, seconds) for channel in CHANNELS]


def _measured(world: World, process: Measured, port: int, channel: Called, rounds: int, seconds: float) -> Row:
    with _turns(world, process, port, channel) as (ours, bare):
        for number in range(rounds):
            ours.posts = channel.requests(HOST)  # signed anew: a signature lives five minutes
            for one in (ours, bare) if number % 2 == 0 else (bare, ours):
                one.round(seconds)
                world.step(f"{channel.name}: {one.process.name}")
    return _row(channel, ours, bare)


@contextmanager
def _turns(world: World, process: Measured, port: int, channel: Called) -> Iterator[tuple[Server, Server]]:
    requests = channel.requests(HOST)
    with bare_route(world, Requests.to(HOST, "/api/v1/complaints", requests.bodies)) as bare:
        ours = Server(process, port, requests)
        for one in (ours, bare):
            one.warm(1.0)
        yield ours, bare


def _row(channel: Called, ours: Server, bare: Server) -> Row:
    found = compare(ours.rates, bare.rates)
    cost = compare(ours.cpu_us, bare.cpu_us)
    return Row(
        name=f"hooks, {channel.name}",
        unit="calls/s",
        ours=found.ours,
        peer=found.peer,
        peer_name="bare FastAPI route that awaits one record",
        ratio=found.ratio,
        spread=(found.least, found.greatest),
        target=f"ratio ≥ {RATIO}",
        met=found.ratio >= RATIO,
        notes={
            "CPU µs a call, ours": cost.ours,
            "peer": cost.peer,
            "p50 ms ours": percentile(ours.latencies_ms, 0.5),
            "p99 ms ours": percentile(ours.latencies_ms, 0.99),
            "connections": CONNECTIONS,
        },
    )
