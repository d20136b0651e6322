"""Sending: at most once per message, every ending written, no result lost, whatever fails in between."""

import asyncio
import os
import socket
from datetime import timedelta

import pytest
from aiokafka.errors import KafkaConnectionError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Outgoing, Sent
from schemas.complaint import Sender as Person
from schemas.errors import ChannelUnavailable, OutcomeUnknown, ReplyRefused
from tests.workers.acknowledge.pieces import HOUR, acknowledge, classified
from tests.workers.pieces import NOON, complaint, mail, rows
from tests.workers.sender.pieces import Begin, Channel, Clock, Log, accept, fail, sender
from workers.sender import claims
from workers.sender.owner import new_owner, surely_dead

pytestmark = pytest.mark.services
UNAVAILABLE = fail(ChannelUnavailable("greylisted"))
REFUSED = fail(ReplyRefused("no such mailbox"))
UNKNOWN = fail(OutcomeUnknown("no answer after DATA"), after=True)


async def one_mail(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(mail("a@x")))


async def state(engine: AsyncEngine) -> tuple[object, ...]:
    [row] = await rows(engine, "SELECT state, outcome, attempt FROM outbox_attempts")
    return tuple(row)


async def test_a_message_goes_out_once_and_its_result_is_published_once(engine: AsyncEngine) -> None:
    await one_mail(engine)
    channel, log = Channel(), Log()
    one = sender(engine, channel, Clock())

    begun = [await one.send_due(), await one.send_due()]
    published = [await one.publish_results(log), await one.publish_results(log)]

    assert (begun, published) == ([1, 0], [1, 0])
    assert channel.asked == {"li@customers.example": 1}
    [result] = log.results
    assert (result.outcome, result.reason, result.at) == ("sent", "by email", NOON)
    assert result.vendor_id == f"<{result.outbox_id.hex if result.outbox_id else ''}@us.example>"


async def test_a_result_stays_unpublished_until_kafka_acknowledged_it(engine: AsyncEngine) -> None:
    await one_mail(engine)
    log = Log(away=KafkaConnectionError("away"))
    one = sender(engine, Channel(), Clock())
    await one.send_due()

    with pytest.raises(KafkaConnectionError):
        await one.publish_results(log)
    log.away = None
    after_restart = await sender(engine, Channel(), Clock()).publish_results(log)

    assert (after_restart, len(log.results)) == (1, 1)


