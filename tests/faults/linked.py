"""How complaints were linked, beside how they are linked when nothing dies: the same stage alone, one after another."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from deploy.linking import empty_database, migrated, sample_stage
from schemas.complaint import Complaint
from schemas.policy import load_pack
from schemas.records import Deduplicated
from schemas.settings import Settings
from tests.faults.seen import Seen
from workers.runtime.driver import incoming, run_batch

Linked = Mapping[str, Deduplicated]
"""complaint_id → the complaint with its case and link"""


def linked(seen: Seen, ids: Iterable[str]) -> Linked:
    """What the running system has decided about these complaints when they came."""
    records = seen.all("complaints.deduplicated.v1")
    wanted = set(ids)
    return {
        one["complaint_id"]: Deduplicated.model_validate(one)
        for one in records
        if one["complaint_id"] in wanted and one["revision"] == 1
    }


def undisturbed(database_url: str, decided: Linked) -> Linked:
    """Decide the same complaints, received when they were received, in that order, on an empty database."""
    added = Deduplicated.model_fields.keys() - Complaint.model_fields.keys()
    complaints = [Complaint.model_validate(one.model_dump(exclude=set(added))) for one in decided.values()]
    complaints.sort(key=lambda one: (one.received_at, one.complaint_id))
    with empty_database(database_url) as url:
        return asyncio.run(_alone(url, complaints))


async def _alone(url: str, complaints: Iterable[Complaint]) -> Linked:
    stage = sample_stage(Settings(), load_pack(None))
    found: dict[str, Deduplicated] = {}
    async with migrated(url) as engine:
        for number, one in enumerate(complaints):
            [emit] = await run_batch(stage, engine, [incoming(one, number, at=one.received_at)])
            assert isinstance(emit.record, Deduplicated)
            found[str(one.complaint_id)] = emit.record
    return found


def grouped_differently(told: Iterable[Iterable[str]], one: Linked, other: Linked) -> list[str]:
    """Every pair of a story that shares a case on one side only. `told` holds the complaint ids of each story."""
    return [
        f"{first} and {second}: {_together(one, first, second)}, undisturbed {_together(other, first, second)}"
        for first, second in pairs(told)
        if _together(one, first, second) != _together(other, first, second)
    ]


def pairs(told: Iterable[Iterable[str]]) -> list[tuple[str, str]]:
    """Every two letters of one story."""
    return [pair for story in told for pair in combinations(story, 2)]


def together(told: Iterable[Iterable[str]], links: Linked) -> Counter[bool]:
    """How many pairs share a case, and how many do not."""
    return Counter(_together(links, *pair) for pair in pairs(told))


def judged_differently(ids: Iterable[str], one: Linked, other: Linked) -> list[str]:
    """Every complaint with another verdict, another complaint that it belongs to, or another case."""
    return [
        f"{each}: {_verdict(one[each])}, undisturbed {_verdict(other[each])}"
        for each in ids
        if _verdict(one[each]) != _verdict(other[each])
    ]


def _together(links: Linked, first: str, second: str) -> bool:
    return links[first].case_id == links[second].case_id


def _verdict(record: Deduplicated) -> tuple[Any, ...]:
    link = record.link
    return link.verdict.value, link.of, record.case_id, record.case_seq, link.repeat_count
