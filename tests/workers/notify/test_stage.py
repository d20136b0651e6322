"""Notify: a message goes out once, on the complaint's own ways, or it is on record why it does not."""

import asyncio
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import uuid4

import pytest
from imapclient import IMAPClient
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Outgoing, Sent
from connectors.imap import MailReply
from schemas.complaint import Automatic, Complaint, Referral
from schemas.complaint import Sender as Person
from schemas.errors import ChannelUnavailable, OutcomeUnknown, ReplyRefused
from schemas.identity import recipient_key
from schemas.messages import MessageKind
from schemas.reply import EXPIRED, THROUGH_AUTHORITY
from schemas.settings import SmtpSettings
from tests.services import Mailbox
from tests.workers.acknowledge.pieces import acknowledge, addresses, classified
from tests.workers.deduplicate.pieces import STAGE as DEDUPLICATE
from tests.workers.notify.pieces import HOUR, answer, message, note, notify
from tests.workers.pieces import NOON, PSEUDONYM_KEY, complaint, decide, incoming, mail, rows
from tests.workers.sender.pieces import Begin, Channel, Clock, Log, accept, fail, send_all, sender
from workers.notify.judging import NOT_HERE, NOT_KEPT
from workers.notify.stage import NO_TEXT
from workers.runtime.failures import Contended

pytestmark = pytest.mark.services
OPENID, PHONE, MAIL = "oLi", "+8613800138000", "li@customers.example"
NIGHT = NOON + 11 * HOUR
"""23:00 in Shanghai."""


def chat(**fields: Any) -> Complaint:
    """A chat message of somebody who left a phone number and a mail address."""
    left = Person(openid=OPENID, phones=(PHONE,), emails=(MAIL,))
    return complaint(channel="wechat", account="shop", reply_to=OPENID, **{"sender": left} | fields)


async def close(engine: AsyncEngine, channel: str, address: str) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO closed_ways (recipient_key, channel, reason, closed_at) "
            "VALUES (%(key)s, %(channel)s, 'opted-out', now())",
            {"key": recipient_key(PSEUDONYM_KEY, address), "channel": channel},
        )


async def written(engine: AsyncEngine) -> list[Any]:
    return await rows(engine, "SELECT * FROM outbox WHERE kind <> 'acknowledgement' ORDER BY created_at")


async def test_a_notice_arrives_once_in_the_thread_of_the_complaint(engine: AsyncEngine, mailbox: Mailbox) -> None:
    theirs = mail("theirs@x", mailbox.user)
    await note(engine, theirs)
    smtp = SmtpSettings(
        host=mailbox.smtp_host,
        port=mailbox.smtp_port,
        security="plain",
        from_address="us@us.example",
        bounce_address="us@us.example",
    )
    real = sender(engine, Channel(MailReply(smtp).send), Clock(), lease=timedelta(seconds=30))

    for _ in range(2):
        assert await notify(engine, answer(theirs)) == []
        await send_all(real, Log())

    with IMAPClient(mailbox.imap_host, mailbox.imap_port, ssl=False, timeout=10) as client:
        client.login(mailbox.user, mailbox.password)
        client.select_folder("INBOX")
        [fetched] = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
    arrived = message_from_bytes(fetched[b"BODY[]"], policy=default)
    assert (arrived["In-Reply-To"], arrived["Auto-Submitted"]) == ("<theirs@x>", "auto-generated")
    assert "已为您退款 20 元" in arrived.get_content()


async def test_the_same_change_told_twice_is_one_message(engine: AsyncEngine) -> None:
    one = mail("a@x")
    await note(engine, one)
    replayed = incoming(answer(one))

    for told in (replayed, replayed, answer(one), answer(one, "有别的话")):
        assert await notify(engine, told) == []

    [row] = await written(engine)
    assert "已为您退款 20 元" in row.text


async def test_the_same_change_of_two_records_in_one_batch_is_one_message(engine: AsyncEngine) -> None:
    one = mail("a@x")
    await note(engine, one)

    await notify(engine, answer(one), answer(one), message(one, "closed"))

    assert sorted(row.occasion for row in await written(engine)) == ["answered", "closed"]