async def test_an_unavailable_channel_is_tried_again_later_and_later(engine: AsyncEngine) -> None:
    await one_mail(engine)
    channel, clock = Channel(UNAVAILABLE), Clock()
    one = sender(engine, channel, clock, retry_after=timedelta(minutes=1), retry_at_most=timedelta(minutes=3))
    waited = []
    for _ in range(4):
        assert await one.send_due() == 1
        assert await one.send_due() == 0
        [(next_at,)] = await rows(engine, "SELECT next_at FROM outbox_attempts")
        waited.append((next_at - clock.at) // timedelta(minutes=1))
        clock.at = next_at

    channel.script = accept
    await one.send_due()

    assert waited == [1, 2, 3, 3]
    assert await state(engine) == ("sent", "sent", 5)


async def test_a_channel_that_never_comes_back_ends_with_a_person_at_the_promises_time(engine: AsyncEngine) -> None:
    await one_mail(engine)
    clock, log = Clock(NOON + 24 * HOUR - timedelta(seconds=1)), Log()
    one = sender(engine, Channel(UNAVAILABLE), clock)

    await one.send_due()
    await one.publish_results(log)

    assert [(result.outcome, result.reason) for result in log.results] == [
        ("by-person", "the channel did not take it in time")
    ]


async def test_a_definite_refusal_tries_the_next_address_and_then_says_unreachable(engine: AsyncEngine) -> None:
    await one_mail(engine)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("""UPDATE outbox SET addresses = '["first@x.cn", "second@x.cn"]'""")
    channel, log = Channel(REFUSED), Log()
    one = sender(engine, channel, Clock())

    begun = [await one.send_due() for _ in range(3)]
    await one.publish_results(log)

    assert (begun, dict(channel.asked)) == ([1, 1, 0], {"first@x.cn": 1, "second@x.cn": 1})
    assert [result.outcome for result in log.results] == ["unreachable"]


async def test_where_a_page_showed_the_number_a_refused_mail_changes_nothing_for_the_customer(
    engine: AsyncEngine,
) -> None:
    await acknowledge(engine, classified(complaint(sender=Person(emails=("wrong@x.cn",)))))
    log = Log()
    one = sender(engine, Channel(REFUSED), Clock())

    await one.send_due()
    await one.publish_results(log)

    assert [(result.outcome, result.reason) for result in log.results] == [("sent", "shown on the page")]


async def test_an_unknown_outcome_is_never_sent_again_and_goes_to_a_person_at_hour_20(engine: AsyncEngine) -> None:
    await one_mail(engine)
    channel, clock, log = Channel(UNKNOWN), Clock(), Log()
    one = sender(engine, channel, clock, unknown_wait=timedelta(days=1))
    await one.send_due()

    clock.at = NOON + 20 * HOUR - timedelta(seconds=1)
    early = (await one.send_due(), await one.publish_results(log))
    clock.at = NOON + 20 * HOUR
    await one.send_due()
    await one.publish_results(log)

    assert early == (0, 0)
    assert [result.outcome for result in log.results] == ["by-person"]
    assert channel.asked.total() == 1


async def test_an_unknown_outcome_that_nobody_corrects_does_not_wait_for_hour_20(engine: AsyncEngine) -> None:
    await one_mail(engine)
    clock, log = Clock(), Log()
    one = sender(engine, Channel(UNKNOWN), clock)
    await one.send_due()

    clock.at += timedelta(minutes=1)
    await one.send_due()
    await one.publish_results(log)

    assert [(result.outcome, result.at) for result in log.results] == [("by-person", clock.at)]


async def test_what_a_killed_process_of_this_host_held_is_free_at_once(engine: AsyncEngine) -> None:
    await acknowledge(engine, *(classified(mail(f"{n}@x", f"{n}@customers.example")) for n in range(3)))
    channel = Channel()
    dead = f"{socket.gethostname()}/{2**22 + 1}/gone/gone"
    async with engine.begin() as connection:
        now = NOON - timedelta(seconds=1)
        await claims.adopt(connection, now, timedelta(days=1))
        held = await claims.claim(connection, dead, now, timedelta(minutes=3), 3)
        await claims.mark_sending(connection, held[0], now, timedelta(minutes=3))

    await sender(engine, channel, Clock()).send_due()

    assert channel.asked.total() == 2
    states = await rows(engine, "SELECT state, count(*) FROM outbox_attempts GROUP BY state ORDER BY state")
    assert states == [("sent", 2), ("unknown", 1)]


def test_only_the_dead_of_this_host_are_surely_dead() -> None:
    here = socket.gethostname()
    owners = [new_owner(), f"elsewhere/{2**22 + 1}/x/y", f"{here}/1/x/y", f"{here}/{os.getpid()}/earlier/y"]

    assert surely_dead(owners) == [f"{here}/{os.getpid()}/earlier/y"]


@pytest.mark.parametrize(
    ("after", "expected"), [(False, ("retry", None, 1)), (True, ("unknown", None, 1))], ids=["before", "after"]
)
async def test_a_defect_of_a_connector_counts_by_whether_the_irrevocable_had_begun(
    engine: AsyncEngine, after: bool, expected: tuple[object, ...]
) -> None:
    await one_mail(engine)

    await sender(engine, Channel(fail(RuntimeError("defect"), after=after)), Clock()).send_due()

    assert await state(engine) == expected


@pytest.mark.parametrize(
    ("dies_after_mark", "ends_as", "sent_by_successor"),
    [(False, "sent", 1), (True, "unknown", 0)],
    ids=["claimed", "sending"],
)
async def test_the_lease_of_a_dead_sender_expires_into_retry_or_unknown_but_never_into_sending_twice(
    engine: AsyncEngine, dies_after_mark: bool, ends_as: str, sent_by_successor: int
) -> None:
    await one_mail(engine)
    reached, clock = asyncio.Event(), Clock()

    async def hang(message: Outgoing, before_irrevocable: Begin) -> Sent:
        if dies_after_mark:
            await before_irrevocable()
        reached.set()
        await asyncio.Event().wait()
        return Sent(None)

    dying = asyncio.create_task(sender(engine, Channel(hang), clock).send_due())
    await reached.wait()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    successor, channel = sender(engine, working := Channel(), clock), working

    held = await successor.send_due()
    clock.at += timedelta(minutes=3, seconds=1)
    await successor.send_due()

    assert held == 0
    assert (await state(engine))[0] == ends_as
    assert channel.asked.total() == sent_by_successor


async def test_a_sender_whose_lease_ended_before_the_irrevocable_byte_sends_nothing(engine: AsyncEngine) -> None:
    await one_mail(engine)
    clock, sent = Clock(), list[Outgoing]()
    successor = Channel()

    async def slow(message: Outgoing, before_irrevocable: Begin) -> Sent:
        clock.at += timedelta(minutes=4)
        await sender(engine, successor, clock).send_due()
        await before_irrevocable()
        sent.append(message)
        return Sent(None)

    await sender(engine, Channel(slow), clock).send_due()

    assert (sent, successor.asked.total()) == ([], 1)
    assert await state(engine) == ("sent", "sent", 2)


async def test_a_sender_paused_beyond_its_lease_sends_nothing_even_when_nobody_noticed(engine: AsyncEngine) -> None:
    await one_mail(engine)
    clock, sent = Clock(), list[Outgoing]()

    async def paused(message: Outgoing, before_irrevocable: Begin) -> Sent:
        clock.at += timedelta(minutes=4)
        await before_irrevocable()
        sent.append(message)
        return Sent(None)

    await sender(engine, Channel(paused), clock).send_due()

    assert sent == []
    assert await state(engine) == ("retry", None, 1)


async def test_the_holder_of_the_truth_corrects_an_unknown_that_nobody_was_told_yet(engine: AsyncEngine) -> None:
    await one_mail(engine)
    clock = Clock()

    async def very_slow(message: Outgoing, before_irrevocable: Begin) -> Sent:
        await before_irrevocable()
        clock.at += timedelta(minutes=4)
        await sender(engine, Channel(), clock).send_due()
        assert (await state(engine))[0] == "unknown"
        return await accept(message, _nothing)

    await sender(engine, Channel(very_slow), clock).send_due()

    assert await state(engine) == ("sent", "sent", 1)


async def test_many_senders_at_once_send_each_message_once(engine: AsyncEngine) -> None:
    await acknowledge(engine, *(classified(mail(f"{n}@x", f"{n}@customers.example")) for n in range(60)))
    channel = Channel()
    crowd = [sender(engine, channel, Clock(), concurrency=4) for _ in range(5)]

    while sum(await asyncio.gather(*(one.send_due() for one in crowd))):
        pass

    assert (len(channel.asked), channel.asked.total()) == (60, 60)


async def test_where_no_way_can_send_a_person_is_asked_at_once_and_not_at_hour_24(engine: AsyncEngine) -> None:
    await one_mail(engine)
    log = Log()
    one = sender(engine, Channel(channel="wechat"), Clock())

    await one.send_due()
    await one.publish_results(log)

    assert [(result.outcome, result.reason, result.at) for result in log.results] == [
        ("by-person", "no way is left: email not set up", NOON)
    ]


async def _nothing() -> None:
    return None
