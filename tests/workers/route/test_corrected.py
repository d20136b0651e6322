"""Departments hear what people decide: who lost a complaint is told so, who has it now gets it, once, in any order."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.correction import Correction, Reclassified, Relinked, Rerouted
from schemas.identity import first_case_id
from schemas.records import Assignment, Classified, Link, Verdict
from tests.schemas.making import complaint
from tests.workers.pieces import NOON, rows
from tests.workers.route.pieces import classified
from tests.workers.route.test_route import assignments, route
from workers.runtime.stage import Emit

pytestmark = pytest.mark.services
OLD, NEW = first_case_id(complaint("1").complaint_id), first_case_id(complaint("9").complaint_id)


def said(after: int = 1, **what: Any) -> Correction:
    """A person's decision, some minutes after noon."""
    return Correction(correction_id=uuid4(), by="王芳", at=NOON + timedelta(minutes=after), reason="已核对", **what)


def corrected(of: Classified, *corrections: Correction, **fields: Any) -> Classified:
    """The next revision, with decisions."""
    update = {"revision": of.revision + 1, "corrections": (*of.corrections, *corrections)}
    return of.model_copy(update=update | fields)


def moved(of: Classified, to: UUID = NEW, seq: int = 2, after: int = 1) -> Classified:
    """The revision with which a complaint comes into another case."""
    link = Link(verdict=Verdict.DUPLICATE, of=uuid4(), moved_from=of.case_id, moved_from_seq=of.case_seq)
    relink = said(after, relink=Relinked(of=link.of))
    return corrected(of, relink, case_id=to, case_seq=seq, link=link)


def told(emits: list[Emit]) -> list[tuple[str, str, UUID, int, str]]:
    """What departments hear: kind, department, case, revision, record key."""
    found = [(emit.record, emit.key) for emit in emits if isinstance(emit.record, Assignment)]
    return [
        (one.kind.value.removeprefix("assignment."), one.department, one.case_id, one.revision, key)
        for one, key in found
    ]


async def test_a_complaint_that_moves_is_withdrawn_under_the_old_key_and_comes_under_the_new(
    engine: AsyncEngine,
) -> None:
    here = classified("1", text="快递没收到货")
    await route(engine, here, classified("9", text="牛奶过期了"))

    emits = await route(engine, moved(here), offset=2)

    assert told(emits) == [
        ("added", "quality", NEW, 2, str(NEW)),
        ("added", "logistics", NEW, 2, str(NEW)),
        ("withdrawn", "logistics", OLD, 2, str(OLD)),
    ]
    assert len({emit.event_id for emit in emits}) == len(emits)


async def test_a_complaint_with_a_case_of_its_own_opens_it_also_at_the_same_department(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")
    await route(engine, here)

    emits = await route(engine, moved(here, uuid4(), 1), offset=1)

    assert [(kind, department) for kind, department, *_ in told(emits)] == [
        ("opened", "logistics"),
        ("withdrawn", "logistics"),
    ]


async def test_all_who_got_a_copy_hear_that_it_is_gone(engine: AsyncEngine) -> None:
    here = classified("1", text="衣服掉色，质量太差，开线了，客服态度差")
    before = {department for _, department, _ in assignments(await route(engine, here))}

    emits = await route(engine, moved(here, uuid4(), 1), offset=1)

    assert len(before) > 1
    assert {one[1] for one in told(emits) if one[0] == "withdrawn"} == before


async def test_a_move_that_is_routed_first_is_told_when_the_first_revision_comes(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")

    first = await route(engine, moved(here))
    late = await route(engine, here, offset=1)

    assert [one[:4] for one in told(first)] == [("opened", "logistics", NEW, 2)]
    assert [one[:4] for one in told(late)] == [("opened", "logistics", OLD, 1), ("withdrawn", "logistics", OLD, 2)]


async def test_a_complaint_that_comes_back_is_not_taken_away_by_its_first_move(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")
    there = moved(here)
    back = moved(there, OLD, 2, after=2)
    await route(engine, here, there)

    emits = await route(engine, back, offset=2)

    assert [one[:4] for one in told(emits)] == [("added", "logistics", OLD, 3), ("withdrawn", "logistics", NEW, 3)]


async def test_a_replay_of_a_move_says_the_same_and_a_redelivery_nothing(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")
    there = moved(here)
    await route(engine, here)

    first = await route(engine, there, offset=1)

    assert await route(engine, there, offset=1) == first
    assert await route(engine, there, offset=7) == []


async def test_a_person_moves_a_case_to_a_department_and_everything_after_follows(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")
    await route(engine, here)

    emits = await route(engine, corrected(here, said(reroute=Rerouted(department="finance"))), offset=1)
    follow_up = await route(engine, classified("2", text="快递没收到货", case_of="1", case_seq=2), offset=2)

    assert assignments(emits) == [("opened", "finance", True), ("withdrawn", "logistics", False)]
    assert assignments(follow_up) == [("added", "finance", True)]
    [record] = [one.record for one in emits if isinstance(one.record, Assignment) and one.record.responsible]
    assert record.evidence[0].detail == "人工更正：王芳：已核对"


async def test_a_department_nobody_knows_is_refused_with_the_reason(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")
    await route(engine, here)

    emits = await route(engine, corrected(here, said(reroute=Rerouted(department="astrology"))), offset=1)

    [record] = [one.record for one in emits if isinstance(one.record, Assignment)]
    assert (record.kind.value, record.department) == ("assignment.corrected", "logistics")
    assert record.evidence[0].rule == "correction-refused-unknown-department"


async def test_another_category_moves_the_case_unless_a_person_named_the_department(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")
    await route(engine, here)
    understood = here.understanding.model_copy(update={"primary": "payment"})

    by_category = corrected(here, said(reclassify=Reclassified(primary="payment")), understanding=understood)
    emits = await route(engine, by_category, offset=1)
    named = corrected(by_category, said(2, reroute=Rerouted(department="facilities")))
    await route(engine, named, offset=2)
    again = corrected(named, said(3, reclassify=Reclassified(primary="logistics")), understanding=here.understanding)
    held = await route(engine, again, offset=3)

    assert assignments(emits) == [("opened", "finance", True), ("withdrawn", "logistics", False)]
    assert assignments(held)[0] == ("corrected", "facilities", True)


async def test_what_was_said_in_one_case_moves_no_other(engine: AsyncEngine) -> None:
    here = classified("1", text="快递没收到货")
    away = corrected(here, said(reroute=Rerouted(department="finance")))
    await route(engine, here, away, classified("9", text="牛奶过期了"))

    emits = await route(engine, moved(away, after=2), offset=3)

    assert told(emits)[0][:3] == ("added", "quality", NEW)
    assert await rows(engine, "SELECT department FROM route_cases ORDER BY department") == [("finance",), ("quality",)]
