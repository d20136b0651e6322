"""Acknowledging: exactly one answer is owed to everybody, and every way it can end."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, Referral, Sender
from schemas.identity import outgoing_message_id
from schemas.records import Verdict
from tests.workers.acknowledge.pieces import HOUR, STAGE, acknowledge, addresses, classified
from tests.workers.pieces import NOON, complaint, incoming, mail, rows
from workers.runtime.driver import run_batch

pytestmark = pytest.mark.services
LI = Sender(emails=("li@customers.example",))


async def test_a_mail_is_answered_once_by_a_message_in_its_own_thread(engine: AsyncEngine) -> None:
    record = classified(mail("a@x", thread={"references": ("<r@x>",)}))

    results = await acknowledge(engine, record)
    again = await acknowledge(engine, record.model_copy(update={"revision": 2}))

    [row] = await rows(engine, "SELECT * FROM outbox")
    assert (results, again) == ([], [])
    assert (addresses(row), row.in_reply_to, row.references) == (["li@customers.example"], "<a@x>", ["<r@x>"])
    assert row.text == f"{record.tracking_number} quality"
    assert (row.person_at, row.give_up_at) == (NOON + 20 * HOUR, NOON + 24 * HOUR)
    assert row.case_token.startswith("CT-")


async def test_a_replay_publishes_the_same_result_and_a_redelivery_none(engine: AsyncEngine) -> None:
    item = incoming(classified(complaint()))
    elsewhere = incoming(item.record)

    first = await run_batch(STAGE, engine, [item])
    replay = await run_batch(STAGE, engine, [item])
    redelivery = await run_batch(STAGE, engine, [elsewhere])

    assert len(first) == 1
    assert [one.record.to_json() for one in replay] == [one.record.to_json() for one in first]
    assert redelivery == []


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        ({"channel": "web"}, "sent", "shown on the page"),
        ({"channel": "phone", "account": "hotline"}, "unreachable", "no address was left"),
        ({"automatic": Automatic(is_automatic=True, kind="list")}, "not-wanted", "automatic: list"),
        ({"referral": Referral(number="1", kind="complaint")}, "by-person", "answered through the authority"),
        (
            {"channel": "email", "reply_to": "support+abc@us.example"},
            "not-wanted",
            "the address is our own or a machine's",
        ),
        (
            {"channel": "email", "reply_to": "MAILER-DAEMON@mx.example"},
            "not-wanted",
            "the address is our own or a machine's",
        ),
    ],
)
async def test_where_no_message_goes_out_the_outcome_says_why(
    engine: AsyncEngine, fields: dict[str, object], outcome: str, reason: str
) -> None:
    [result] = await acknowledge(engine, classified(complaint(**fields)))  # type: ignore[arg-type]

    assert (result.outcome, result.reason) == (outcome, reason)
    assert await rows(engine, "SELECT 1 FROM outbox") == []


async def test_a_web_complaint_with_an_address_gets_a_mail_too(engine: AsyncEngine) -> None:
    results = await acknowledge(engine, classified(complaint(sender=LI)))

    [row] = await rows(engine, "SELECT reply_channel, addresses, page_shown FROM outbox")
    assert results == []
    assert (row.reply_channel, addresses(row), row.page_shown) == ("email", ["li@customers.example"], True)


async def test_a_case_is_answered_once_a_day_on_a_channel_and_others_are_covered(engine: AsyncEngine) -> None:
    first = classified(mail("a@x"))
    same_batch = classified(mail("b@x"), first.case_id, 2, Verdict.FOLLOW_UP)
    same_day = classified(mail("c@x"), first.case_id, 3, Verdict.FOLLOW_UP)
    next_day = classified(mail("d@x"), first.case_id, 4, Verdict.FOLLOW_UP)

    covered = await acknowledge(engine, first, same_batch)
    covered += await acknowledge(engine, same_day, at=NOON + 23 * HOUR)
    covered += await acknowledge(engine, next_day, at=NOON + 25 * HOUR)

    assert [(one.complaint_id, one.outcome) for one in covered] == [
        (same_batch.complaint_id, "covered"),
        (same_day.complaint_id, "covered"),
    ]
    sent = await rows(engine, "SELECT complaint_id FROM outbox ORDER BY created_at")
    assert [row[0] for row in sent] == [first.complaint_id, next_day.complaint_id]


@pytest.mark.parametrize("state", ["refused", "given-up"])
async def test_a_message_that_surely_reached_nobody_covers_nobody(engine: AsyncEngine, state: str) -> None:
    first = classified(mail("a@x", "wrong@customers.example"))
    second = classified(mail("b@x"), first.case_id, 2, Verdict.FOLLOW_UP)

    await acknowledge(engine, first)
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO outbox_attempts (outbox_id, state, attempt, address_index, next_at, changed_at) "
            "SELECT outbox_id, %(state)s, 1, 0, now(), now() FROM outbox",
            {"state": state},
        )
    results = await acknowledge(engine, second, at=NOON + HOUR)

    assert results == []
    assert await rows(engine, "SELECT count(*) FROM outbox") == [(2,)]


async def test_two_help_desks_without_any_header_stop_after_a_few_messages(engine: AsyncEngine) -> None:
    results = []
    for number in range(40):
        again = mail(f"{number}@desk", "desk@other.example", subject=f"[Ticket#{number}] 回复: Re: 您的工单 {number}")
        results += await acknowledge(engine, classified(again), at=NOON + timedelta(seconds=number))

    assert await rows(engine, "SELECT count(*) FROM outbox") == [(5,)]
    assert {(one.outcome, one.reason.partition(":")[0]) for one in results} == {("by-person", "loop guard")}
    assert len(results) == 35


async def test_one_address_gets_no_flood_whatever_the_subjects_say(engine: AsyncEngine) -> None:
    words = [first + second for first in "甲乙丙丁戊己庚辛" for second in "子丑寅卯辰巳午未"]
    flood = [classified(mail(f"{word}@desk", "desk@other.example", subject=f"问题{word}")) for word in words]

    results = await acknowledge(engine, *flood)

    assert await rows(engine, "SELECT count(*) FROM outbox") == [(30,)]
    assert len(results) == len(flood) - 30


async def test_a_bounce_of_our_message_is_an_event_about_the_complaint_it_answered(engine: AsyncEngine) -> None:
    first = classified(mail("a@x"))
    await acknowledge(engine, first)
    [(outbox,)] = await rows(engine, "SELECT outbox_id FROM outbox")
    about = outgoing_message_id(outbox, "us.example")
    machine = Automatic(is_automatic=True, kind="bounce", about_message_id=about)
    bounce = classified(mail("b@mx", "mailer-daemon@mx.example", automatic=machine), first.case_id, 2)

    results = await acknowledge(engine, bounce, at=NOON + HOUR)

    assert [(one.complaint_id, one.outcome) for one in results] == [
        (bounce.complaint_id, "not-wanted"),
        (first.complaint_id, "unreachable"),
    ]
    assert await rows(engine, "SELECT outbox_id, bounce_id FROM acknowledgement_bounces") == [
        (outbox, bounce.complaint_id)
    ]


async def test_a_bounce_about_a_message_that_is_not_ours_changes_nothing(engine: AsyncEngine) -> None:
    about = outgoing_message_id(complaint().complaint_id, "us.example")
    machine = Automatic(is_automatic=True, kind="bounce", about_message_id=about)

    results = await acknowledge(engine, classified(mail("b@mx", automatic=machine)))

    assert [one.outcome for one in results] == ["not-wanted"]
    assert await rows(engine, "SELECT 1 FROM acknowledgement_bounces") == []


async def test_decisions_hold_no_personal_data(engine: AsyncEngine) -> None:
    await acknowledge(engine, classified(mail("a@x", subject="我是李娜")))

    stored = str(await rows(engine, "SELECT * FROM acknowledge_decisions")) + str(
        await rows(engine, "SELECT * FROM acknowledgements")
    )
    assert not any(word in stored for word in ("李娜", "customers.example", "牛奶"))
