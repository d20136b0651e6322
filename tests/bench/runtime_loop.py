"""The runtime loop with an empty stage against a minimal hand-written exactly-once copy, in turns."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice

from schemas.topics import DEAD_LETTER
from schemas.wire import Naming
from tests.bench.figures import compare, percentile
from tests.bench.log import Filler, Progress, wait_for
from tests.bench.processes import Measured, cpu_s
from tests.bench.records import complaints, hop
from tests.bench.results import Row
from tests.bench.world import World

MAX_BATCH = 1000
RATIO = 0.8
P99_MS = 60.0
_READY_WITHIN_S = 60.0
_DRAIN_WITHIN_S = 180.0
_WARM_UP = 3000


@dataclass
class Contender:
    """A chain of copies that runs and waits. `rates` are records per second, one a round."""

    process: Measured
    prefix: str
    filler: Filler
    last: Progress
    broker: int
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    broker_cpu_us: list[float] = field(default_factory=list)
    told: dict[str, list[float]] = field(default_factory=dict)
    hops: int = 1

    def drain(self, records: int) -> float:
        """Let so many records appear at once; returns the seconds until the last hop has committed past them."""
        source = Naming(self.prefix).topic(hop(0))
        before, broker_before = self.process.cpu_s(), cpu_s([self.broker])
        ends, began = self.filler.fill(source, islice(_cycle(), records))
        target = self.last.written() + records if self.hops > 1 else 0

        def done() -> bool:
            return self.last.written() >= target if self.hops > 1 else self.last.beyond(ends)

        seconds = self.until(done, _DRAIN_WITHIN_S, f"did not drain {records} records") - began
        self.cpu_us.append((self.process.cpu_s() - before) / records * 1e6)
        self.broker_cpu_us.append((cpu_s([self.broker]) - broker_before) / records * 1e6)
        return seconds

    def until(self, condition: Callable[[], bool], timeout_s: float, what: str) -> float:
        """Wait for the process to reach something; a `TimeoutError` holds the end of what it said."""

        def reached() -> bool:
            self.process.check()
            return condition()

        try:
            return wait_for(reached, timeout_s, what)
        except TimeoutError as error:
            raise TimeoutError(f"{self.process.name} {what}: {self.process.said()}") from error

    def round(self, records: int) -> None:
        """Drain and note the rate."""
        self.rates.append(records / self.drain(records))


def _cycle() -> Iterator[tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]]:
    while True:
        yield from complaints(2000)


@contextmanager
def contender(world: World, name: str, module: str, *arguments: str) -> Iterator[Contender]:
    """Start one copy, wait until it works, hand it out, end it."""
    prefix = world.prefix(name)
    naming = Naming(prefix)
    world.topics([naming.topic(topic) for topic in (hop(0), hop(1), DEAD_LETTER)])
    process = Measured.contender(name, module, world.bootstrap, prefix, "1", str(MAX_BATCH), *arguments)
    last = Progress(world.bootstrap, naming.group("hop-0"), naming.topic(hop(0)))
    try:
        one = Contender(process, prefix, Filler(world.bootstrap, prefix), last, world.pids()["kafka"])
        ends, _ = one.filler.fill(naming.topic(hop(0)), complaints(30))
        one.until(lambda: last.beyond(ends), _READY_WITHIN_S, "does not start")
        one.drain(_WARM_UP)
        one.cpu_us.clear()
        one.broker_cpu_us.clear()
        yield one
    finally:
        last.close()
        told = process.end()
        if told:
            one.told = told


def runtime_loop(world: World) -> list[Row]:
    """Measure the main row and, in a full run, what reading and writing the record model alone costs."""
    records, rounds = world.of(10_000, 60_000), world.of(3, 9)
    kinds = [("ours", "stage", ()), ("minimal", "copy", ("bytes",)), ("records", "copy", ("records",))]
    world.steps("runtime-loop", rounds * len(kinds) + 1)
    with ExitStack() as stack:
        running = [stack.enter_context(contender(world, name, module, *arguments)) for name, module, arguments in kinds]
        world.step("warm")
        for number in range(rounds):
            for one in running if number % 2 == 0 else reversed(running):
                one.round(records)
                world.step(one.process.name)
        memory = {one.process.name: one.process.memory_mb() for one in running}
    ours, minimal, reading = running
    return [_against(ours, minimal, memory), _against_reading(ours, reading), _transactions(ours, minimal)]


def _against(ours: Contender, minimal: Contender, memory: dict[str, float]) -> Row:
    found = compare(ours.rates, minimal.rates)
    return Row(
        name="runtime-loop",
        ours=found.ours,
        peer=found.peer,
        peer_name="minimal copy loop",
        ratio=found.ratio,
        spread=(found.least, found.greatest),
        target=f"ratio ≥ {RATIO}",
        met=found.ratio >= RATIO,
        memory_mb=memory,
        notes=_cpu(ours, minimal),
    )


def _against_reading(ours: Contender, reading: Contender) -> Row:
    found = compare(ours.rates, reading.rates)
    return Row(
        name="runtime-loop: peer reads records",
        ours=found.ours,
        peer=found.peer,
        peer_name="minimal copy loop that reads and writes the record model",
        ratio=found.ratio,
        spread=(found.least, found.greatest),
        notes=_cpu(ours, reading),
    )


def _cpu(ours: Contender, peer: Contender) -> dict[str, str | float | int]:
    cost = compare(ours.cpu_us, peer.cpu_us)
    broker = compare(ours.broker_cpu_us, peer.broker_cpu_us)
    return {
        "CPU µs a record, ours": cost.ours,
        "peer": cost.peer,
        "broker for ours": broker.ours,
        "broker for peer": broker.peer,
    }


def _transactions(ours: Contender, minimal: Contender) -> Row:
    mine, theirs = (one.told.get("transactions_ms", []) for one in (ours, minimal))
    p99 = percentile(mine, 0.99)
    return Row(
        name="runtime-loop: transaction p99",
        unit="ms",
        ours=p99,
        peer=percentile(theirs, 0.99),
        peer_name="minimal copy loop",
        target=f"≤ {P99_MS:.0f} ms",
        met=p99 <= P99_MS,
        notes={
            "p50 ours ms": percentile(mine, 0.5),
            "p50 peer ms": percentile(theirs, 0.5),
            "transactions": len(mine),
        },
    )
