"""Our one configuration against FastStream with a handler for each message that publishes it."""

from tests.bench.chains import chain, peer, records
from tests.bench.figures import compare
from tests.bench.results import Row
from tests.bench.world import World

RATIO = 15.0
_ITS_SHARE = 10
"""It gets a tenth of the records, so that its rounds last about as long as ours."""


def against_faststream(world: World) -> list[Row]:
    """Measure in turns."""
    count, rounds = world.of(10_000, 40_000), world.of(3, 7)
    world.steps("faststream", 2 * rounds + 1)
    with chain(world, "ours", "stage") as ours, peer(
        world, "faststream", "faststream_copy", transactional=False
    ) as theirs:  # fmt: skip
        world.step("warm")
        for _ in range(rounds):
            ours.round(records(count), count)
            world.step("ours")
            theirs.round(records(count // _ITS_SHARE), count // _ITS_SHARE)
            world.step("faststream")
        memory = {"ours": ours.process.memory_mb(), "FastStream": theirs.process.memory_mb()}
    found, cost = compare(ours.rates, theirs.rates), compare(ours.cpu_us, theirs.cpu_us)
    return [
        Row(
            name="faststream",
            ours=found.ours,
            peer=found.peer,
            peer_name="FastStream per message, at least once",
            ratio=found.ratio,
            spread=(found.least, found.greatest),
            target=f"ratio ≥ {RATIO:.0f}",
            met=found.ratio >= RATIO,
            memory_mb=memory,
            notes={"CPU µs a record, ours": cost.ours, "peer": cost.peer},
        )
    ]
