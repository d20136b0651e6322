"""The stage on a real database: states of cases, verdicts, notices, in any order."""

import itertools
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.records import AssignmentKind
from schemas.signing import SIGNATURE_HEADER, signature
from schemas.tables.casework import CASEWORK_DECISIONS
from schemas.tables.deduplicate import CASE_MEMBERS
from tests.workers.casework.pieces import CASE, MONDAY, PACK, STAGE, assigned, later, member, reported, state, verdicts
from tests.workers.pieces import decide, incoming, rows
from workers.casework import Casework

pytestmark = pytest.mark.services


async def test_the_clock_of_acceptance_starts_with_the_assignment(engine: AsyncEngine) -> None:
    await decide(engine, STAGE, assigned(), at=MONDAY)

    row = await state(engine)
    assert (row.department, row.state, row.accept_by) == ("quality", "routed", later(240))


async def test_a_copy_and_automatic_mail_start_no_clock(engine: AsyncEngine) -> None:
    await decide(engine, STAGE, assigned("logistics", responsible=False), assigned(urgency="none"), at=MONDAY)

    assert (await state(engine)).accept_by is None


async def test_each_change_is_told_once_to_each_person(engine: AsyncEngine) -> None:
    first, third = await member(engine, "1"), await member(engine, "3")
    await member(engine, "2", of=first, same_recipient=True)
    await member(engine, "4", is_referral=True)
    await member(engine, "5", sealed=True)
    await member(engine, "6", is_automatic=True)
    await decide(engine, STAGE, assigned(), at=MONDAY)

    [worked] = await decide(engine, STAGE, reported("accepted", text_for_customer="<b>正在</b>核实"), at=later(5))

    assert {one.complaint_id for one in worked.messages} == {first, third}
    assert {one.occasion for one in worked.messages} == {"accepted"}
    assert worked.messages[0].values["text_for_customer"] == "正在核实"
    assert (await state(engine)).state == "accepted"


async def test_the_same_words_in_the_same_state_are_no_news(engine: AsyncEngine) -> None:
    await member(engine)
    first, again = reported("in-progress"), reported("in-progress", after=1)
    more = reported("in-progress", after=2, text_for_customer="已送检")

    _, *worked = await decide(engine, STAGE, assigned(), first, again, more, at=later(9))

    assert [len(one.messages) for one in worked] == [1, 0, 1]


async def test_a_report_before_its_assignment_is_kept_and_applied_when_that_comes(engine: AsyncEngine) -> None:
    await member(engine)
    [before] = await decide(engine, STAGE, reported("accepted", after=1), at=later(1))
    [then] = await decide(engine, STAGE, assigned(), at=MONDAY)

    assert before.verdict == "unknown-case"
    assert [one.occasion for one in then.messages] == ["accepted"]
    assert (await state(engine)).state == "accepted"
    assert await verdicts(engine) == [("accepted", "applied", None)]


async def test_in_any_order_the_case_ends_where_its_newest_report_is(engine: AsyncEngine) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), at=MONDAY)
    said = [reported("accepted", after=1), reported("in-progress", after=2), reported("answered", after=3)]

    for order in itertools.permutations(said):
        again = [one.model_copy(update={"status_id": reported("accepted").status_id}) for one in order]
        await decide(engine, STAGE, *again, at=later(9))

    assert (await state(engine)).state == "answered"
    assert {verdict for kind, verdict, _ in await verdicts(engine) if kind != "answered"} <= {"applied", "late"}


async def test_what_cannot_follow_is_kept_and_changes_nothing(engine: AsyncEngine) -> None:
    await member(engine)
    said = reported("answered", after=1), reported("accepted", after=2)

    *_, refused = await decide(engine, STAGE, assigned(), *said, at=later(9))

    assert (refused.verdict, refused.messages) == ("impossible", ())
    assert (await state(engine)).state == "answered"
    assert (await verdicts(engine))[-1] == ("accepted", "impossible", "cannot-follow")


async def test_a_department_that_has_nothing_to_do_with_the_case_changes_nothing(engine: AsyncEngine) -> None:
    await member(engine)
    strange, copy = reported("closed", "finance"), reported("in-progress", "logistics")

    *_, refused, heard = await decide(
        engine, STAGE, assigned(), assigned("logistics", responsible=False), strange, copy, at=later(9)
    )

    assert (refused.verdict, refused.messages) == ("foreign", ())
    assert (heard.verdict, heard.messages) == ("applied", ())
    assert (await state(engine)).state == "routed"


async def test_a_rerouted_case_belongs_to_the_new_department_in_any_order(engine: AsyncEngine) -> None:
    await member(engine)
    moved = assigned("logistics", revision=2), assigned(kind=AssignmentKind.WITHDRAWN, responsible=False, revision=2)
    await decide(engine, STAGE, assigned(), reported("accepted"), at=MONDAY)
    await decide(engine, STAGE, reported("accepted", "logistics", after=61), at=later(61))
    await decide(engine, STAGE, moved[1], moved[0], at=later(60))
    await decide(engine, STAGE, assigned(source_id="2", kind=AssignmentKind.ADDED), at=later(1))

    [old] = await decide(engine, STAGE, reported("answered", after=62), at=later(62))

    row = await state(engine)
    assert (row.department, row.state, old.verdict) == ("logistics", "accepted", "foreign")


async def test_a_foreign_report_from_long_before_is_not_applied_by_a_reroute(engine: AsyncEngine) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), reported("answered", "logistics"), at=MONDAY)

    await decide(engine, STAGE, assigned("logistics", revision=2), at=later(60))

    assert (await state(engine)).state == "routed"


