"""Chains of copies that run as processes and wait for records: ours, the minimal loop, the frameworks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

from schemas.settings import WorkerSettings
from schemas.topics import DEAD_LETTER
from schemas.wire import Naming
from tests.bench.log import Ends, Filler, Item, Progress, Through, wait_for
from tests.bench.processes import Measured, cpu_s
from tests.bench.records import complaints, hop
from tests.bench.world import World

MAX_BATCH = WorkerSettings().max_batch
"""Records a transaction, for us and the minimal loop: what the product runs with."""

_READY_WITHIN_S = 60.0
_DRAIN_WITHIN_S = 300.0
_DISTINCT = 2000


@dataclass
class Chain:
    """Copies one after the other that run and wait. One figure a round: records/s, processor µs a record.

    `counted` is the target of a copy without transactions, whose group commits some time after its records.
    """

    process: Measured
    source: str
    filler: Filler
    hops: list[Progress]
    broker: int
    counted: Progress | None = None
    rates: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    broker_cpu_us: list[float] = field(default_factory=list)
    told: dict[str, list[float]] = field(default_factory=dict)

    def drain(self, items: Iterable[Item]) -> float:
        """Let records appear at once; returns the seconds until the last hop has committed past them."""
        already = self.counted.written() if self.counted else 0
        ends, began = self.filler.fill(self.source, items)
        return self.until(self._done(ends, already), _DRAIN_WITHIN_S, "did not drain its records") - began

    def _done(self, ends: Ends, already: int) -> Callable[[], bool]:
        counted = self.counted
        if counted is None:
            return Through(self.hops, ends)
        new = self.filler.last_count
        return lambda: counted.written() >= already + new

    def round(self, items: Iterable[Item], count: int) -> None:
        """Drain `count` items and note the figures."""
        before, broker_before = self.process.cpu_s(), cpu_s([self.broker])
        self.rates.append(count / self.drain(items))
        self.cpu_us.append((self.process.cpu_s() - before) / count * 1e6)
        self.broker_cpu_us.append((cpu_s([self.broker]) - broker_before) / count * 1e6)

    def until(self, condition: Callable[[], bool], timeout_s: float, what: str) -> float:
        """Wait for the process to reach something; a `TimeoutError` holds the end of what it said."""

        def reached() -> bool:
            self.process.check()
            return condition()

        try:
            return wait_for(reached, timeout_s, what)
        except TimeoutError as error:
            raise TimeoutError(f"{self.process.name} {what}: {self.process.said()}") from error


def records(count: int) -> Iterator[Item]:
    """So many 950-byte complaints."""
    return islice(cycle(complaints(_DISTINCT)), count)


@contextmanager
def chain(world: World, name: str, module: str, *arguments: str, hops: int = 1) -> Iterator[Chain]:
    """Start a chain of copies of ours in one process, wait until it works, hand it out, end it."""
    naming = Naming(world.prefix(name))
    topics = [naming.topic(hop(number)) for number in range(hops + 1)]
    world.topics([*topics, naming.topic(DEAD_LETTER)])
    groups = [naming.group(f"hop-{number}") for number in range(hops)]
    process = Measured.contender(name, module, world.bootstrap, naming.prefix, str(hops), str(MAX_BATCH), *arguments)
    with working(world, process, topics, groups) as made:
        yield made


@contextmanager
def peer(world: World, name: str, script: str, *arguments: str, transactional: bool = True) -> Iterator[Chain]:
    """Start one copy by a framework, wait until it works, hand it out, end it."""
    prefix = world.prefix(name)
    topics = [f"{prefix}.in", f"{prefix}.out"]
    world.topics(topics)
    process = Measured.peer(name, script, world.bootstrap, *topics, prefix, *arguments)
    with working(world, process, topics, [prefix], counts=not transactional) as made:
        yield made


@contextmanager
def working(
    world: World, process: Measured, topics: Sequence[str], groups: Sequence[str], *, counts: bool = False
) -> Iterator[Chain]:
    """Wait until the copies from topic to topic work, hand them out, end them."""
    hops = [Progress(world.bootstrap, group, topic) for group, topic in zip(groups, topics, strict=False)]
    counted = Progress(world.bootstrap, f"{groups[0]}-look", topics[-1]) if counts else None
    made = Chain(process, topics[0], Filler(world.bootstrap, topics[0]), hops, world.pids()["kafka"], counted)
    try:
        ends, _ = made.filler.fill(topics[0], records(30))
        made.until(Through(hops, ends), _READY_WITHIN_S, "does not start")
        made.drain(records(_DISTINCT))
        yield made
    finally:
        for one in (*hops, *([counted] if counted else [])):
            one.close()
        made.told = process.end() or {}
