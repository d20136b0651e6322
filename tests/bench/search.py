"""How long an operator waits for a search among a million complaints: rare, middling and very common words, numbers."""

import asyncio
import random
import time
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.linking import migrated
from operations.search import Filters, search
from schemas.indexed import IndexedView
from schemas.policy import load_pack
from tests.bench.figures import percentile
from tests.bench.many_indexed import BASE, KEY, index_all, multiply, views
from tests.bench.results import Row
from tests.bench.texts import GOODS, STORES
from tests.bench.world import World

P95_MS = 200.0
PACK = load_pack()
_EACH = 40
_COMMON = ("订单号", "买的", "退款", "你们", "投诉", "快递", "元")
_FEW = 200


def search_index(world: World) -> list[Row]:
    """Measure each kind of question; the slowest twentieth must be quick."""
    many = world.of(100_000, 1_000_000)
    world.steps("search", 1)
    world.step(f"{many:,} complaints")
    with world.database() as url:
        return rows(many, asyncio.run(measured(url, many)))


def rows(many: int, times: Mapping[str, Sequence[float]]) -> list[Row]:
    """The figures of a run, in milliseconds."""
    return [
        Row(
            name=f"search among {many:,}: {name}",
            unit="ms",
            ours=percentile(found, 0.95),
            target=f"p95 ≤ {P95_MS:.0f} ms",
            met=percentile(found, 0.95) <= P95_MS,
            notes={"questions": len(found), "median": round(percentile(found, 0.5), 1)},
        )
        for name, found in times.items()
    ]


async def measured(url: str, many: int) -> dict[str, list[float]]:
    """Fill a database and ask it; kind of question → milliseconds of each."""
    base = min(BASE, many)
    async with migrated(url) as engine:
        await index_all(engine, base)
        await asyncio.to_thread(multiply, url, many // base - 1)
        asked = questions(list(views(base)))
        times: dict[str, list[float]] = {}
        for name, typed in asked.items():
            times[name] = [await _asked(engine, one) for one in typed]
        times["common words of a department"] = [
            await _asked(engine, one, Filters(department="quality", channel="wechat")) for one in _COMMON * 6
        ]
        times["no words, one department"] = [
            await _asked(engine, "", Filters(department="nobody")) for _ in range(_EACH)
        ]
        return times


def questions(known: Sequence[IndexedView], seed: int = 3) -> dict[str, list[str]]:
    """Kind of question → what is typed."""
    draw = random.Random(seed)

    def some(values: Iterable[str]) -> list[str]:
        return draw.sample(list(values), _EACH)

    few = known[:_FEW]
    middling = [f"{goods} {store}" for goods in GOODS for store in STORES]
    return {
        "very common words": list(_COMMON) * 6,
        "middling words": some(middling),
        "rare words": some(one.text[-2:] for one in few),
        "no such words": some(f"{one.text[-2:]}不存在" for one in few),
        "sentence": some(one.text[:30] for one in few),
        "tracking number": some(one.tracking_number for one in few),
        "telephone": some(one.sender.phones[0] for one in few if one.sender),
        "last four digits": some(one.sender.phones[0][-4:] for one in few if one.sender),
        "order number": some(one.stated.order_no for one in few if one.stated.order_no),
    }


async def _asked(engine: AsyncEngine, typed: str, filters: Filters | None = None) -> float:
    begun = time.perf_counter()
    async with engine.connect() as connection:
        await search(connection, PACK, KEY, typed, filters)
    return (time.perf_counter() - begun) * 1000
