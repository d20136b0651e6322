"""From a post to its department's record, at a steady rate, with everything on one machine."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence

import httpx

from tests.bench.chains import chain
from tests.bench.figures import percentile
from tests.bench.lags import Arrivals, through
from tests.bench.log import wait_for
from tests.bench.product import Product, product, workers
from tests.bench.records import complaints, hop
from tests.bench.results import Row
from tests.bench.texts import posts
from tests.bench.world import World

P50_MS = 60.0
P99_MS = 200.0
PER_SECOND = 20.0
_WARM_UP = 60
_HOPS = 4
_SETTLE_S = 3.0
"""For mails and confirmations of what came before."""
_SEEDS = {"warm": 11, "measured": 12}


def latency(world: World) -> list[Row]:
    """Measure with everything in one process, as `intake run` does, and with a process for each part."""
    world.steps("latency", 5)
    apart: dict[str, Sequence[str]] = {"gateway": ("gateway",), "sender": ("worker", "sender")}
    apart |= {name: ("worker", name) for name in workers()}
    bare = _bare(world)
    world.step("one process")
    rows = _rows(world, "latency: one process", {"run": ("run",)}, bare)
    return rows + _rows(world, "latency: a process each", apart, bare)


def _bare(world: World) -> list[float]:
    """Milliseconds through four bare exactly-once copies at the same rate: what this machine takes today."""
    with chain(world, "empty", "copy", "bytes", hops=_HOPS) as empty:
        last = empty.source.replace(hop(0).name, hop(_HOPS).name)
        return through(world.bootstrap, empty.source, last, complaints(world.of(200, 1200)), PER_SECOND)


def _rows(world: World, name: str, parts: Mapping[str, Sequence[str]], bare: list[float]) -> list[Row]:
    count = world.of(200, 1200)
    with product(world, mail_settings(world)) as made:
        made.start(parts)
        gateway = made.urls["run" if "run" in parts else "gateway"]
        _measure(made, gateway, list(posts(_WARM_UP, _SEEDS["warm"])))
        world.step(name)
        idle = _idle(made, count / PER_SECOND / 4)
        before = made.cpu_s()
        found = _measure(made, gateway, list(posts(count, _SEEDS["measured"])))
        after, memory = made.cpu_s(), made.memory_mb()
        world.step(name)
    cpu = {part: (after[part] - before[part]) / count * 1000 for part in after}
    cpu |= {"idle": idle / PER_SECOND * 1000}
    return [_row(name, 0.5, P50_MS, found, bare, memory, _cost(cpu)), _row(name, 0.99, P99_MS, found, bare)]


def _row(
    name: str,
    share: float,
    limit_ms: float,
    found: list[float],
    bare: list[float],
    memory: dict[str, float] | None = None,
    notes: dict[str, str | float | int] | None = None,
) -> Row:
    ours, peer = percentile(found, share), percentile(bare, share)
    return Row(
        name=f"{name}, p{share * 100:.0f}",
        unit="ms",
        ours=ours,
        peer=peer,
        peer_name="four bare exactly-once copies",
        ratio=ours / peer,
        target=f"≤ {limit_ms:.0f} ms",
        met=ours <= limit_ms,
        memory_mb=memory or {},
        notes=notes or {},
    )


def _cost(cpu: dict[str, float]) -> dict[str, str | float | int]:
    """Processor milliseconds a complaint: all, what idling alone would have taken, and each process."""
    idle = cpu.pop("idle")
    notes: dict[str, str | float | int] = {"complaints a second": PER_SECOND}
    notes |= {"CPU ms a complaint": sum(cpu.values()), "of that idling": idle}
    return notes | {f"CPU ms {part}": round(used, 2) for part, used in cpu.items()}


def mail_settings(world: World) -> dict[str, str]:
    """Where acknowledgements go: the platform's own mailbox server."""
    host, port = world.mailbox.smtp.rsplit(":", 1)
    return {
        "INTAKE_SMTP__HOST": host,
        "INTAKE_SMTP__PORT": port,
        "INTAKE_SMTP__SECURITY": "plain",
        "INTAKE_SMTP__FROM_ADDRESS": "desk@shop.example",
        "INTAKE_SMTP__BOUNCE_ADDRESS": "bounces@shop.example",
    }


def _idle(made: Product, seconds: float) -> float:
    """Processor seconds a second that all processes use when nothing arrives."""
    time.sleep(_SETTLE_S)
    before, began = sum(made.cpu_s().values()), time.monotonic()
    time.sleep(seconds)
    return (sum(made.cpu_s().values()) - before) / (time.monotonic() - began)


class _ByComplaint(Arrivals):
    def id_of(self, key: bytes, value: bytes) -> bytes:
        return str(json.loads(value)["complaint_id"]).encode()


def _measure(made: Product, gateway: str, bodies: Sequence[bytes]) -> list[float]:
    """Post at the rate; returns the milliseconds from each post until a foreign consumer had its record."""
    arrivals = _ByComplaint(made.world.bootstrap, made.departments)
    try:
        sent = asyncio.run(_post_all(gateway, bodies))
        wait_for(lambda: sent.keys() <= arrivals.seen.keys(), 120, "not every complaint reached a department")
    finally:
        arrivals.close()
    return [(arrivals.seen[number] - at) * 1000 for number, at in sent.items()]


async def _post_all(gateway: str, bodies: Sequence[bytes]) -> dict[bytes, float]:
    """complaint_id → monotonic time at which its post began."""
    sent: dict[bytes, float] = {}

    async def post(client: httpx.AsyncClient, body: bytes) -> None:
        began = time.monotonic()
        answer = await client.post("/api/v1/complaints", content=body, headers={"Content-Type": "application/json"})
        answer.raise_for_status()
        sent[answer.json()["complaint_id"].encode()] = began

    async with httpx.AsyncClient(base_url=gateway, timeout=30) as client, asyncio.TaskGroup() as under_way:
        due = time.monotonic() + 0.5
        for body in bodies:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += 1 / PER_SECOND
            under_way.create_task(post(client, body))
    return sent
