"""P0 and P3 from the answer on: told, asked, satisfied and recorded, or talked to again; overdue ones go to people."""

from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.messages import Message
from schemas.records import Command
from schemas.signals import Signal, SignalKind
from tests.deploy.packs.walking import pack
from tests.workers.casework.pieces import MONDAY, assigned, later, member, reported, state
from tests.workers.conftest import engine as engine
from tests.workers.pieces import decide
from workers.casework import Casework
from workers.casework.overdue import ask_about

pytestmark = [pytest.mark.services]
both = pytest.mark.parametrize("name", ["p0", "p3"])


def department(stage: Casework) -> str:
    """Who answers for quality in the company."""
    rules = (rule for rule in stage.pack.routing if "quality" in (rule.when.categories or ()))
    return next(rules, stage.pack.routing[-1]).responsible


@both
async def test_the_customer_hears_each_step_and_a_dissatisfied_one_is_talked_to_again(
    engine: AsyncEngine, name: str
) -> None:
    stage = Casework(pack(name), now=lambda: MONDAY)
    who, of = department(stage), await member(engine)
    heard: list[Message] = []
    steps = ("accepted", "in-progress", "answered", "remedy-done", "closed")
    said = [reported(step, who, after=number, text_for_customer="说明") for number, step in enumerate(steps)]
    for worked in await decide(engine, stage, assigned(who), *said, at=later(30)):
        heard += worked.messages

    [reopened] = await decide(engine, stage, answer(False, of), at=later(60))
    again = reported("accepted", who, after=70), reported("answered", who, after=80), reported("closed", who, after=90)
    talked = await decide(engine, stage, *again, at=later(100))
    await decide(engine, stage, answer(True, of), at=later(120))

    row = await state(engine)
    assert [one.occasion for one in heard] == list(steps)
    assert [one.occasion for one in reopened.messages] == ["reopened"]
    assert [one.occasion for worked in talked for one in worked.messages] == ["accepted", "answered", "closed"]
    assert (row.state, row.satisfied, row.answered_at) == ("closed", True, later(2))


@both
async def test_what_nobody_takes_up_goes_to_the_people_of_the_procedure(engine: AsyncEngine, name: str) -> None:
    stage = Casework(pack(name), now=lambda: MONDAY)
    await member(engine)
    await decide(engine, stage, assigned(department(stage), severity=1), at=MONDAY)
    row = await state(engine)
    asked: Command = ask_about(row, row.accept_by)

    [worked] = await decide(engine, stage, asked, at=row.accept_by)

    [raised] = worked.escalations
    roles = {role for rule in stage.pack.escalation for role in rule.informed}
    assert raised.informed
    assert set(raised.informed) <= roles


def answer(satisfied: bool, of: object) -> Signal:
    """What the customer says of the result."""
    return Signal.model_validate(
        {
            "signal_id": uuid4(),
            "kind": SignalKind.SATISFACTION,
            "channel": "web",
            "account": "track",
            "complaint_id": of,
            "satisfied": satisfied,
            "at": later(120),
            "received_at": later(120),
        }
    )
