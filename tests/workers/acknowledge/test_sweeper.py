"""The sweeper: the promise is kept when everything between is stuck, and never twice when it is not."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, RawRef
from schemas.envelope import Envelope, SuspendedNote, envelope_key
from schemas.errors import Unreachable
from schemas.records import Suspended
from tests.workers.acknowledge.pieces import HOUR, Objects, acknowledge, addresses, classified, sweeper
from tests.workers.deduplicate.pieces import STAGE as DEDUPLICATE
from tests.workers.pieces import NOON, complaint, decide, mail, rows
from workers.clock import Clock

pytestmark = pytest.mark.services
CLOCK = Clock(timedelta(hours=24))


def suspended(number: UUID, **changes: object) -> Suspended:
    """An item that could not be read."""
    return Suspended.model_validate(
        {
            "suspended_id": number,
            "tracking_number": "0000-0000-0000-0",
            "channel": "email",
            "account": "support",
            "reason": "unreadable",
            "detail": "no MIME",
            "received_at": NOON,
            "ingested_at": NOON,
            "has_reply_address": True,
            "raw": RawRef(sha256="0" * 64, size_bytes=1, delivery_id=uuid4()),
        }
        | changes
    )


def enveloped(item: Suspended, reply_to: str | None) -> Envelope:
    """The envelope beside its bytes."""
    assert item.raw.delivery_id is not None
    return Envelope(
        delivery_id=item.raw.delivery_id,
        channel=item.channel,
        account=item.account,
        received_at=item.received_at,
        received_at_source="internaldate",
        ingested_at=item.ingested_at,
        content_type="message/rfc822",
        sha256=item.raw.sha256,
        size_bytes=item.raw.size_bytes,
        suspended=(SuspendedNote(suspended_id=item.suspended_id, item=0, reply_to=reply_to),),
    )


async def test_at_hour_20_and_not_before_a_text_without_category_goes_out(engine: AsyncEngine) -> None:
    stuck = mail("a@x")
    await decide(engine, CLOCK, stuck)

    early = await sweeper(engine).sweep(NOON + 20 * HOUR - timedelta(seconds=1))
    due = await sweeper(engine).sweep(NOON + 20 * HOUR)
    again = await sweeper(engine).sweep(NOON + 21 * HOUR)

    assert (early, due, again) == (0, 1, 0)
    [row] = await rows(engine, "SELECT text, addresses, in_reply_to FROM outbox")
    assert (row.text, row.in_reply_to) == (f"{stuck.tracking_number} unclassified", "<a@x>")
    assert addresses(row) == ["li@customers.example"]


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


async def test_an_item_that_is_replayed_after_it_was_answered_is_not_answered_again(engine: AsyncEngine) -> None:
    readable = mail("a@x")
    item, objects = suspended(readable.complaint_id), Objects()
    assert item.raw.delivery_id is not None
    await objects.put(envelope_key(NOON, item.raw.delivery_id), enveloped(item, "li@customers.example").to_json())
    await decide(engine, CLOCK, item)
    await sweeper(engine, objects).sweep(NOON + 20 * HOUR)

    await decide(engine, CLOCK, readable)
    await decide(engine, CLOCK, item.model_copy(update={"state": "replayed"}))
    results = await acknowledge(engine, classified(readable), at=NOON + 30 * HOUR)
    swept = await sweeper(engine, objects).sweep(NOON + 31 * HOUR)

    assert (results, swept) == ([], 0)
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
    item, objects = suspended(uuid4()), Objects()
    assert item.raw.delivery_id is not None
    await decide(engine, CLOCK, item)
    await objects.put(envelope_key(NOON, item.raw.delivery_id), enveloped(item, "li@customers.example").to_json())

    settled = await sweeper(engine, objects).sweep(NOON + 20 * HOUR)

    assert settled == 1
    [row] = await rows(engine, "SELECT complaint_id, addresses FROM outbox")
    assert (row.complaint_id, addresses(row)) == (item.suspended_id, ["li@customers.example"])


class Away(Objects):
    """An object store that does not answer, and how often it was asked."""

    asked = 0

    async def get(self, key: str) -> bytes:
        """Refuse."""
        self.asked += 1
        raise Unreachable("away")


async def test_an_object_store_that_is_away_holds_up_only_what_needs_it(engine: AsyncEngine) -> None:
    unreadable, another, good = mail("a@x", after=-HOUR), mail("a@x", after=-HOUR, text="另一封"), mail("b@x")
    await decide(engine, CLOCK, unreadable, another, good)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE promises SET kind = 'suspended', envelope_key = 'k' WHERE message_id = '<a@x>'"
        )
    store = Away()
    one = sweeper(engine, store)

    settled = await one.sweep(NOON + 20 * HOUR)

    assert (settled, store.asked, one.health().ready) == (1, 1, False)
    assert await rows(engine, "SELECT complaint_id FROM outbox") == [(good.complaint_id,)]


async def test_a_promise_that_is_opened_again_is_seen_however_far_the_sweeper_has_come(engine: AsyncEngine) -> None:
    readable, later = mail("a@x"), mail("b@x")
    item = suspended(readable.complaint_id)
    await decide(engine, CLOCK, item)
    await decide(engine, CLOCK, item.model_copy(update={"state": "replayed"}))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE promises SET noted_at = noted_at - interval '2 hours'")
    await decide(engine, CLOCK, later)
    one = sweeper(engine)
    await one.sweep(NOON)

    await decide(engine, CLOCK, readable)
    settled = await one.sweep(NOON + 20 * HOUR)

    assert settled == 2


async def test_a_page_showed_the_number_of_a_post_that_could_not_be_read(engine: AsyncEngine) -> None:
    item = suspended(uuid4(), channel="web", account="web")
    addressed = suspended(
        uuid4(), channel="web", account="web", raw=item.raw.model_copy(update={"delivery_id": uuid4()})
    )
    objects = Objects()
    for one, reply_to in ((item, None), (addressed, "li@customers.example")):
        assert one.raw.delivery_id is not None
        await objects.put(envelope_key(NOON, one.raw.delivery_id), enveloped(one, reply_to).to_json())
    await decide(engine, CLOCK, item, addressed)

    await sweeper(engine, objects).sweep(NOON + 20 * HOUR)

    outcomes = dict(await rows(engine, "SELECT complaint_id, outcome FROM acknowledgements"))
    assert outcomes == {item.suspended_id: "sent", addressed.suspended_id: None}
    [row] = await rows(engine, "SELECT reply_channel, addresses FROM outbox")
    assert (row.reply_channel, addresses(row)) == ("email", ["li@customers.example"])


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
