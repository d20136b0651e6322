"""A call nobody has heard moves once, when somebody has: the new department gets the case, the old one is told."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic
from schemas.records import Assignment, Verdict
from tests.workers.pieces import rows
from tests.workers.route.pieces import STAGE, classified
from tests.workers.route.test_route import assignments, route
from workers.runtime.driver import incoming, run_batch

pytestmark = pytest.mark.services


def call(source_id: str = "1", **fields: Any) -> Any:
    """A call as it is classified: without words until a revision brings them."""
    return classified(source_id, **{"channel": "phone", "text": "", "tasks": ("listen-and-type",)} | fields)


def follow_up(source_id: str, **fields: Any) -> Any:
    """Another message of the same case."""
    return call(source_id, case_of="1", case_seq=2, verdict=Verdict.FOLLOW_UP, tasks=(), **fields)


async def test_words_move_the_case_to_its_department_and_the_old_one_is_told(engine: AsyncEngine) -> None:
    unheard = await route(engine, call())
    heard = await route(engine, call(text="退款没到账", revision=2), offset=1)
    corrected = await route(engine, call(text="快递没收到货", revision=3), offset=2)

    assert assignments(unheard) == [("opened", "customer-service", True)]
    assert assignments(heard) == [("opened", "finance", True), ("withdrawn", "customer-service", False)]
    assert assignments(corrected)[0] == ("corrected", "finance", True)
    assert "withdrawn" not in {kind for kind, _, _ in assignments(corrected)}
    [row] = await rows(engine, "SELECT department, rule_id, unheard FROM route_cases")
    assert row == ("finance", "route.payment", False)


async def test_it_moves_within_one_batch_as_in_two(engine: AsyncEngine) -> None:
    emits = await route(engine, call(), call(text="退款没到账", revision=2))

    assert assignments(emits) == [
        ("opened", "customer-service", True),
        ("opened", "finance", True),
        ("withdrawn", "customer-service", False),
    ]


async def test_a_replay_says_the_same_and_a_redelivery_nothing(engine: AsyncEngine) -> None:
    records = [incoming(call(), 0), incoming(call(text="退款没到账", revision=2), 1)]
    again = [incoming(item.record, item.origin.offset + 10) for item in records]

    first = await run_batch(STAGE, engine, records)
    replayed = await run_batch(STAGE, engine, records)

    assert replayed == first
    assert await run_batch(STAGE, engine, again) == []


async def test_words_no_rule_claims_correct_it_where_it_is_and_later_words_may_still_move_it(
    engine: AsyncEngine,
) -> None:
    await route(engine, call())

    vague = await route(engine, call(text="那个东西你们看着办", revision=2), offset=1)
    clear = await route(engine, follow_up("2", text="快递没收到货"), offset=2)

    assert assignments(vague) == [("corrected", "customer-service", True)]
    assert assignments(clear) == [("opened", "logistics", True), ("withdrawn", "customer-service", False)]


async def test_a_case_that_words_had_fixed_is_not_moved_by_a_call_or_by_other_words(engine: AsyncEngine) -> None:
    await route(engine, call(text="退款没到账"))

    unheard = await route(engine, follow_up("2", text=""), call("3", case_of="1", case_seq=3), offset=1)
    other = await route(engine, follow_up("4", text="快递没收到货"), offset=3)

    assert {(department, responsible) for _, department, responsible in assignments(unheard)} == {("finance", True)}
    assert assignments(other)[0] == ("added", "finance", True)


async def test_what_a_rule_gives_to_the_same_department_is_a_correction(engine: AsyncEngine) -> None:
    await route(engine, call())

    emits = await route(engine, call(text="请问营业时间", revision=2), offset=1)

    assert assignments(emits) == [("corrected", "customer-service", True)]


async def test_who_lost_the_case_and_gets_a_copy_has_one_record(engine: AsyncEngine) -> None:
    await route(engine, call())

    emits = await route(engine, call(text="孩子受伤了", revision=2), offset=1)

    told = [one.record for one in emits if isinstance(one.record, Assignment)]
    assert [one.kind for one in told if one.department == "customer-service"] == ["assignment.opened"]
    assert [one.responsible for one in told if one.department == "customer-service"] == [False]


async def test_automatic_mail_moves_nothing(engine: AsyncEngine) -> None:
    await route(engine, call())

    machine = follow_up("2", text="退款没到账", automatic=Automatic(is_automatic=True, reasons=("list",)))

    assert assignments(await route(engine, machine, offset=1)) == [("added", "customer-service", True)]
