"""The clock: the promise is written down for everything, once, whatever else happens."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, RawRef, Referral, Sender
from schemas.records import Suspended
from tests.workers.acknowledge.pieces import addresses
from tests.workers.pieces import NOON, complaint, decide, incoming, mail, rows
from workers.clock import Clock

pytestmark = pytest.mark.services
CLOCK = Clock(timedelta(hours=24))


def suspended(**changes: object) -> Suspended:
    return Suspended.model_validate(
        {
            "suspended_id": uuid4(),
            "tracking_number": "0000-0000-0000-0",
            "channel": "email",
            "account": "support",
            "reason": "unreadable",
            "detail": "no MIME",
            "received_at": NOON,
            "ingested_at": NOON,
            "raw": RawRef(sha256="0" * 64, size_bytes=1, delivery_id=uuid4()),
        }
        | changes
    )


async def test_the_promise_counts_from_receipt_and_no_later_record_moves_it(engine: AsyncEngine) -> None:
    first = mail("a@x")
    later = first.model_copy(update={"revision": 2, "received_at": NOON + timedelta(hours=9)})

    await decide(engine, CLOCK, first)
    await decide(engine, CLOCK, later)

    [promise] = await rows(engine, "SELECT received_at, due_at, addresses, message_id FROM promises")
    assert (promise.received_at, promise.due_at, promise.message_id) == (NOON, NOON + timedelta(hours=24), "<a@x>")
    assert addresses(promise) == ["li@customers.example"]


async def test_a_web_complaint_is_shown_on_the_page_and_answered_where_it_left_an_address(
    engine: AsyncEngine,
) -> None:
    with_mail = complaint(sender=Sender(emails=("li@customers.example",)))
    with_phone = complaint(sender=Sender(phones=("+8613800138000",)))
    without = complaint()

    await decide(engine, CLOCK, with_mail, with_phone, without)

    found = await rows(engine, "SELECT * FROM promises")
    assert {row.subject_id: (row.reply_channel, addresses(row), row.page_shown) for row in found} == {
        with_mail.complaint_id: ("email", ["li@customers.example"], True),
        with_phone.complaint_id: ("phone", ["+8613800138000"], True),
        without.complaint_id: ("email", [], True),
    }


async def test_automatic_mail_and_referrals_are_marked(engine: AsyncEngine) -> None:
    machine = mail("a@x", automatic=Automatic(is_automatic=True, kind="bounce"))
    referral = complaint(referral=Referral(number="440100"), reply_to="bureau@gov.example")

    await decide(engine, CLOCK, machine, referral)

    found = dict(await rows(engine, "SELECT subject_id, is_automatic OR by_authority FROM promises"))
    assert found == {machine.complaint_id: True, referral.complaint_id: True}


async def test_a_suspended_item_has_a_clock_until_it_is_replayed_or_discarded(engine: AsyncEngine) -> None:
    item = suspended()
    replayed = item.model_copy(update={"state": "replayed"})

    await decide(engine, CLOCK, item)
    [before] = await rows(engine, "SELECT kind, state, envelope_key FROM promises")
    await decide(engine, CLOCK, replayed)
    [after] = await rows(engine, "SELECT state, received_at FROM promises")

    assert before == ("suspended", "open", f"deliveries/2026/11/02/{item.raw.delivery_id}/envelope.json")
    assert after == ("replayed", NOON)
    assert CLOCK.identity(incoming(item)) != CLOCK.identity(incoming(replayed))


@pytest.mark.parametrize("complaint_first", [True, False])
async def test_a_replayed_item_that_can_be_read_now_keeps_its_clock_and_gets_its_address(
    engine: AsyncEngine, complaint_first: bool
) -> None:
    readable = mail("a@x", received_at=NOON + timedelta(hours=5))
    item = suspended(suspended_id=readable.complaint_id)
    resolved = item.model_copy(update={"state": "replayed"})
    order = (readable, resolved) if complaint_first else (resolved, readable)

    await decide(engine, CLOCK, item)
    for record in order:
        await decide(engine, CLOCK, record)

    [row] = await rows(engine, "SELECT kind, state, received_at, addresses FROM promises")
    assert (row.kind, row.state, row.received_at) == ("complaint", "open", NOON)
    assert addresses(row) == ["li@customers.example"]
    assert CLOCK.identity(incoming(item))[0] != CLOCK.identity(incoming(readable))[0]