async def test_changes_of_one_case_leave_in_the_order_in_which_they_happened(engine: AsyncEngine) -> None:
    one, other = mail("a@x"), mail("b@x")
    await note(engine, one, other)
    occasions = ("accepted", "need-information", "answered", "closed")
    await notify(engine, *(message(each, occasion) for occasion in occasions for each in (one, other)))
    order = {row.outbox_id: (row.complaint_id, row.occasion) for row in await written(engine)}
    left: list[tuple[Any, str]] = []

    async def note_down(letter: Outgoing, begin: Begin) -> Sent:
        earlier_ones_are_slower = len(occasions) - occasions.index(order[letter.outbox_id][1])
        await asyncio.sleep(earlier_ones_are_slower / 50)
        left.append(order[letter.outbox_id])
        return await accept(letter, begin)

    several = [sender(engine, Channel(note_down), Clock()) for _ in range(3)]
    while sum(await asyncio.gather(*(each.send_due() for each in several))):
        pass

    assert len(left) == len(order)
    for complaint_id in (one.complaint_id, other.complaint_id):
        assert [occasion for whose, occasion in left if whose == complaint_id] == list(occasions)


async def test_a_word_that_waits_for_its_next_try_does_not_hold_back_the_newest(engine: AsyncEngine) -> None:
    one = mail("a@x")
    await note(engine, one)
    await notify(engine, message(one, "accepted"), answer(one))
    channel = Channel(fail(ChannelUnavailable("greylisted")))
    waits = sender(engine, channel, Clock())

    assert await waits.send_due() == 1
    channel.script = accept
    assert await waits.send_due() == 1

    [sent] = await rows(
        engine, "SELECT occasion FROM outbox JOIN outbox_attempts USING (outbox_id) WHERE state = 'sent'"
    )
    assert sent.occasion == "answered"


async def test_the_channel_of_origin_comes_first_then_the_others_with_their_own_words(engine: AsyncEngine) -> None:
    one = chat()
    await note(engine, one)

    await notify(engine, answer(one))

    [row] = await written(engine)
    assert addresses(row) == [OPENID, PHONE, MAIL]
    assert len(row.addresses[1]["text"]) < len(row.text)


async def test_a_channel_restricts_a_message_to_it(engine: AsyncEngine) -> None:
    one = chat()
    await note(engine, one)

    [missing] = await notify(engine, message(one, "closed", channel="fax"), answer(one, channel="phone"))

    [row] = await written(engine)
    assert addresses(row) == [PHONE]
    assert (missing.outcome, missing.reason) == ("unreachable", "no address was left for fax")


async def test_closed_ways_are_respected(engine: AsyncEngine) -> None:
    one = chat()
    await note(engine, one)
    await close(engine, "wechat", OPENID)
    await notify(engine, answer(one))
    for channel, address in (("phone", PHONE), ("email", MAIL)):
        await close(engine, channel, address)

    [none_left] = await notify(engine, message(one, "closed"))

    [row] = await written(engine)
    assert addresses(row) == [PHONE, MAIL]
    assert none_left.outcome == "unreachable"
    assert none_left.reason == "every way is closed: wechat opted-out, phone opted-out, email opted-out"


@pytest.mark.parametrize(
    ("one", "outcome", "reason"),
    [
        (mail("a@x", automatic=Automatic(is_automatic=True)), "not-wanted", "automatic"),
        (mail("b@x", "support+1@us.example"), "not-wanted", "the address is our own or a machine's"),
        (mail("c@x", "mailer-daemon@x.example"), "not-wanted", "the address is our own or a machine's"),
        (mail("d@x", referral=Referral(number="1", kind="report")), "by-person", THROUGH_AUTHORITY),
        (complaint(), "unreachable", "no address was left"),
    ],
    ids=["machine", "own", "robot", "authority", "nowhere"],
)
async def test_who_is_never_written_to_is_on_record(
    engine: AsyncEngine, one: Complaint, outcome: str, reason: str
) -> None:
    await note(engine, one)

    [told] = await notify(engine, answer(one))

    assert (told.outcome, told.reason, told.kind, told.occasion) == (outcome, reason, "notice", "answered")
    assert await written(engine) == []


async def test_a_sealed_member_of_a_case_is_never_written_to(engine: AsyncEngine) -> None:
    one = mail("a@x")
    await note(engine, one)
    await decide(engine, DEDUPLICATE, one)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE case_members SET sealed = true")

    [told] = await notify(engine, answer(one))

    assert told.reason == THROUGH_AUTHORITY


async def test_a_message_waits_for_its_complaint_and_is_no_dead_letter(engine: AsyncEngine) -> None:
    one = mail("a@x")
    early = incoming(answer(one), at=(await rows(engine, "SELECT now() AS at"))[0].at)

    with pytest.raises(Contended):
        await notify(engine, early)
    await note(engine, one)

    assert await notify(engine, early) == []
    assert len(await written(engine)) == 1


