"""Confirm: one acknowledgement a complaint, the first result counts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.outcomes import Acknowledged, OutboxResult, Outcome
from tests.workers.pieces import NOON, incoming
from workers.confirm import Confirm
from workers.runtime.driver import run_batch

pytestmark = pytest.mark.services
STAGE = Confirm(timedelta(hours=24))


def result(**changes: object) -> OutboxResult:
    return OutboxResult.model_validate(
        {
            "result_id": uuid4(),
            "complaint_id": uuid4(),
            "case_id": uuid4(),
            "tracking_number": "0000-0000-0000-0",
            "channel": "email",
            "outcome": Outcome.SENT,
            "reason": "by email",
            "received_at": NOON,
            "at": NOON + timedelta(hours=1),
        }
        | changes
    )


async def test_a_result_that_comes_twice_or_contradicts_later_makes_one_acknowledgement(engine: AsyncEngine) -> None:
    first = result()
    bounced = first.model_copy(update={"result_id": uuid4(), "outcome": Outcome.UNREACHABLE})

    emits = await run_batch(STAGE, engine, [incoming(first), incoming(first), incoming(bounced)])
    emits += await run_batch(STAGE, engine, [incoming(bounced)])

    [record] = [emit.record for emit in emits]
    assert isinstance(record, Acknowledged)
    assert (record.outcome, record.acknowledged_at, record.in_time) == ("sent", NOON + timedelta(hours=1), True)


async def test_an_outcome_after_24_hours_is_not_in_time(engine: AsyncEngine) -> None:
    on_the_second = result(at=NOON + timedelta(hours=24))
    late = result(at=NOON + timedelta(hours=24, milliseconds=1))

    emits = await run_batch(STAGE, engine, [incoming(on_the_second), incoming(late)])

    assert [emit.record.model_dump()["in_time"] for emit in emits] == [True, False]


async def test_what_became_of_another_message_is_no_acknowledgement(engine: AsyncEngine) -> None:
    acknowledged = result()
    told = acknowledged.model_copy(update={"result_id": uuid4(), "kind": "notice", "outcome": Outcome.UNREACHABLE})

    before = await run_batch(STAGE, engine, [incoming(told), incoming(told)])
    after = await run_batch(STAGE, engine, [incoming(acknowledged), incoming(told)])

    assert before == []
    assert [one.record.model_dump()["outcome"] for one in after] == [Outcome.SENT]
