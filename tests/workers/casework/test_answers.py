"""What customers say of the result, and cases that nobody accepts in time."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.correction import Correction
from schemas.signals import Signal, SignalKind
from tests.schemas.making import complaint
from tests.workers.casework.pieces import CASE, MONDAY, STAGE, assigned, later, member, reported, state, verdicts
from tests.workers.pieces import decide, incoming, rows
from tests.workers.route.pieces import STAGE as ROUTE
from tests.workers.route.pieces import classified
from workers.casework.overdue import ask_about
from workers.route.corrected import reopened

pytestmark = pytest.mark.services


def said(satisfied: bool | None, of: UUID, after: float = 30) -> Signal:
    """A customer's answer about the result."""
    return Signal(
        signal_id=uuid4(),
        kind=SignalKind.SATISFACTION,
        channel="web",
        account="track",
        complaint_id=of,
        satisfied=satisfied,
        score=2,
        at=later(after),
        received_at=later(after),
    )


async def test_a_satisfied_customer_is_recorded(engine: AsyncEngine) -> None:
    of = await member(engine)
    await decide(engine, STAGE, assigned(), reported("answered"), at=MONDAY)

    [worked] = await decide(engine, STAGE, said(True, of), at=later(30))

    row = await state(engine)
    assert (row.state, row.satisfied, worked.messages) == ("answered", True, ())
    assert (await verdicts(engine))[-1] == ("satisfaction", "applied", None)


async def test_a_dissatisfied_customer_reopens_his_case_once(engine: AsyncEngine) -> None:
    of = await member(engine)
    await decide(engine, STAGE, assigned(), reported("accepted"), reported("answered", after=1), at=later(1))
    await decide(engine, STAGE, reported("closed", after=2), at=later(2))

    first, again = await decide(engine, STAGE, said(False, of), said(False, of, 31), at=later(31))

    row = await state(engine)
    assert (row.state, row.satisfied, row.closed_at, row.accepted_at) == ("reopened", False, None, None)
    assert row.accept_by > later(31)
    assert ([one.occasion for one in first.messages], again.messages) == (["reopened"], ())
    [order] = await rows(engine, "SELECT * FROM casework_orders")
    assert (order.kind, order.department) == ("reopen", "quality")


async def test_an_answer_before_there_is_any_is_kept_and_changes_nothing(engine: AsyncEngine) -> None:
    of = await member(engine)
    await decide(engine, STAGE, assigned(), at=MONDAY)

    await decide(engine, STAGE, said(False, of), said(False, uuid4()), at=later(30))

    assert (await state(engine)).state == "routed"
    assert {(verdict, why) for _, verdict, why in await verdicts(engine)} == {
        ("impossible", "not-answered-yet"),
        ("unknown-case", "not-routed-yet"),
    }


async def test_a_reopened_case_can_be_answered_again(engine: AsyncEngine) -> None:
    of = await member(engine)
    await decide(engine, STAGE, assigned(), reported("answered"), said(False, of), at=later(30))

    await decide(engine, STAGE, reported("accepted", after=40), reported("answered", after=50), at=later(50))

    row = await state(engine)
    assert (row.state, row.answered_at) == ("answered", MONDAY)


def test_the_department_reads_that_its_case_was_reopened() -> None:
    by_customer = Correction(correction_id=uuid4(), by="casework", at=MONDAY, reason="顾客不满意", reopened=True)
    record = classified(revision=2, corrections=(by_customer,))

    assert [one.rule for one in reopened(record)] == ["reopened-by-customer"]
    assert "2026-11-23 09:31" in (next(iter(reopened(record))).detail or "")


async def test_the_correction_of_a_reopened_case_reaches_its_department(engine: AsyncEngine) -> None:
    by_customer = Correction(correction_id=uuid4(), by="casework", at=MONDAY, reason="顾客不满意", reopened=True)
    again = classified(revision=2, corrections=(by_customer,))
    first, second = await decide(engine, ROUTE, classified(), again)

    assert (second.kind.value, second.department) == ("assignment.corrected", first.department)


async def _overdue(engine: AsyncEngine) -> Any:
    return ask_about(await state(engine), later(241))


async def test_what_nobody_accepts_in_time_is_escalated_once(engine: AsyncEngine) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), at=MONDAY)
    asked = await _overdue(engine)

    [worked] = await decide(engine, STAGE, asked, at=later(241))
    [again] = await decide(engine, STAGE, asked.model_copy(update={"command_id": uuid4()}), at=later(242))

    [raised] = worked.escalations
    assert (raised.level, raised.department, again.escalations) == ("not-accepted", "quality", ())
    assert "quality-manager" in raised.informed
    assert (await state(engine)).escalated_at == later(241)


@pytest.mark.parametrize("meanwhile", ["accepted", "not-ours"])
async def test_what_was_taken_up_meanwhile_is_not_escalated(engine: AsyncEngine, meanwhile: str) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), at=MONDAY)
    asked = await _overdue(engine)

    *_, worked = await decide(engine, STAGE, reported(meanwhile), asked, at=later(241))

    assert worked.escalations == ()


async def test_an_empty_case_and_a_moved_one_are_not_escalated(engine: AsyncEngine) -> None:
    await decide(engine, STAGE, assigned(), at=MONDAY)
    asked = await _overdue(engine)
    [empty] = await decide(engine, STAGE, asked, at=later(241))
    await member(engine)
    await decide(engine, STAGE, assigned("logistics", revision=2), at=later(1))

    [moved] = await decide(engine, STAGE, asked, at=later(241))

    assert (empty.escalations, moved.escalations) == ((), ())


async def test_a_sealed_case_is_escalated_where_nobody_else_reads(engine: AsyncEngine) -> None:
    await member(engine, sealed=True)
    await decide(engine, STAGE, assigned("regulator-affairs", sealed=True), at=MONDAY)

    asked = await _overdue(engine)
    [worked] = await decide(engine, STAGE, asked, at=later(241))

    [emitted] = STAGE.emit(incoming(asked), worked)
    assert emitted.topic.name == "complaints.sealed-alarms.v1"
    assert emitted.headers == {"x-level": "not-accepted"}
    assert emitted.subject == complaint("1").complaint_id
    assert emitted.key == str(CASE)