async def test_not_ours_is_sent_on_by_rule_once_then_a_person_decides(engine: AsyncEngine) -> None:
    await member(engine)
    await decide(engine, STAGE, assigned(), at=MONDAY)

    [first] = await decide(engine, STAGE, reported("not-ours", suggested_department="logistics"), at=later(1))
    await decide(engine, STAGE, assigned("logistics", revision=2), at=later(2))
    [second] = await decide(engine, STAGE, reported("not-ours", "logistics", after=3), at=later(3))

    [order] = await rows(engine, "SELECT * FROM casework_orders")
    assert (order.kind, order.department, order.previous) == ("reroute", "logistics", "quality")
    assert (first.messages, first.escalations, second.messages) == ((), (), ())
    [raised] = second.escalations
    assert (raised.level, raised.department, raised.case_id) == ("not-ours", "logistics", CASE)


@pytest.mark.parametrize("suggested", [None, "nobody", "quality"])
async def test_without_a_usable_suggestion_the_catch_all_gets_it(engine: AsyncEngine, suggested: str | None) -> None:
    await decide(engine, STAGE, assigned(), at=MONDAY)
    await member(engine)

    await decide(engine, STAGE, reported("not-ours", suggested_department=suggested), at=later(1))

    [order] = await rows(engine, "SELECT department FROM casework_orders")
    assert order.department == PACK.routing[-1].responsible


async def test_a_report_about_a_complaint_that_has_left_the_case_is_late(engine: AsyncEngine) -> None:
    [_, worked] = await decide(engine, STAGE, assigned(), reported("answered"), at=later(1))

    assert (worked.verdict, worked.why) == ("late", "complaint-of-another-case")


async def test_records_of_a_department_with_a_key_must_be_signed(engine: AsyncEngine) -> None:
    stage = Casework(PACK, {"quality": b"k" * 32}, now=lambda: MONDAY)
    await member(engine)
    await decide(engine, stage, assigned(), at=MONDAY)
    genuine, forged = reported("accepted", after=2), reported("answered", after=1)
    raw = genuine.to_json()
    signed = {SIGNATURE_HEADER: signature(b"k" * 32, raw)}

    items = [
        incoming(forged)._replace(headers=signed),
        incoming(genuine, at=later(5))._replace(headers=signed, raw=raw),
    ]
    async with engine.begin() as connection:
        worked: list[Any] = list(await stage.decide(connection, items))

    assert [(one.verdict, one.why) for one in worked] == [("foreign", "not-signed"), ("applied", None)]


async def test_what_is_emitted_is_the_same_from_the_stored_decision(engine: AsyncEngine) -> None:
    await member(engine)
    status = reported("answered", text_for_customer="已退款")
    [_, worked] = await decide(engine, STAGE, assigned(), status, at=later(1))

    again = STAGE.decision_type.model_validate_json(worked.model_dump_json())

    item = incoming(status)
    assert STAGE.emit(item, again) == STAGE.emit(item, worked)
    assert CASEWORK_DECISIONS.info["personal"] == "full"


async def test_what_was_routed_before_the_stage_first_ran_does_not_escalate_at_once(engine: AsyncEngine) -> None:
    old, overdue, waiting = CASE, uuid4(), uuid4()
    first_run = later(7 * 24 * 60 + 300)
    stage = Casework(PACK, now=lambda: first_run)
    for case, routed_at in ((old, MONDAY), (overdue, later(7 * 24 * 60)), (waiting, first_run)):
        await decide(engine, stage, assigned(case_id=case, complaint_id=uuid4()), at=routed_at)

    accept_by = {row.case_id: row.accept_by for row in await rows(engine, "SELECT * FROM case_states")}
    expected = PACK.not_accepted_after.after(first_run, PACK.zone)
    assert accept_by == {old: None, overdue: expected, waiting: expected}


async def test_words_about_the_whole_case_are_for_who_opened_it_or_is_proven_the_same(engine: AsyncEngine) -> None:
    opener, stranger, proven = await member(engine, "1"), await member(engine, "2"), await member(engine, "3")
    async with engine.begin() as connection:
        await connection.execute(
            update(CASE_MEMBERS).where(CASE_MEMBERS.c.complaint_id == proven).values(disclosable=True)
        )
    await decide(engine, STAGE, assigned(), at=MONDAY)

    of_all = reported("in-progress", text_for_customer="退款到您尾号 1234 的卡")
    of_one = reported("answered", after=1, text_for_customer="给第二位", complaint_id=stranger)
    worked = await decide(engine, STAGE, of_all, of_one, at=later(5))

    readers = [{one.complaint_id for one in each.messages if "text_for_customer" in one.values} for each in worked]
    assert [{one.complaint_id for one in each.messages} for each in worked] == [{opener, stranger, proven}] * 2
    assert readers == [{opener, proven}, {stranger}]


async def test_what_a_customer_adds_on_the_page_makes_him_nobody_else(engine: AsyncEngine) -> None:
    opener = await member(engine, "1")
    added = await member(engine, "2", verdict="follow_up", of=opener, disclosable=True)
    stranger = await member(engine, "3", of=opener)
    await decide(engine, STAGE, assigned(), at=MONDAY)

    asked = reported("need-information", text_for_customer="请补充批号", complaint_id=added)
    worked = await decide(engine, STAGE, asked, reported("answered", after=1, text_for_customer="已退款"), at=later(5))

    told = [{one.complaint_id: one.values.get("text_for_customer") for one in each.messages} for each in worked]
    assert told == [{opener: "请补充批号"}, {opener: "已退款", stranger: None}]
