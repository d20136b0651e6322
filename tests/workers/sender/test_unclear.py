"""What nobody knew is found out: from the vendor or from a report, and nothing goes out twice because of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Fate, Outgoing
from schemas.complaint import Sender as Person
from schemas.errors import ChannelUnavailable, OutcomeUnknown
from schemas.identity import recipient_key
from tests.workers.acknowledge.pieces import HOUR, acknowledge, classified
from tests.workers.pieces import NOON, PSEUDONYM_KEY, complaint, rows
from tests.workers.sender.pieces import Channel, Clock, Log, accept, fail, send_all, sender
from workers.sender import claims

pytestmark = pytest.mark.services
PHONE, MAIL = "+8613800138000", "li@customers.example"
UNKNOWN = fail(OutcomeUnknown("no answer"), after=True)
QUARTER = timedelta(seconds=15)
"""Of the minute that an unclear outcome waits for a person."""


@dataclass
class Asked(Channel):
    """A channel whose vendor can be asked what became of a message."""

    fates: list[Fate | Exception] = field(default_factory=list)
    questions: list[tuple[str, datetime]] = field(default_factory=list)

    async def look_up(self, message: Outgoing, since: datetime) -> Fate:
        """See `connectors.contract.LooksUp`; the last fate is the answer from then on."""
        self.questions.append((message.address, since))
        fate = self.fates.pop(0) if len(self.fates) > 1 else self.fates[0]
        if isinstance(fate, Exception):
            raise fate
        return fate


async def one_unknown(engine: AsyncEngine, *fates: Fate | Exception) -> tuple[Asked, Clock]:
    """An SMS whose outcome is not known, with a mail address left."""
    left = Person(phones=(PHONE,), emails=(MAIL,))
    await acknowledge(engine, classified(complaint(channel="phone", account="hotline", reply_to=PHONE, sender=left)))
    channel, clock = Asked(UNKNOWN, "phone", fates=list(fates)), Clock()
    await sender(engine, channel, clock, unknown_wait_asked=timedelta(minutes=1)).send_due()
    channel.script = accept
    return channel, clock


async def test_what_the_vendor_says_was_sent_is_settled_and_not_sent_again(engine: AsyncEngine) -> None:
    phone, clock = await one_unknown(engine, Fate.SENT)
    one, log = sender(engine, phone, clock), Log()

    clock.at += QUARTER - timedelta(seconds=1)
    early = await send_all(one, log)
    clock.at = NOON + QUARTER
    told = await send_all(one, log)

    assert (early, told) == ([], [("sent", "by phone")])
    assert phone.asked == {PHONE: 1}
    assert phone.questions == [(PHONE, NOON)]


async def test_what_the_vendor_never_had_goes_the_same_way_again(engine: AsyncEngine) -> None:
    phone, clock = await one_unknown(engine, Fate.NEVER_SENT)
    email = Channel()
    clock.at += QUARTER

    told = await send_all(sender(engine, [phone, email], clock), Log())

    assert told == [("sent", "by phone")]
    assert (phone.asked, email.asked) == ({PHONE: 2}, {})


@pytest.mark.parametrize("word", [Fate.NOT_KNOWN, ChannelUnavailable("busy"), RuntimeError("defect")])
async def test_a_vendor_that_does_not_know_is_asked_some_times_and_then_a_person_is(
    engine: AsyncEngine, word: Fate | Exception
) -> None:
    phone, clock = await one_unknown(engine, word)
    one, log = sender(engine, phone, clock), Log()
    for _ in range(60):
        clock.at += timedelta(seconds=1)
        told = await send_all(one, log)

    assert told == [("by-person", claims.NOT_KNOWN)]
    assert (phone.asked, len(phone.questions)) == ({PHONE: 1}, 2)


async def test_several_senders_ask_once(engine: AsyncEngine) -> None:
    phone, clock = await one_unknown(engine, Fate.NOT_KNOWN)
    clock.at += QUARTER

    for _ in range(3):
        await sender(engine, phone, clock).send_due()

    assert len(phone.questions) == 1


async def test_an_answer_that_comes_after_a_person_was_asked_sends_nothing(engine: AsyncEngine) -> None:
    phone, clock = await one_unknown(engine, Fate.NEVER_SENT)
    log = Log()
    clock.at += timedelta(minutes=2)
    one = sender(engine, phone, clock)

    told = await send_all(one, log)

    assert told == [("by-person", claims.NOT_KNOWN)]
    assert phone.asked == {PHONE: 1}


async def test_never_sent_is_not_believed_while_the_call_may_still_be_on_its_way(engine: AsyncEngine) -> None:
    phone, clock = await one_unknown(engine, Fate.NEVER_SENT)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE outbox_attempts SET state = 'sending', owner = 'elsewhere/1/x/y', lease_until = '-infinity', "
            "tried_at = %(at)s",
            {"at": NOON},
        )
    lease, log = timedelta(minutes=3), Log()

    one = sender(engine, phone, clock)
    clock.at = NOON + lease - timedelta(seconds=1)
    early = await send_all(one, log)
    clock.at = NOON + lease + timedelta(seconds=29)
    told = await send_all(one, log)

    assert (early, told) == ([], [("sent", "by phone")])
    assert phone.asked == {PHONE: 2}


async def report(engine: AsyncEngine, arrived: bool, **changes: object) -> None:
    """A delivery report as the reachability stage writes it."""
    key = recipient_key(PSEUDONYM_KEY, PHONE)
    row = {"id": uuid4(), "channel": "phone", "key": key, "arrived": arrived, "at": NOON, "noted_at": NOON} | changes
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO delivery_reports "
            "(report_id, channel, outbox_id, vendor_id, recipient_key, is_delivered, code, at, noted_at) "
            "SELECT %(id)s, %(channel)s, outbox_id, 'v1', %(key)s, %(arrived)s, '', %(at)s, %(noted_at)s FROM outbox",
            row,
        )


async def test_a_report_of_arrival_settles_what_was_unknown(engine: AsyncEngine) -> None:
    phone, clock = await one_unknown(engine, Fate.NOT_KNOWN)
    await report(engine, arrived=True)
    log = Log()

    told = await send_all(sender(engine, phone, clock), log)

    assert told == [("sent", "by phone")]
    assert (log.results[0].vendor_id, phone.asked) == ("v1", {PHONE: 1})


async def test_a_report_that_it_did_not_arrive_opens_the_next_way(engine: AsyncEngine) -> None:
    phone, clock = await one_unknown(engine, Fate.NOT_KNOWN)
    await report(engine, arrived=False)

    told = await send_all(sender(engine, [phone, Channel()], clock), Log())

    assert told == [("sent", "by email after phone undelivered")]
    assert phone.asked == {PHONE: 1}


@pytest.mark.parametrize("changes", [{"channel": "email"}, {"key": "another", "noted_at": NOON - HOUR}])
async def test_a_report_about_an_earlier_way_says_nothing(engine: AsyncEngine, changes: dict[str, object]) -> None:
    phone, clock = await one_unknown(engine, Fate.NOT_KNOWN)
    await report(engine, arrived=False, **changes)

    told = await send_all(sender(engine, [phone, Channel()], clock), Log())

    assert told == []
    assert await rows(engine, "SELECT state FROM outbox_attempts") == [("unknown",)]


async def test_a_vendor_that_needs_minutes_to_know_is_waited_for(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(complaint(channel="phone", account="hotline", reply_to=PHONE)))
    phone, clock, log = Asked(UNKNOWN, "phone", fates=[*[Fate.NOT_KNOWN] * 4, Fate.SENT]), Clock(), Log()
    one = sender(engine, phone, clock)
    await one.send_due()
    for _ in range(10):
        clock.at += timedelta(minutes=1)
        told = await send_all(one, log)

    assert told == [("sent", "by phone")]
    assert (phone.asked, len(phone.questions)) == ({PHONE: 1}, 5)
