"""A systemic problem is told once, under its parent case; the notice of a batch brings its copies."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.policy.clusters import ClusterRule, QuickNotice
from schemas.records import Assignment, Classified, Cluster, Escalation, Evidence
from tests.workers.route.pieces import PACK, classified
from workers.route import Route
from workers.runtime.driver import incoming, run_batch

pytestmark = pytest.mark.services
NOTICE = QuickNotice(
    number="KC-7", batch="B1", handle="直接换货", signed_by=("供应链",), valid_from=date(2026, 11, 1),
    copies=("procurement", "astrology"),
)  # fmt: skip
RULE = ClusterRule(by="batch", at_least=3, within_days=30, informed=("quality-manager",))
STAGE = Route(PACK.model_copy(update={"clusters": (RULE,), "quick_notices": (NOTICE,)}), b"c" * 32)


def watched(source_id: str, **cluster: Any) -> Classified:
    """A complaint of a cluster."""
    one = classified(source_id, text="快递没收到货")
    link = one.link.model_copy(
        update={
            "cluster": Cluster(cluster_id=uuid4(), by="batch", **cluster),
            "evidence": (Evidence(rule="cluster-batch", detail="同一批次已有 3 位不同顾客反映"),),
        }
    )
    return one.model_copy(update={"link": link})


async def records(engine: AsyncEngine, one: Classified, offset: int = 0) -> list[Any]:
    """What route writes about it."""
    return [emit.record for emit in await run_batch(STAGE, engine, [incoming(one, offset)])]


async def test_the_record_that_makes_a_problem_systemic_tells_people_under_the_parent_case(
    engine: AsyncEngine,
) -> None:
    first, next_one = watched("1", size=3, systemic=True, reached=True), watched("2", size=4, systemic=True)

    told = await records(engine, first)
    [escalation] = [one for one in told if isinstance(one, Escalation)]
    later = await records(engine, next_one, 1)

    assert first.link.cluster is not None
    assert escalation.parent_case_id == first.link.cluster.cluster_id
    assert (escalation.reasons[0].rule, escalation.informed) == ("cluster.batch", ("quality-manager",))
    assert not [one for one in later if isinstance(one, Escalation)]


async def test_a_department_reads_who_else_there_is_and_the_notice_brings_copies(engine: AsyncEngine) -> None:
    told = await records(engine, watched("1", size=3, notice="KC-7"))

    found = [one for one in told if isinstance(one, Assignment)]
    assert [(one.department, one.responsible) for one in found] == [("logistics", True), ("procurement", False)]
    assert found[0].evidence[0].detail == "同一批次已有 3 位不同顾客反映"
    assert found[0].cluster is not None
    assert found[0].cluster.notice == "KC-7"
