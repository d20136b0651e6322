"""One look at lag, for a command: everything measured once, and a second time where something is late."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from operations.lag.measuring import LagEngine
from operations.lag.states import TWO_LOOKS, Circumstances, judge, late
from operations.lag.stillness import Stillness
from operations.lag.watched import Look, Measured, Readers
from operations.saying import Said
from schemas.commands import LagRow
from schemas.settings import KafkaSettings

_LOOK_AGAIN_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Seen:
    """A row as it is printed, and why it is in its state in every language."""

    row: LagRow
    why: Said


async def measure(
    settings: KafkaSettings,
    readers: Readers,
    stops: Mapping[str, Said] | None = None,
    owners: Mapping[str, str] | None = None,
) -> list[Seen]:
    """Return a row for each stage and topic, and for each group that reads a department's topic.

    `stops` maps a group to why it refuses to go on, `owners` a department to who looks after its consumers.
    Looks twice, 2 s apart, when something is late, to tell slow from stalled.
    """
    engine, stillness = LagEngine(settings, readers), Stillness()
    try:
        await engine.start()
        first = last = await engine.look(last_minute=True)
        stillness.observe(first)
        if any(late(one, first.at, TWO_LOOKS[one.watched.kind]) for one in first.found):
            await asyncio.sleep(_LOOK_AGAIN_AFTER_S)
            last = await engine.look(last_minute=True)
            stillness.observe(last)
    finally:
        await engine.close()
    between_s = (last.at - first.at).total_seconds()
    return [_seen(one, last, stillness, stops or {}, owners or {}, between_s) for one in last.found]


def _seen(
    found: Measured,
    look: Look,
    stillness: Stillness,
    stops: Mapping[str, Said],
    owners: Mapping[str, str],
    between_s: float,
) -> Seen:
    watched, pace = found.watched, TWO_LOOKS[found.watched.kind]
    still_s = stillness.still_s(found, look.at, pace.stuck_s) if between_s else None
    owner = owners.get(watched.name) if watched.kind == "department" else None
    verdict = judge(found, look.at, Circumstances(stops.get(watched.group or ""), still_s, owner), pace)
    out_per_s = found.done / between_s if between_s else None
    row = LagRow(
        kind=watched.kind,
        name=watched.name,
        group=watched.group,
        topic=watched.topic,
        waiting=found.waiting,
        exact=found.exact,
        oldest_waiting_s=_oldest(found, look.at),
        deleted=found.deleted,
        came_last_minute=found.came_last_minute,
        in_per_s=round(found.came_last_minute / 60, 3),
        out_per_s=round(out_per_s, 3) if out_per_s is not None else None,
        drain_s=round(found.waiting / out_per_s, 1) if out_per_s else None,
        owner=owner,
        members=found.members or 0,
        partitions=len(found.partitions),
        state=verdict.state.value,
        why=verdict.why.en,
    )
    return Seen(row, verdict.why)


def _oldest(found: Measured, at: datetime) -> float | None:
    oldest_s = found.oldest_s(at)
    return round(oldest_s, 1) if oldest_s is not None else None
