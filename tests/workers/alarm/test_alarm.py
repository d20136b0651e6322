"""The safety alarm: whoever names a danger is heard within minutes, once, whatever else works or does not."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.alarm import SAFETY_ALARM
from schemas.complaint import Automatic, Referral, Sender, Stated
from schemas.identity import first_case_id
from schemas.records import Escalation
from tests.workers.alarm.pieces import PACK, alarms, ill, of_batch, stage
from tests.workers.pieces import NOON, complaint, rows
from workers.runtime.driver import incoming, run_batch

pytestmark = pytest.mark.services
QUARTER = timedelta(minutes=15)


async def test_an_alarm_says_who_is_told_by_when_and_why_before_anybody_has_linked_or_understood_it(
    engine: AsyncEngine,
) -> None:
    one = ill(stated=Stated(store="万达店", counter="熟食柜"))

    [alarm] = await alarms(engine, [one, complaint(text="收银员态度恶劣")])

    assert (alarm.level, alarm.complaint_id, alarm.case_id) == (
        SAFETY_ALARM,
        one.complaint_id,
        first_case_id(one.complaint_id),
    )
    assert (alarm.alarm_by, alarm.late, alarm.case_seq) == (NOON + QUARTER, None, 0)
    assert alarm.informed == PACK.safety_alarm.informed
    assert (alarm.department, alarm.severity, alarm.urgency, alarm.category) == ("quality", 1, "urgent", "quality")
    assert {reason.rule for reason in alarm.reasons} >= {"safety.illness"}
    assert (alarm.unit.store, alarm.unit.counter) == ("万达店", "熟食柜")


async def test_the_list_of_what_to_preserve_has_dates_and_fits_the_case(engine: AsyncEngine) -> None:
    [food, fall] = await alarms(engine, [ill(), complaint(text="在你们店门口滑倒摔断了手")])

    preserved = {one.what: one for one in food.preserve}
    assert preserved["camera_recording"].secure_by == NOON + timedelta(hours=24)
    assert preserved["batch_sample"].keep_until == NOON + timedelta(days=90)
    assert "batch_sample" not in {one.what for one in fall.preserve}
    assert "site_photos" in {one.what for one in fall.preserve}


async def test_nothing_a_customer_wrote_stands_in_the_decision(engine: AsyncEngine) -> None:
    sender = Sender(name="王小明", phones=("+8613800138000",))
    one = ill(sender=sender, stated=Stated(store="万达店 找王小明13800138000"))

    [alarm] = await alarms(engine, [one])

    [stored] = await rows(engine, "SELECT CAST(decision AS text) FROM alarm_decisions")
    assert "13800138000" not in alarm.to_json().decode() + stored[0]
    assert "王小明" not in alarm.to_json().decode() + stored[0]


async def test_the_same_record_again_repeats_its_alarm_and_another_delivery_raises_none(engine: AsyncEngine) -> None:
    one = ill()

    first = await alarms(engine, [one])
    replayed = await alarms(engine, [one])
    delivered_again = await alarms(engine, [one], first_offset=7)

    assert (replayed, delivered_again) == (first, [])


async def test_words_that_come_later_alarm_once_and_count_from_when_they_came(engine: AsyncEngine) -> None:
    came = NOON + timedelta(hours=3)
    call = complaint("call", channel="phone", entry="call", text="")
    typed = call.model_copy(update={"revision": 2, "text": "顾客说孩子喝了酸奶以后一直吐"})
    more = typed.model_copy(update={"revision": 3, "text": typed.text + "，已经住院"})

    before = await alarms(engine, [call])
    [alarm] = await alarms(engine, [typed], first_offset=1, at=came)
    after = await alarms(engine, [more], first_offset=2, at=came)

    assert (before, after) == ([], [])
    assert (alarm.revision, alarm.alarm_by, alarm.late) == (2, came + QUARTER, None)


async def test_a_revision_of_what_has_alarmed_raises_none(engine: AsyncEngine) -> None:
    one = ill()
    grown = one.model_copy(update={"revision": 2})

    assert len(await alarms(engine, [one, grown])) == 1


async def test_what_was_received_long_ago_still_alarms_and_says_that_it_is_late(engine: AsyncEngine) -> None:
    [in_time, late] = await alarms(
        engine, [ill(received_at=NOON - QUARTER), ill(received_at=NOON - QUARTER - timedelta(seconds=1))]
    )

    assert (in_time.late, late.late) == (None, True)
    assert late.alarm_by == NOON - timedelta(seconds=1)


async def test_automatic_mail_never_alarms(engine: AsyncEngine) -> None:
    assert await alarms(engine, [ill(automatic=Automatic(is_automatic=True, kind="list"))]) == []


async def test_a_report_to_an_authority_alarms_its_own_desk_alone_and_is_never_put_beside_another(
    engine: AsyncEngine,
) -> None:
    report = {"channel": "regulator_12315", "sealed": True, "referral": Referral(number="1", kind="report")}
    sealed = of_batch("L20261101", "+8613800138001", **report)

    records = [sealed, of_batch("L20261101", "+8613800138002")]
    emitted = await run_batch(stage(), engine, [incoming(one, place) for place, one in enumerate(records)])

    assert [one.topic.name for one in emitted] == ["complaints.sealed-alarms.v1", "complaints.escalated.v1"]
    alarm, other = (one.record for one in emitted)
    assert isinstance(alarm, Escalation)
    assert isinstance(other, Escalation)
    assert (alarm.sealed, alarm.informed, alarm.department) == (
        True,
        ("regulator-affairs-manager",),
        "regulator-affairs",
    )
    assert alarm.unit.store is None
    assert other.batch is None


@pytest.mark.parametrize("together", [True, False])
async def test_two_cases_on_one_batch_ask_once_whether_its_stock_is_frozen(engine: AsyncEngine, together: bool) -> None:
    first = of_batch("L2026-1101", "+8613800138001")
    second = ill(phone="+8613800138002", text="吃了批号 L20261101 的香肠食物中毒")
    third = of_batch("l20261101", "+8613800138003")

    if together:
        found = await alarms(engine, [first, second, third])
    else:
        found = []
        for place, each in enumerate((first, second, third)):
            found += await alarms(engine, [each], first_offset=place)

    assert [one.batch is not None for one in found] == [False, True, False]
    batch = found[1].batch
    assert batch is not None
    assert batch.complaint_ids == (first.complaint_id, second.complaint_id)
    assert batch.tracking_numbers == (first.tracking_number, second.tracking_number)
    assert (batch.by, batch.due_at) == ("batch", NOON + timedelta(hours=4))


async def test_two_workers_at_once_ask_once_for_each_batch_and_none_waits_for_ever(engine: AsyncEngine) -> None:
    numbers = [f"L{number}" for number in range(100, 120)]
    ours = [of_batch(number, "+8613800138001") for number in numbers]
    theirs = [of_batch(number, "+8613800138002") for number in reversed(numbers)]

    found = await asyncio.gather(alarms(engine, ours), alarms(engine, theirs, first_offset=100))

    asked = [one.batch.complaint_ids for some in found for one in some if one.batch is not None]
    assert (len(asked), len(set(asked))) == (20, 20)


async def test_the_same_complaint_on_two_partitions_at_once_alarms_once(engine: AsyncEngine) -> None:
    one = ill()
    grown = one.model_copy(update={"revision": 2})

    found = await asyncio.gather(alarms(engine, [one]), alarms(engine, [grown], first_offset=100))

    assert sum(map(len, found)) == 1


async def test_one_person_writing_twice_is_one_case(engine: AsyncEngine) -> None:
    found = await alarms(engine, [of_batch("L20261101", "+8613800138001"), of_batch("L20261101", "+8613800138001")])

    assert [one.batch for one in found] == [None, None]


async def test_one_number_of_two_products_or_of_long_ago_is_another_batch(engine: AsyncEngine) -> None:
    milk = Stated(batch_no="20261101", product="纯牛奶")
    sausage = Stated(batch_no="20261101", product="香肠")
    old = of_batch("B777", "+8613800138004", received_at=NOON - timedelta(days=31))

    found = await alarms(
        engine,
        [
            ill(phone="+8613800138001", stated=milk),
            ill(phone="+8613800138002", stated=sausage),
            old,
            of_batch("B777", "+8613800138005"),
        ],
    )

    assert [one.batch for one in found] == [None] * 4


async def test_without_a_batch_number_product_and_store_stand_for_it(engine: AsyncEngine) -> None:
    place = Stated(product="卤牛肉", store="万达店")
    elsewhere = Stated(product="卤牛肉", store="人民路店")

    found = await alarms(
        engine,
        [
            ill(phone="+8613800138001", stated=place),
            ill(phone="+8613800138002", stated=elsewhere),
            ill(phone="+8613800138003", stated=place),
        ],
    )

    assert [one.batch.by if one.batch else None for one in found] == [None, None, "product-store"]


async def test_a_decision_that_was_lost_before_the_log_took_it_is_written_again_as_it_was(engine: AsyncEngine) -> None:
    pair = [of_batch("L1101", "+8613800138001"), of_batch("L1101", "+8613800138002")]
    items = [incoming(record, number, at=NOON) for number, record in enumerate(pair)]

    first = await run_batch(stage(), engine, items)
    again = await run_batch(stage(), engine, items)

    assert first == again