async def test_a_complaint_nobody_knows_is_not_waited_for_for_ever(engine: AsyncEngine) -> None:
    [told] = await notify(engine, answer(mail("a@x")))

    assert (told.outcome, told.reason) == ("by-person", NOT_HERE)


async def test_a_complaint_whose_ways_are_gone_is_told_by_a_person(engine: AsyncEngine) -> None:
    one = mail("a@x")
    await note(engine, one)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM promises")

    [told] = await notify(engine, answer(one))

    assert (told.outcome, told.reason) == ("by-person", NOT_KEPT)


async def test_what_the_pack_has_no_words_for_is_told_by_a_person(engine: AsyncEngine) -> None:
    one = mail("a@x")
    await note(engine, one)

    [told] = await notify(engine, message(one, "not-heard-of"))

    assert (told.outcome, told.reason) == ("by-person", NO_TEXT)


async def test_what_has_expired_is_not_sent_and_on_record(engine: AsyncEngine) -> None:
    one, clock, channel = mail("a@x"), Clock(), Channel()
    await note(engine, one)

    def code(expires_at: Any) -> Any:
        kind, values = MessageKind.CODE, {"code": "482913"}
        return message(one, "one-time-code", kind, message_id=uuid4(), values=values, expires_at=expires_at)

    [late] = await notify(engine, code(NOON), code(NOON + timedelta(minutes=10)))
    clock.at = NOON + timedelta(minutes=11)

    assert (late.outcome, late.reason) == ("not-wanted", EXPIRED)
    assert await send_all(sender(engine, channel, clock), Log()) == [("not-wanted", EXPIRED)]
    assert channel.asked == {}


async def test_quiet_hours_hold_a_notice_back_and_never_a_code(engine: AsyncEngine) -> None:
    one = complaint(channel="phone", account="hotline", reply_to=PHONE, received_at=NIGHT - 72 * HOUR)
    await note(engine, one)
    code = message(one, "one-time-code", MessageKind.CODE, values={"code": "482913"})
    await notify(engine, incoming(answer(one), at=NIGHT), incoming(code, at=NIGHT))
    clock, phone, log = Clock(NIGHT), Channel(channel="phone"), Log()
    of = sender(engine, phone, clock)

    at_night = await send_all(of, log)
    clock.at = NIGHT + 12 * HOUR
    in_the_morning = await send_all(of, log)

    assert [one.kind for one in log.results] == ["code", "notice"]
    assert (len(at_night), len(in_the_morning)) == (1, 2)


async def test_a_refusal_goes_the_next_way_and_an_unclear_end_is_never_repeated(engine: AsyncEngine) -> None:
    one = chat()
    await note(engine, one)
    await notify(engine, answer(one))
    wechat = Channel(fail(ReplyRefused("45015")), channel="wechat")
    phone = Channel(fail(OutcomeUnknown("no answer"), after=True), channel="phone")
    clock, log = Clock(), Log()
    of = sender(engine, [wechat, phone], clock)

    await send_all(of, log)
    clock.at += 2 * HOUR
    await send_all(of, log)

    assert (wechat.asked, phone.asked) == ({OPENID: 1}, {PHONE: 1})
    assert [(one.outcome, one.kind, one.occasion) for one in log.results] == [("by-person", "notice", "answered")]


async def test_notices_that_fall_back_to_one_channel_cover_nobody(engine: AsyncEngine) -> None:
    one = chat()
    await note(engine, one)
    await notify(engine, message(one, "accepted"), answer(one))
    wechat, phone = Channel(fail(ReplyRefused("45015")), channel="wechat"), Channel(channel="phone")

    told = await send_all(sender(engine, [wechat, phone], Clock()), Log())

    assert [outcome for outcome, _ in told] == ["sent", "sent"]
    assert phone.asked == {PHONE: 2}


async def test_a_notice_covers_no_acknowledgement_and_counts_for_no_loop_guard(engine: AsyncEngine) -> None:
    first = mail("a@x")
    await note(engine, first)
    await notify(engine, *(message(first, "in-progress", message_id=uuid4()) for _ in range(40)))

    results = await acknowledge(engine, classified(first))

    assert results == []
    assert len(await rows(engine, "SELECT 1 FROM outbox WHERE kind = 'acknowledgement'")) == 1


async def test_the_number_a_customer_is_told_is_the_complaints_own(engine: AsyncEngine) -> None:
    one, other = mail("a@x"), mail("b@x")
    await note(engine, one)

    await notify(engine, answer(one, tracking_number=other.tracking_number))

    [row] = await written(engine)
    assert one.tracking_number in row.text
    assert other.tracking_number not in f"{row.text}{row.subject}"
