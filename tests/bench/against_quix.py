"""Our one configuration against Quix Streams exactly-once: throughput of one copy, latency of four."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

from schemas.wire import Naming
from tests.bench.chains import chain, peer, records
from tests.bench.figures import compare, percentile
from tests.bench.lags import through
from tests.bench.processes import Measured
from tests.bench.records import complaints, hop
from tests.bench.results import Row
from tests.bench.world import World

RATIO = 0.6
LATENCY_RATIO = 0.2
HOPS = 4
PER_SECOND = 50.0
_THROUGHPUT_COMMIT_S = "0.5"
_LATENCY_COMMIT_S = "0.1"


def against_quix(world: World) -> list[Row]:
    """Measure both; the throughput in turns, the latency one after the other at a rate that loads neither."""
    world.steps("quix", 2 * world.of(3, 7) + 3)
    return [_throughput(world), _latency(world)]


def _throughput(world: World) -> Row:
    count, rounds = world.of(10_000, 60_000), world.of(3, 7)
    with chain(world, "ours", "stage") as ours, peer(world, "quix", "quix_copy", _THROUGHPUT_COMMIT_S) as theirs:
        world.step("warm")
        for _ in range(rounds):
            for one in (ours, theirs):
                one.round(records(count), count)
                world.step(one.process.name)
        memory = {"ours": ours.process.memory_mb(), "Quix Streams": theirs.process.memory_mb()}
    found, cost = compare(ours.rates, theirs.rates), compare(ours.cpu_us, theirs.cpu_us)
    return Row(
        name="quix",
        ours=found.ours,
        peer=found.peer,
        peer_name=f"Quix Streams exactly-once, commit interval {_THROUGHPUT_COMMIT_S} s",
        ratio=found.ratio,
        spread=(found.least, found.greatest),
        target=f"ratio ≥ {RATIO}",
        met=found.ratio >= RATIO,
        memory_mb=memory,
        notes={"CPU µs a record, ours": cost.ours, "peer": cost.peer},
    )


def _latency(world: World) -> Row:
    count = world.of(150, 1000)
    with chain(world, "ours", "stage", hops=HOPS) as ours:
        last = ours.source.replace(hop(0).name, hop(HOPS).name)
        mine = through(world.bootstrap, ours.source, last, complaints(count), PER_SECOND)
        memory = {"ours": ours.process.memory_mb()}
        world.step("quix, four hops")
    with _four_hops(world) as (first, last, processes):
        theirs = through(world.bootstrap, first, last, complaints(count), PER_SECOND)
        memory["Quix Streams"] = sum(process.memory_mb() for process in processes)
        world.step()
    p50, its_p50 = percentile(mine, 0.5), percentile(theirs, 0.5)
    return Row(
        name="quix: latency of four hops, p50",
        unit="ms",
        ours=p50,
        peer=its_p50,
        peer_name=f"Quix Streams exactly-once, commit interval {_LATENCY_COMMIT_S} s, four processes",
        ratio=p50 / its_p50,
        target=f"ratio ≤ {LATENCY_RATIO}",
        met=p50 <= LATENCY_RATIO * its_p50,
        memory_mb=memory,
        notes={
            "p99 ms ours": percentile(mine, 0.99),
            "p99 ms peer": percentile(theirs, 0.99),
            "records a second": PER_SECOND,
        },
    )


@contextmanager
def _four_hops(world: World) -> Iterator[tuple[str, str, list[Measured]]]:
    """Four processes of Quix Streams in a row, warm: first topic, last topic, processes."""
    naming = Naming(world.prefix("quix"))
    topics = [naming.topic(hop(number)) for number in range(HOPS + 1)]
    world.topics(topics)
    with ExitStack() as stack:
        processes = []
        for number, (source, target) in enumerate(pairwise(topics)):
            group = naming.group(f"hop-{number}")
            process = Measured.peer(group, "quix_copy", world.bootstrap, source, target, group, _LATENCY_COMMIT_S)
            stack.callback(process.end)
            processes.append(process)
        through(world.bootstrap, topics[0], topics[-1], complaints(30), PER_SECOND)
        yield topics[0], topics[-1], processes
