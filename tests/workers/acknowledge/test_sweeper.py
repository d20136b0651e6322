"""The sweeper: the promise is kept when everything between is stuck, and never twice when it is not."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, RawRef
from schemas.envelope import Envelope, SuspendedNote, envelope_key
from schemas.records import Suspended
from tests.workers.acknowledge.pieces import HOUR, Objects, acknowledge, classified, sweeper
from tests.workers.deduplicate.pieces import STAGE as DEDUPLICATE
from tests.workers.pieces import NOON, complaint, decide, mail, rows
from workers.clock import Clock

pytestmark = pytest.mark.services
CLOCK = Clock(timedelta(hours=24))


async def test_at_hour_20_and_not_before_a_text_without_category_goes_out(engine: AsyncEngine) -> None:
    stuck = mail("a@x")
    await decide(engine, CLOCK, stuck)

    early = await sweeper(engine).sweep(NOON + 20 * HOUR - timedelta(seconds=1))
    due = await sweeper(engine).sweep(NOON + 20 * HOUR)
    again = await sweeper(engine).sweep(NOON + 21 * HOUR)

    assert (early, due, again) == (0, 1, 0)
    [row] = await rows(engine, "SELECT text, addresses, in_reply_to FROM outbox")
    assert row == (f"{stuck.tracking_number} unclassified", ["li@customers.example"], "<a@x>")


async def test_mail_that_waited_23_hours_is_answered_as_soon_as_it_is_seen(engine: AsyncEngine) -> None:
    await decide(engine, CLOCK, mail("a@x", after=-23 * HOUR))

    assert await sweeper(engine).sweep(NOON) == 1

    [row] = await rows(engine, "SELECT created_at, person_at, give_up_at FROM outbox")
    assert row == (NOON, NOON, NOON + 4 * HOUR)


async def test_when_the_pipeline_comes_back_it_does_not_answer_again(engine: AsyncEngine) -> None:
    first = mail("a@x")
    await decide(engine, CLOCK, first)
    await sweeper(engine).sweep(NOON + 20 * HOUR)

    results = await acknowledge(engine, classified(first), at=NOON + 22 * HOUR)

    assert results == []
    assert await rows(engine, "SELECT count(*) FROM outbox") == [(1,)]


async def test_sweeper_and_stage_released_at_the_same_instant_200_times_answer_once_each(engine: AsyncEngine) -> None:
    at = NOON + 20 * HOUR
    for number in range(200):
        one = mail(f"{number}@x", f"{number}@customers.example")
        await decide(engine, CLOCK, one)
        if number % 2:
            await decide(engine, DEDUPLICATE, one)

        await asyncio.gather(sweeper(engine).sweep(at), acknowledge(engine, classified(one), at=at))

    assert await rows(engine, "SELECT count(*), count(DISTINCT complaint_id) FROM outbox") == [(200, 200)]
    who = dict(await rows(engine, "SELECT decided_by, count(*) FROM acknowledgements GROUP BY decided_by"))
    assert sum(who.values()) == 200


async def test_the_sweeper_uses_the_case_where_it_is_known(engine: AsyncEngine) -> None:
    first, reply = mail("a@x"), mail("b@x", thread={"in_reply_to": "<a@x>"})
    await decide(engine, CLOCK, first, reply)
    await decide(engine, DEDUPLICATE, first, reply)

    settled = await sweeper(engine).sweep(NOON + 20 * HOUR)

    outcomes = sorted(str(row[0]) for row in await rows(engine, "SELECT outcome FROM acknowledgements"))
    assert (settled, outcomes) == (2, ["None", "covered"])


async def test_automatic_mail_and_the_unreachable_get_their_outcome_but_no_message(engine: AsyncEngine) -> None:
    machine = mail("a@x", automatic=Automatic(is_automatic=True, kind="bulk"))
    silent = complaint(channel="phone", account="hotline")
    await decide(engine, CLOCK, machine, silent)

    await sweeper(engine).sweep(NOON + 20 * HOUR)

    outcomes = dict(await rows(engine, "SELECT complaint_id, outcome FROM acknowledgements"))
    assert outcomes == {machine.complaint_id: "not-wanted", silent.complaint_id: "unreachable"}
    assert await rows(engine, "SELECT 1 FROM outbox") == []


async def test_a_suspended_item_is_answered_at_the_address_its_envelope_holds(engine: AsyncEngine) -> None:
    delivery, objects = uuid4(), Objects()
    item = Suspended(
        suspended_id=uuid4(),
        tracking_number="0000-0000-0000-0",
        channel="email",
        account="support",
        reason="unreadable",
        detail="no MIME",
        received_at=NOON,
        ingested_at=NOON,
        has_reply_address=True,
        raw=RawRef(sha256="0" * 64, size_bytes=1, delivery_id=delivery),
    )
    envelope = Envelope(
        delivery_id=delivery,
        channel="email",
        account="support",
        received_at=NOON,
        received_at_source="internaldate",
        ingested_at=NOON,
        content_type="message/rfc822",
        sha256="0" * 64,
        size_bytes=1,
        suspended=(SuspendedNote(suspended_id=item.suspended_id, item=0, reply_to="li@customers.example"),),
    )
    await decide(engine, CLOCK, item)
    await objects.put(envelope_key(NOON, delivery), envelope.to_json())

    settled = await sweeper(engine, objects).sweep(NOON + 20 * HOUR)

    assert settled == 1
    assert await rows(engine, "SELECT complaint_id, addresses FROM outbox") == [
        (item.suspended_id, ["li@customers.example"])
    ]


async def test_one_promise_that_cannot_be_settled_does_not_stop_the_others(engine: AsyncEngine) -> None:
    broken, good = mail("a@x"), mail("b@x")
    await decide(engine, CLOCK, broken, good)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE promises SET kind = 'suspended', envelope_key = 'k' WHERE message_id = '<a@x>'"
        )
    objects = Objects()
    await objects.put("k", b"no envelope")
    one = sweeper(engine, objects)

    settled = await one.sweep(NOON + 20 * HOUR)

    assert (settled, one.health().ready) == (1, False)
    assert await rows(engine, "SELECT complaint_id FROM outbox") == [(good.complaint_id,)]
