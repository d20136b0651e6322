"""Ways to a person: the channel of origin first, then what was left; each step only after a definite end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Outgoing, Sent
from schemas.complaint import Complaint
from schemas.complaint import Sender as Person
from schemas.errors import ChannelUnavailable, OutcomeUnknown, RecipientRefused, ReplyRefused
from schemas.identity import recipient_key
from tests.workers.acknowledge.pieces import HOUR, acknowledge, classified
from tests.workers.pieces import NOON, PSEUDONYM_KEY, complaint, mail, rows
from tests.workers.sender.pieces import Begin, Channel, Clock, Log, Script, fail, send_all, sender

pytestmark = pytest.mark.services
OPENID, PHONE, MAIL = "oLi", "+8613800138000", "li@customers.example"
REFUSED = fail(ReplyRefused("45015"))
UNKNOWN = fail(OutcomeUnknown("no answer"), after=True)
NIGHT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
"""23:00 in Shanghai."""


def chat(**fields: Any) -> Complaint:
    """A message of somebody who left a phone number and a mail address in it."""
    left = Person(openid=OPENID, phones=(PHONE,), emails=(MAIL,))
    return complaint(channel="wechat", account="shop", reply_to=OPENID, **{"sender": left} | fields)


def text_message(**fields: Any) -> Complaint:
    return complaint(channel="phone", account="hotline", reply_to=PHONE, **fields)


async def close(engine: AsyncEngine, channel: str, address: str) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO closed_ways (recipient_key, channel, reason, closed_at) "
            "VALUES (%(key)s, %(channel)s, 'opted-out', now())",
            {"key": recipient_key(PSEUDONYM_KEY, address), "channel": channel},
        )


async def test_the_channel_of_origin_answers_when_it_can(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(chat()))
    wechat, phone = Channel(channel="wechat"), Channel(channel="phone")

    told = await send_all(sender(engine, [wechat, phone], Clock()), Log())

    assert told == [("sent", "by wechat")]
    assert (wechat.asked, phone.asked) == ({OPENID: 1}, {})


async def test_a_refusal_falls_back_and_the_result_names_every_way(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(chat()))
    log, phone = Log(), Channel(channel="phone")
    wechat = Channel(fail(RecipientRefused("43004")), channel="wechat")

    told = await send_all(sender(engine, [wechat, phone], Clock()), log)

    assert told == [("sent", "by phone after wechat refused")]
    assert phone.asked == {PHONE: 1}
    assert [(way.channel, way.ended, way.recipient_key) for way in log.results[0].ways] == [
        ("wechat", "recipient-refused", recipient_key(PSEUDONYM_KEY, OPENID)),
        ("phone", "sent", recipient_key(PSEUDONYM_KEY, PHONE)),
    ]


async def test_each_channel_gets_words_of_its_own(engine: AsyncEngine) -> None:
    record = classified(chat())
    await acknowledge(engine, record)
    texts = []

    async def keep(message: Outgoing, before_irrevocable: Begin) -> Sent:
        texts.append((message.channel, message.account, message.text))
        raise ReplyRefused("no")

    await send_all(sender(engine, [Channel(keep, one) for one in ("wechat", "phone", "email")], Clock()), Log())

    number = record.tracking_number
    assert texts == [
        ("wechat", "shop", f"{number} quality by wechat"),
        ("phone", "", f"{number} quality by phone"),
        ("email", "", f"{number} quality"),
    ]


@pytest.mark.parametrize(
    ("script", "state"), [(UNKNOWN, "unknown"), (fail(ChannelUnavailable("busy")), "retry")], ids=["unknown", "busy"]
)
async def test_what_is_not_definite_is_no_reason_to_fall_back(engine: AsyncEngine, script: Script, state: str) -> None:
    await acknowledge(engine, classified(chat()))
    phone = Channel(channel="phone")

    await send_all(sender(engine, [Channel(script, "wechat"), phone], Clock()), Log())

    assert phone.asked.total() == 0
    assert await rows(engine, "SELECT state, address_index FROM outbox_attempts") == [(state, 0)]


async def test_a_way_this_installation_does_not_have_is_passed_over_at_once(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(chat()))
    email = Channel()

    told = await send_all(sender(engine, [Channel(REFUSED, "wechat"), email], Clock()), Log())

    assert told == [("sent", "by email after wechat refused, phone not set up")]


async def test_where_every_way_was_refused_the_person_is_unreachable(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(chat()))
    channels = [Channel(REFUSED, one) for one in ("wechat", "phone", "email")]

    told = await send_all(sender(engine, channels, Clock()), Log())

    assert told == [("unreachable", "no way is left: wechat refused, phone refused, email refused")]


async def test_the_desk_leaves_closed_ways_out_and_says_when_none_is_left(engine: AsyncEngine) -> None:
    for channel, address in (("wechat", OPENID), ("phone", PHONE)):
        await close(engine, channel, address)
    open_left, none_left = classified(chat()), classified(chat(sender=Person(openid=OPENID)))

    results = await acknowledge(engine, open_left, none_left)

    assert [(one.complaint_id, one.outcome, one.reason) for one in results] == [
        (none_left.complaint_id, "unreachable", "every way is closed: wechat opted-out")
    ]
    assert await rows(engine, "SELECT reply_channel, jsonb_array_length(addresses) FROM outbox") == [("email", 1)]


async def test_a_way_that_closes_after_the_message_was_written_is_not_used(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(chat()))
    await close(engine, "wechat", OPENID)
    wechat, phone = Channel(channel="wechat"), Channel(channel="phone")

    told = await send_all(sender(engine, [wechat, phone], Clock()), Log())

    assert (told, wechat.asked) == ([("sent", "by phone after wechat closed")], {})


async def test_a_reopened_way_is_used_again(engine: AsyncEngine) -> None:
    await close(engine, "wechat", OPENID)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE closed_ways SET reopened_at = closed_at + interval '1 second'")
    await acknowledge(engine, classified(chat()))

    assert await send_all(sender(engine, Channel(channel="wechat"), Clock()), Log()) == [("sent", "by wechat")]


@pytest.mark.parametrize(
    ("received", "now", "goes_at"),
    [
        (NOON, NIGHT - HOUR - timedelta(seconds=1), None),
        (NOON, NIGHT - HOUR, NOON + 20 * HOUR),
        (NIGHT, NIGHT, NIGHT + 9 * HOUR),
        (NIGHT, NIGHT + 9 * HOUR - timedelta(seconds=1), NIGHT + 9 * HOUR),
        (NIGHT, NIGHT + 9 * HOUR, None),
        (NIGHT - 19 * HOUR, NIGHT, NIGHT + HOUR),
        (NIGHT - 20 * HOUR, NIGHT, None),
        (NIGHT - 30 * HOUR, NIGHT, None),
    ],
    ids=["21:59:59", "22:00", "23:00", "07:59:59", "08:00", "hour 19", "hour 20", "hour 30"],
)
async def test_an_sms_waits_for_the_morning_but_not_beyond_hour_20(
    engine: AsyncEngine, received: datetime, now: datetime, goes_at: datetime | None
) -> None:
    await acknowledge(engine, classified(text_message(received_at=received)), at=now)
    phone, clock, log = Channel(channel="phone"), Clock(now), Log()
    one = sender(engine, phone, clock)

    at_once = bool(await send_all(one, log))
    if goes_at is not None:
        clock.at = min(goes_at, NIGHT + 9 * HOUR) - timedelta(seconds=1)
        early = await send_all(one, log)
        clock.at = min(goes_at, NIGHT + 9 * HOUR)
        assert early == []
    told = await send_all(one, log)

    assert at_once is (goes_at is None)
    assert told == [("sent", "by phone")]


async def test_a_first_way_that_is_quiet_is_waited_for_although_another_is_not(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(text_message(sender=Person(emails=(MAIL,)), received_at=NIGHT)), at=NIGHT)
    email = Channel()

    told = await send_all(sender(engine, [Channel(channel="phone"), email], Clock(NIGHT)), Log())

    assert (told, email.asked.total()) == ([], 0)


async def test_a_chat_is_answered_at_night_because_the_person_is_there(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(chat(received_at=NIGHT)), at=NIGHT)

    assert await send_all(sender(engine, Channel(channel="wechat"), Clock(NIGHT)), Log()) == [("sent", "by wechat")]


async def test_a_burst_in_one_chat_is_answered_once(engine: AsyncEngine) -> None:
    first = classified(chat())
    burst = [classified(chat(text=f"还有{n}"), first.case_id, n) for n in range(2, 6)]

    covered = await acknowledge(engine, first, *burst)
    told = await send_all(sender(engine, Channel(channel="wechat"), Clock()), Log())

    assert [one.outcome for one in covered] == ["covered"] * 4
    assert told == [("sent", "by wechat")]


async def test_a_fallback_to_a_channel_that_answered_the_case_already_is_covered(engine: AsyncEngine) -> None:
    first = classified(mail("a@x", MAIL))
    second = classified(chat(sender=Person(emails=(MAIL,))), first.case_id, 2)
    await acknowledge(engine, first, second)
    email, log = Channel(), Log()

    told = await send_all(sender(engine, [Channel(REFUSED, "wechat"), email], Clock()), log)

    assert set(told) == {("sent", "by email"), ("covered", "the case was acknowledged by email within the window")}
    assert email.asked == {MAIL: 1}


async def test_two_messages_of_a_case_that_fall_back_together_become_one(engine: AsyncEngine) -> None:
    first = classified(chat(sender=Person(emails=(MAIL,))))
    app = complaint(channel="app", account="shop", reply_to="device", sender=Person(emails=(MAIL,)))
    await acknowledge(engine, first, classified(app, first.case_id, 2))
    email = Channel()

    told = await send_all(sender(engine, [Channel(REFUSED, "wechat"), Channel(REFUSED, "app"), email], Clock()), Log())

    assert sorted(outcome for outcome, _ in told) == ["covered", "sent"]
    assert email.asked == {MAIL: 1}


async def test_who_was_answered_by_a_fallback_is_not_answered_there_again_the_same_day(engine: AsyncEngine) -> None:
    first = classified(chat(sender=Person(phones=(PHONE,))))
    await acknowledge(engine, first)
    one = sender(engine, [Channel(REFUSED, "wechat"), Channel(channel="phone")], Clock())
    await send_all(one, Log())

    results = await acknowledge(engine, classified(text_message(), first.case_id, 2), at=NOON + HOUR)

    assert [result.outcome for result in results] == ["covered"]
