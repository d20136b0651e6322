"""Resident memory of every process while complaints run through: it must not grow with their number."""

from itertools import islice

from schemas.topics import CLASSIFIED, DEDUPLICATED, RECEIVED
from tests.bench.drain import received_of
from tests.bench.log import Filler, Progress, Through, wait_for
from tests.bench.product import Product, product, workers
from tests.bench.results import Row
from tests.bench.texts import posts
from tests.bench.world import World

GROWTH = 0.05
SLACK_MB = 10.0
_CHUNKS = 20
_DRAIN_WITHIN_S = 1800.0


def memory(world: World) -> list[Row]:
    """Let complaints through in twenty portions and compare the first quarter's end with the end."""
    count = world.of(10_000, 200_000)
    world.steps("memory", _CHUNKS + 1)
    samples: list[dict[str, float]] = []
    with product(world) as made:
        made.start({name: ("worker", name) for name in workers()})
        world.step("draining")
        filler = Filler(world.bootstrap, made.naming.prefix)
        for number in range(_CHUNKS):
            _portion(made, filler, count // _CHUNKS, number)
            samples.append(made.memory_mb())
            world.step("draining")
    quarter, last = samples[_CHUNKS // 4], samples[-1]
    own = set(workers())
    grown = {name: last[name] - quarter[name] for name in last}
    worst = max((grown[name] - max(SLACK_MB, GROWTH * quarter[name]) for name in own), default=0.0)
    return [
        Row(
            name="memory",
            unit="MB of all our processes",
            ours=sum(last[name] for name in own),
            peer=sum(quarter[name] for name in own),
            peer_name=f"after a quarter of {count:,} complaints",
            ratio=sum(last[name] for name in own) / sum(quarter[name] for name in own),
            target=f"each process grows by less than {SLACK_MB:.0f} MB or {GROWTH:.0%} after the first quarter",
            met=worst <= 0,
            memory_mb=last,
            notes={f"growth MB {name}": round(size, 1) for name, size in grown.items()},
        )
    ]


def _portion(made: Product, filler: Filler, size: int, number: int) -> None:
    groups = [("deduplicate", RECEIVED), ("classify", DEDUPLICATED), ("route", CLASSIFIED), ("acknowledge", CLASSIFIED)]
    hops = [Progress(made.world.bootstrap, made.naming.group(name), made.topic(topic)) for name, topic in groups]
    bodies = islice(posts(size, seed=1000 + number), size)
    waiting = [received_of(messages) for messages in made.as_gateway(bodies, first=number * size)]
    ends, _ = filler.fill(made.topic(RECEIVED), waiting, spread=False)
    wait_for(Through(hops, ends), _DRAIN_WITHIN_S, "the product did not drain the complaints")
    for one in hops:
        one.close()
