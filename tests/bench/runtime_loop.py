"""The runtime loop with an empty stage against a minimal hand-written exactly-once copy, in turns."""

from contextlib import ExitStack

from tests.bench.chains import Chain, chain, records
from tests.bench.figures import compare, percentile
from tests.bench.results import Row
from tests.bench.world import World

RATIO = 0.8
P99_MS = 60.0


def runtime_loop(world: World) -> list[Row]:
    """Measure the main row and, in a full run, what reading and writing the record model alone costs."""
    count, rounds = world.of(10_000, 60_000), world.of(3, 9)
    kinds = [("ours", "stage", ()), ("minimal", "copy", ("bytes",)), ("records", "copy", ("records",))]
    world.steps("runtime-loop", rounds * len(kinds) + 1)
    with ExitStack() as stack:
        running = [stack.enter_context(chain(world, name, module, *arguments)) for name, module, arguments in kinds]
        world.step("warm")
        for number in range(rounds):
            for one in running if number % 2 == 0 else reversed(running):
                one.round(records(count), count)
                world.step(one.process.name)
        memory = {one.process.name: one.process.memory_mb() for one in running}
    ours, minimal, reading = running
    return [_against(ours, minimal, memory), _against_reading(ours, reading), _transactions(ours, minimal)]


def _against(ours: Chain, minimal: Chain, memory: dict[str, float]) -> Row:
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


def _against_reading(ours: Chain, reading: Chain) -> Row:
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


def _cpu(ours: Chain, peer: Chain) -> dict[str, str | float | int]:
    cost = compare(ours.cpu_us, peer.cpu_us)
    broker = compare(ours.broker_cpu_us, peer.broker_cpu_us)
    return {
        "CPU µs a record, ours": cost.ours,
        "peer": cost.peer,
        "broker for ours": broker.ours,
        "broker for peer": broker.peer,
    }


def _transactions(ours: Chain, minimal: Chain) -> Row:
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
