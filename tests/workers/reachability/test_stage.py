"""Closed ways, reports and places: written once whatever comes twice or late; a lost message is told of once."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.base import Record
from schemas.complaint import Automatic, Complaint
from schemas.identity import outgoing_message_id, recipient_key
from schemas.outcomes import OutboxResult
from schemas.reply import BOUNCED, UNDELIVERED
from schemas.signals import Signal, SignalKind
from tests.workers.acknowledge.pieces import HOUR, acknowledge, classified
from tests.workers.pieces import NOON, PSEUDONYM_KEY, complaint, incoming, mail, rows
from tests.workers.sender.pieces import Channel, Clock, Log, send_all, sender
from workers.reachability import Reachability
from workers.runtime.driver import run_batch

pytestmark = pytest.mark.services
STAGE = Reachability()
PHONE = "+8613800138000"
KEY = recipient_key(PSEUDONYM_KEY, PHONE)
OPEN = "SELECT reason, closed_at > coalesce(reopened_at, '-infinity') FROM closed_ways WHERE closed_at IS NOT NULL"


def signal(kind: SignalKind, minute: int = 0, **fields: Any) -> Signal:
    at = NOON + timedelta(minutes=minute)
    given = {"signal_id": uuid4(), "channel": "phone", "account": "hotline", "recipient_key": KEY, "received_at": at}
    return Signal.model_validate(given | {"kind": kind, "at": at} | fields)


def text_message(**fields: Any) -> Complaint:
    return complaint(channel="phone", account="hotline", reply_to=PHONE, **fields)


async def note(engine: AsyncEngine, *records: Record) -> list[OutboxResult]:
    """Run the stage over the records in one batch and return what it published."""
    emits = await run_batch(STAGE, engine, [incoming(record) for record in records])
    return [OutboxResult.model_validate(emit.record.model_dump()) for emit in emits]


async def one_sent(engine: AsyncEngine) -> OutboxResult:
    """An SMS that went out, and its result."""
    await acknowledge(engine, classified(text_message()))
    log = Log()
    await send_all(sender(engine, Channel(channel="phone"), Clock()), log)
    return log.results[0]


async def test_an_opt_out_closes_the_way_for_the_next_complaint(engine: AsyncEngine) -> None:
    await note(engine, signal(SignalKind.OPTED_OUT))

    [result] = await acknowledge(engine, classified(text_message()))

    assert (result.outcome, result.reason) == ("unreachable", "every way is closed: phone opted-out")


async def test_the_last_word_counts_in_whatever_order_signals_come(engine: AsyncEngine) -> None:
    story = [signal(kind, n) for n, kind in enumerate([SignalKind.OPTED_OUT, SignalKind.OPTED_IN, SignalKind.LEFT])]
    for number, order in enumerate(permutations(story)):
        for one in order:
            await note(engine, one.model_copy(update={"signal_id": uuid4(), "recipient_key": f"person {number}"}))

    found = await rows(engine, OPEN)

    assert sorted(map(tuple, found)) == [("left", True)] * 6 + [("opted-out", False)] * 6


async def test_coming_back_to_the_account_does_not_end_an_opt_out(engine: AsyncEngine) -> None:
    await note(engine, signal(SignalKind.LEFT), signal(SignalKind.OPTED_OUT), signal(SignalKind.ENTERED, 1))

    assert set(map(tuple, await rows(engine, OPEN))) == {("left", False), ("opted-out", True)}


async def test_a_refused_recipient_is_not_tried_again_for_the_next_complaint(engine: AsyncEngine) -> None:
    refused = {"channel": "phone", "recipient_key": KEY, "ended": "recipient-refused"}
    passing = {"channel": "phone", "recipient_key": "another", "ended": "refused"}
    result = (await one_sent(engine)).model_copy(update={"result_id": uuid4()})
    given = OutboxResult.model_validate(result.model_dump() | {"ways": [refused, passing]})

    await note(engine, given)

    assert await rows(engine, "SELECT recipient_key, channel, reason FROM closed_ways") == [(KEY, "phone", "blocked")]


async def test_a_bounce_closes_the_mail_address_it_came_from(engine: AsyncEngine) -> None:
    first = classified(mail("a@x"))
    await acknowledge(engine, first)
    await send_all(sender(engine, Channel(), Clock()), Log())
    [(outbox,)] = await rows(engine, "SELECT outbox_id FROM outbox")
    machine = Automatic(is_automatic=True, kind="bounce", about_message_id=outgoing_message_id(outbox, "us.example"))
    bounce = classified(mail("b@mx", "mailer-daemon@mx.example", automatic=machine), first.case_id, 2)

    await note(engine, *await acknowledge(engine, bounce))
    [again] = await acknowledge(engine, classified(mail("c@x")), at=NOON + 48 * HOUR)

    assert (again.outcome, again.reason) == ("unreachable", "every way is closed: email bounced")
    assert await rows(engine, "SELECT count(*) FROM undelivered_messages") == [(0,)]
    assert BOUNCED != UNDELIVERED


@pytest.mark.parametrize("by_vendor_id", [True, False], ids=["vendor's id", "our id"])
@pytest.mark.parametrize("report_first", [True, False], ids=["report first", "result first"])
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
async def test_a_message_that_was_sent_and_did_not_arrive_is_told_of_once(
    engine: AsyncEngine, report_first: bool, by_vendor_id: bool, together: bool
) -> None:
    sent = await one_sent(engine)
    named: dict[str, UUID | str | None] = (
        {"vendor_id": sent.vendor_id} if by_vendor_id else {"outbox_id": sent.outbox_id}
    )
    report = signal(SignalKind.UNDELIVERED, 1, detail="UNDELIV", **named)
    records: list[Record] = [report, sent] if report_first else [sent, report]

    told = await note(engine, *records) if together else [one for each in records for one in await note(engine, each)]
    told += await note(engine, report.model_copy(update={"signal_id": uuid4()}), *told)

    assert [(one.complaint_id, one.outcome, one.reason) for one in told] == [
        (sent.complaint_id, "unreachable", UNDELIVERED)
    ]
    assert told[0].outbox_id == sent.outbox_id


async def test_a_report_that_came_before_the_sender_had_written_the_end_is_found_by_the_result(
    engine: AsyncEngine,
) -> None:
    await acknowledge(engine, classified(text_message()))
    [(outbox,)] = await rows(engine, "SELECT outbox_id FROM outbox")
    early = await note(engine, signal(SignalKind.UNDELIVERED, outbox_id=outbox))
    log = Log()
    await send_all(sender(engine, Channel(channel="phone"), Clock()), log)

    told = await note(engine, *log.results)

    assert (early, [one.reason for one in told]) == ([], [UNDELIVERED])


async def test_a_message_that_arrived_in_the_end_is_not_told_of(engine: AsyncEngine) -> None:
    sent = await one_sent(engine)
    reports = [
        signal(SignalKind.DELIVERED, 2, outbox_id=sent.outbox_id),
        signal(SignalKind.UNDELIVERED, 1, outbox_id=sent.outbox_id),
    ]

    assert await note(engine, sent, *reports) == []


async def test_a_report_about_a_message_nobody_knows_changes_nothing(engine: AsyncEngine) -> None:
    told = await note(engine, signal(SignalKind.UNDELIVERED, outbox_id=uuid4(), vendor_id="unknown"))

    assert told == []
    assert await rows(engine, "SELECT 1 FROM closed_ways") == []


async def test_a_replay_publishes_the_same_and_writes_nothing_more(engine: AsyncEngine) -> None:
    sent = await one_sent(engine)
    item = incoming(signal(SignalKind.UNDELIVERED, outbox_id=sent.outbox_id))

    first = await run_batch(STAGE, engine, [item])
    replay = await run_batch(STAGE, engine, [item])
    redelivery = await run_batch(STAGE, engine, [incoming(item.record)])

    assert [one.record.to_json() for one in replay] == [one.record.to_json() for one in first]
    assert (len(first), redelivery) == (1, [])


async def test_the_last_place_is_kept_whatever_comes_late(engine: AsyncEngine) -> None:
    await note(engine, signal(SignalKind.ENTERED, 2, place="S002"))
    await note(engine, signal(SignalKind.ENTERED, 1, place="S001"))

    assert await rows(engine, "SELECT place FROM visited_places") == [("S002",)]
