"""Sudden deaths and one freeze: at each named place, at random moments, of the broker under everything."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any

from deploy.local import Part
from infra.failpoints import PLACES
from tests import scale
from tests.faults.conftest import World
from tests.faults.system import Process
from tests.waiting import until
from workers.pipeline import PIPELINE

OF_A_STAGE = tuple(place for place in PLACES if place.startswith("stage."))
_WITH_KAFKA = ("gateway.raw-stored", "gateway.kafka-acked")
OF_A_SPOOL = tuple(place for place in PLACES if place.startswith("gateway.") and place not in _WITH_KAFKA)
OF_THE_FETCHER = tuple(place for place in PLACES if place.startswith("fetcher."))
"""Only where channels announce files: see `test_channels.py`."""
_WITHIN_S = scale.of(240.0, 1800.0)
"""A stage gets something to die over only when those before it have died enough."""
_SPOOLED = "gateway.spooled=kill"
Deaths = dict[str, list[str]]
"""Part → the places at which it dies, one after the other."""


def planned(*, every_place: bool) -> Deaths:
    """Who dies where while the broker is there: every stage at every place, or at each place one stage."""
    deaths: Deaths = {
        "gateway": list(_WITH_KAFKA),
        "imap": [place for place in PLACES if place.startswith("mail.")],
        "sender": [place for place in PLACES if place.startswith("sender.")],
        "auditor": ["auditor.inserted", *(("republisher.published",) if every_place else ())],
    }
    if every_place:
        return deaths | {stage.name: [f"{place}/{stage.name}" for place in OF_A_STAGE] for stage in PIPELINE}
    one_each = zip(("archive", "deduplicate", "classify", "route", "acknowledge"), OF_A_STAGE, strict=True)
    return deaths | {stage: [f"{place}/{stage}"] for stage, place in one_each}


async def told(what: str, fault: Coroutine[Any, Any, None]) -> None:
    """Let a fault happen and say how long it took."""
    began = time.monotonic()
    await fault
    print(f"{what}: {time.monotonic() - began:.0f} s", flush=True)


async def at_their_places(world: World, deaths: Deaths, *, broker_next: bool = True) -> None:
    """Kill each part at once, and again at each of its places; all processes at the same time.

    Gateway and mail connector are left armed for `of_the_broker`, if that comes next.
    """
    places: Deaths = {}
    for part, at in deaths.items():
        places.setdefault(world.system.of(part).name, []).extend(at)
    async with asyncio.TaskGroup() as together:
        for name, at in places.items():
            last = _SPOOLED if broker_next and name in ("gateway", "imap") else ""
            together.create_task(_one_after_the_other(world.system.of(name), at, last))
    await _ready(world)


async def at_random(world: World, times: int, chance: Random, among: Sequence[str] = ()) -> None:
    """Kill parts at moments that nobody chose: of all, or among the processes of these."""
    names = sorted({world.system.of(part).name for part in among} or world.system.processes)
    for _ in range(times):
        await asyncio.sleep(chance.uniform(0.1, 2.0))
        await asyncio.to_thread(world.system.kill, chance.choice(names))
    await _ready(world)


async def of_the_broker(world: World) -> None:
    """Kill the broker; gateway and mail connector, armed, die with it: on spooling, draining and switching back."""
    gateway, imap = world.system.of("gateway"), world.system.of("imap")
    await asyncio.to_thread(world.platform.kill, Part.KAFKA)
    for part in (gateway, imap):
        await _died(part, "gateway.spooled")
        part.start("gateway.draining=kill")
    await asyncio.to_thread(world.platform.start, Part.KAFKA)
    for part, place in ((gateway, "gateway.before-switch-back"), (imap, "gateway.after-switch-back")):
        await _died(part, "gateway.draining")
        part.start(f"{place}=kill")
    for part, place in ((gateway, "gateway.before-switch-back"), (imap, "gateway.after-switch-back")):
        await _died(part, place)
        part.start()
    await _ready(world)


async def frozen_before_its_commit(world: World, stage: str) -> None:
    """Freeze a worker with an open transaction beyond its session, wake it after the new owner has committed."""
    system, place = world.system, f"stage.before-end-txn/{stage}"
    zombie = system.of(stage)
    await asyncio.to_thread(system.kill, zombie.name, f"{place}=stop")
    await until(lambda: zombie.frozen_at(place), _WITHIN_S, 0.05)
    committed = world.broker.committed([stage])[stage]
    ends = world.broker.ends(sorted({topic for topic, _ in committed}))
    heir = system.worker(f"heir of {stage}", stage)
    heir.start()
    await until(_passed(world, stage, {place: ends[place] for place in committed}), _WITHIN_S, 0.1)
    asleep = zombie.log.stat().st_size
    zombie.send(signal.SIGCONT)
    await until(lambda: b"rebuilding the consumer" in zombie.log.read_bytes()[asleep:], _WITHIN_S, 0.05)
    await _ready(world)
    await asyncio.to_thread(system.remove, heir.name)


def _passed(world: World, stage: str, ends: dict[tuple[str, int], int]) -> Callable[[], bool]:
    def passed() -> bool:
        committed = world.broker.committed([stage])[stage]
        return all(committed[place] >= end for place, end in ends.items())

    return passed


async def _one_after_the_other(process: Process, places: Sequence[str], last: str) -> None:
    await asyncio.to_thread(process.end, signal.SIGKILL)
    for place in places:
        process.start(f"{place}=kill")
        await _died(process, place)
    process.start(last)


async def _died(process: Process, place: str) -> None:
    try:
        await until(lambda: process.died_at(place), _WITHIN_S, 0.05)
    except TimeoutError as error:
        raise AssertionError(f"{process.name} did not get to {place}: {process.tail()}") from error


async def _ready(world: World) -> None:
    await asyncio.to_thread(world.system.wait_ready, _WITHIN_S)
