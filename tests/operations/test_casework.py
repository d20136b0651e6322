"""What pages read of a case: its state, and every report with what became of it."""

from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.casework import events_of, state_of
from tests.workers.casework.pieces import CASE, MONDAY, STAGE, assigned, member, reported
from tests.workers.conftest import engine as engine
from tests.workers.pieces import decide

pytestmark = pytest.mark.services


async def test_pages_read_the_state_and_also_what_was_refused(engine: AsyncEngine) -> None:
    await member(engine)
    said = reported("answered", after=1, text_for_customer="已退款"), reported("accepted", after=2)
    await decide(engine, STAGE, assigned(), *said, at=MONDAY)

    state, events = await state_of(engine, CASE), await events_of(engine, CASE)

    assert state is not None
    assert (state.state, state.says.zh, state.department) == ("answered", "已答复", "quality")
    assert {(one.kind, one.verdict, one.text_for_customer, one.is_applied) for one in events} == {
        ("routed", "applied", None, True),
        ("answered", "applied", "已退款", True),
        ("accepted", "impossible", None, False),
    }
    assert [one.why.en for one in events if one.why] == ["cannot follow the state of the case"]


async def test_of_a_case_that_nobody_has_there_is_nothing(engine: AsyncEngine) -> None:
    assert await state_of(engine, uuid4()) is None
    assert await events_of(engine, uuid4()) == ()
