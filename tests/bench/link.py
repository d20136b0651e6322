"""How long deduplicate looks for candidates of one message, among few and among many complaints in PostgreSQL."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from statistics import median

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from deploy.linking import complaint_of, migrated, sample_stage
from deploy.settings import load_settings
from deploy.training.stream import StreamSettings, write_stream
from operations.assembly import pack_of
from schemas.complaint import Complaint
from tests.bench.figures import percentile
from tests.bench.many_linked import link_all, multiply
from tests.bench.results import Row
from tests.bench.world import World
from workers.deduplicate import Deduplicate, identity
from workers.deduplicate.prints import Prints
from workers.deduplicate.state import recall

GROWTH = 1.5
P99_MS = 20.0
LINKED = 2_000
_PROBES = 500
_ROUNDS = 3


def link(world: World) -> list[Row]:
    """Measure at both sizes in turns: the growth of the median, and the slowest hundredth at the larger."""
    few, many = 10_000, world.of(100_000, 1_000_000)
    world.steps("link", 1)
    world.step(f"{few:,} and {many:,} complaints")
    with world.database() as first, world.database() as second:
        return rows(few, many, *asyncio.run(measured({first: few, second: many})))


def rows(few: int, many: int, among_few: Sequence[float], among_many: Sequence[float]) -> list[Row]:
    """The figures of two runs; times in milliseconds."""
    growth = median(among_many) / median(among_few)
    p99 = percentile(among_many, 0.99)
    return [
        Row(
            name=f"link: look-up among {many:,}",
            unit="ms",
            ours=median(among_many),
            peer=median(among_few),
            peer_name=f"among {few:,}",
            ratio=growth,
            target=f"ratio ≤ {GROWTH}",
            met=growth <= GROWTH,
            notes={"messages looked up": len(among_many)},
        ),
        Row(
            name="link: look-up p99",
            unit="ms",
            ours=p99,
            peer=percentile(among_few, 0.99),
            peer_name=f"among {few:,}",
            target=f"< {P99_MS:.0f} ms",
            met=p99 < P99_MS,
        ),
    ]


async def measured(sizes: Mapping[str, int]) -> list[list[float]]:
    """Fill each database (URL → complaints) and look up the same messages in all; milliseconds for each database."""
    stream = write_stream(StreamSettings(size=LINKED + _PROBES, seed=21))
    complaints = [complaint_of(told.line) for told in stream]
    stage = sample_stage(load_settings(), pack_of(load_settings()))
    times: list[list[float]] = [[] for _ in sizes]
    async with AsyncExitStack() as stack:
        engines = []
        for url, size in sizes.items():
            engines.append(await stack.enter_async_context(migrated(url)))
            await link_all(engines[-1], (told.line for told in stream[:LINKED]))
            await asyncio.to_thread(multiply, url, size // LINKED - 1, complaints[:LINKED])
        for engine in engines:  # caches are warm in a worker that runs
            await _looked_up(engine, stage, complaints[LINKED:])
        for _ in range(_ROUNDS):
            for engine, found in zip(engines, times, strict=True):
                found += await _looked_up(engine, stage, complaints[LINKED:])
    return times


async def _looked_up(engine: AsyncEngine, stage: Deduplicate, complaints: Sequence[Complaint]) -> list[float]:
    """Milliseconds for each: its persons and its candidates, read one message at a time."""
    times = []
    async with engine.connect() as connection:
        for complaint in complaints:
            prints = stage.printer.take(complaint)
            begun = time.perf_counter()
            await _look_up(connection, stage, complaint, prints)
            times.append((time.perf_counter() - begun) * 1000)
            await connection.rollback()
    return times


async def _look_up(connection: AsyncConnection, stage: Deduplicate, complaint: Complaint, prints: Prints) -> None:
    """What `Deduplicate.decide` reads before it judges."""
    own = sorted(one.key for one in prints.identity.own)
    persons = await identity.meet(connection, stage.printer.linking, own)
    keys = {*prints.looked_for(), *prints.loose_wanted, *persons.keys_of(own)}
    await recall(connection, [complaint.complaint_id], [complaint.tracking_number], list(keys))
