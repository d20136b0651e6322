"""What the operations pages cost in a large installation: every page's time, and fifty viewers beside one."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from deploy.linking import migrated
from gateway.staff import accounts, sessions
from gateway.staff.roles import Role
from gateway.staff.visit import COOKIE
from operations.assembly import token_keys_of
from schemas.policy.loading import DEFAULT_PACK
from schemas.settings.staff import StaffSettings
from schemas.tokens import track_key
from tests.bench import crowd
from tests.bench.figures import percentile
from tests.bench.many_indexed import BASE, KEY, index_all, multiply, views
from tests.bench.many_stored import DEPARTMENTS, surround
from tests.bench.product import Product, product
from tests.bench.results import Row
from tests.bench.viewers import watch
from tests.bench.world import World
from tests.waiting import until

P95_MS = 300.0
MANY_VIEWERS, AT_MOST_RATIO = 50, 1.5
_DAYS = 90
_EACH = 20
_READY_WITHIN_S = 60.0
_GATEWAY = "gateway"
_LISTS: Mapping[str, str] = {
    "the board": "/ops",
    "tasks": "/ops/tasks",
    "tasks of one kind, page 20": "/ops/tasks?kind=callback&page=20",
    "suspended": "/ops/suspended",
    "suspended, page 300": "/ops/suspended?page=300",
    "dead letters": "/ops/dead-letters",
    "outbox": "/ops/outbox",
    "review": "/ops/review",
    "links": "/ops/links",
    "audit log": "/ops/audit",
    "audit log of one action": "/ops/audit?action=complaint.full",
    "ledger by hour": "/ops/ledger",
    "overdue acknowledgements": "/ops/promises?clock=acknowledgement&band=breached",
    "unaccepted cases": "/ops/promises?clock=acceptance&band=breached",
    "answers overdue": "/ops/promises?clock=complex&band=breached",
    "search without words": "/ops/search",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """A while with so many viewers: seconds, processor seconds by part, questions to the broker, events."""

    viewers: int
    seconds: float
    cpu_s: Mapping[str, float]
    events: int
    event_bytes: float
    spread_ms: float

    @property
    def cpu_share(self) -> float:
        """Processor seconds a second, all parts."""
        return sum(self.cpu_s.values()) / self.seconds


def board(world: World) -> list[Row]:
    """Fill an installation, start its gateway, look at everything."""
    many = world.of(100_000, 1_000_000)
    world.steps("board", 4)
    policy = world.home / "crowd.yaml"
    policy.write_text(_pack(), encoding="utf-8")
    extra = {
        "INTAKE_POLICY": str(policy),
        "INTAKE_KEYS__PSEUDONYM": KEY.decode(),
        "INTAKE_TRACK__REQUESTS_PER_MINUTE": "0",
    }
    with product(world, extra) as made:
        world.step(f"{many:,} complaints")
        fill(made.database_url, made.naming.prefix, many)
        world.step("topics and piles")
        crowd.gather(world.bootstrap, made.naming)
        crowd.pile_up(world.bootstrap, made.naming)
        world.step("pages")
        with crowd.moving(world.bootstrap, made.naming):
            return asyncio.run(_measured(made, world.of(15, 60)))


def fill(url: str, prefix: str, many: int) -> None:
    """A database of so many complaints, spread over 90 days."""

    async def first() -> None:
        async with migrated(url) as engine:
            await index_all(engine, BASE)

    asyncio.run(first())
    multiply(url, many // BASE - 1, _DAYS)
    surround(url, prefix)


async def _measured(made: Product, seconds: float) -> list[Row]:
    began = time.perf_counter()
    await asyncio.to_thread(made.start, {_GATEWAY: (_GATEWAY,)})
    cookies = {COOKIE: await _session(made.database_url)}
    url = made.urls[_GATEWAY]
    async with httpx.AsyncClient(base_url=url, cookies=cookies, timeout=60) as client:
        shown = await _until_promises_are_shown(client, began)
        first = {name: await _asked(client, path) for name, path in _LISTS.items()}
        times = {name: [await _asked(client, path) for _ in range(_EACH)] for name, path in _LISTS.items()}
        try:
            times |= await _about_one(client, made)
        except RuntimeError as error:
            raise RuntimeError(f"{error}: {made.running[_GATEWAY].said()}") from error
    one, many = await _shift(made, url, cookies, 1, seconds), await _shift(made, url, cookies, MANY_VIEWERS, seconds)
    rows = [_page(name, found, first.get(name)) for name, found in times.items()]
    notes = {f"MB {name}": round(size) for name, size in made.memory_mb().items()}
    ready = Row(name="board: from start to shown promises", unit="s", ours=shown, notes=notes)
    return [*rows, ready, *_viewers(one, many)]


async def _until_promises_are_shown(client: httpx.AsyncClient, began: float) -> float:
    async def shown() -> bool:
        return 'id="clocks"' in (await client.get("/ops")).text

    await until(shown, timeout_s=_READY_WITHIN_S, every_s=0.1)
    return time.perf_counter() - began


async def _about_one(client: httpx.AsyncClient, made: Product) -> dict[str, list[float]]:
    """Pages of single complaints, each another one: as staff and as the customer see it."""
    numbers = [one.tracking_number for one in views(_EACH)]
    times = {"a complaint's page": [await _asked(client, f"/ops/complaints/{number}") for number in numbers]}
    keys = token_keys_of(made.settings)
    for number in numbers:
        opened = await client.post(f"/track/{number}/open", data={"k": track_key(keys, number)})
        if opened.status_code != httpx.codes.SEE_OTHER:
            raise RuntimeError(f"a customer's page was not opened: {opened.status_code}")
    return times | {"a customer's page": [await _asked(client, f"/track/{number}") for number in numbers]}


async def _asked(client: httpx.AsyncClient, path: str) -> float:
    """Milliseconds of one answer."""
    began = time.perf_counter()
    answer = await client.get(path)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"{path.partition('?')[0]} answered {answer.status_code}")
    return took


async def _shift(made: Product, url: str, cookies: Mapping[str, str], viewers: int, seconds: float) -> Shift:
    before = made.cpu_s()
    began = time.perf_counter()
    found = await watch(url, cookies, viewers, seconds)
    took = time.perf_counter() - began
    cpu = {part: used - before[part] for part, used in made.cpu_s().items()}
    sizes = [size for one in found for size in one.sizes]
    events = min(len(one.at) for one in found)
    spreads = [max(one.at[at] for one in found) - min(one.at[at] for one in found) for at in range(events)]
    return Shift(viewers, took, cpu, events, sum(sizes) / max(len(sizes), 1), percentile(spreads, 0.95) * 1000)


def _page(name: str, found: Sequence[float], first: float | None) -> Row:
    p95 = percentile(found, 0.95)
    notes: dict[str, str | float | int] = {"median": round(percentile(found, 0.5), 1)}
    if first is not None:
        notes["first"] = round(first, 1)
    return Row(
        name=f"board: {name}", unit="ms", ours=p95, target=f"p95 ≤ {P95_MS:.0f} ms", met=p95 <= P95_MS, notes=notes
    )


def _viewers(one: Shift, many: Shift) -> list[Row]:
    ratio = many.cpu_share / one.cpu_share
    notes: dict[str, str | float | int] = {}
    for shift in (one, many):
        notes |= {f"{shift.viewers} viewers, % of a core {part}": round(used / shift.seconds * 100, 1)
                  for part, used in shift.cpu_s.items()}  # fmt: skip
        notes |= {
            f"{shift.viewers} viewers, events each": shift.events,
            f"{shift.viewers} viewers, bytes an event": round(shift.event_bytes),
            f"{shift.viewers} viewers, ms from first to last of them p95": round(shift.spread_ms, 1),
        }
    return [
        Row(
            name=f"board: {many.viewers} viewers",
            unit="cores",
            ours=many.cpu_share,
            peer=one.cpu_share,
            peer_name="one viewer",
            ratio=ratio,
            target=f"≤ {AT_MOST_RATIO} × one",
            met=ratio <= AT_MOST_RATIO,
            notes=notes,
        )
    ]


async def _session(url: str) -> str:
    """What the cookie of a signed-in supervisor holds."""
    now = datetime.now(UTC)
    async with migrated(url) as engine, engine.begin() as connection:
        made = await accounts.add(connection, now, "bench", "-", [Role.SUPERVISOR])
        return await sessions.begin(connection, now, made.account_id, StaffSettings())


def _pack() -> str:
    """The default pack with many more departments."""
    more = (
        f"  - {{code: d{number}, title: {{zh_hans: 部门 {number}, zh_hant: 部門 {number}, en: Department {number}}}}}"
        for number in range(DEPARTMENTS)
    )
    head = "\ndepartments:\n"
    return DEFAULT_PACK.read_text(encoding="utf-8").replace(head, head + "\n".join(more) + "\n")
