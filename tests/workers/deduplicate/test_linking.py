"""Duplicate, follow-up, repeat, suspected and co-victim are told apart, on a real database."""

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Proof, Referral, Sender, Stated
from tests.workers.deduplicate.pieces import linking_stage
from tests.workers.pieces import NOON, complaint, decide, rows
from workers.deduplicate.stage import Placed

pytestmark = pytest.mark.services
STAGE = linking_stage()
PHONE, MAIL, OPENID = "+8613800138000", "li@customers.example", "oLi0123456789"
SMOKE = "周六在你们店里买的电饭煲，第二天煮饭的时候就冒烟了，质量太差，要求退货"
SMOKE_AGAIN = "嗯我周六买的那个电饭煲第二天煮饭就冒烟了质量太差我要求退货"
PARCEL = "快递员把包裹扔在楼下淋了雨，箱子都破了，打电话也不接"


def told(text: str, days: float = 0, *, proofs: Sequence[str] = (), **fields: Any) -> Complaint:
    """A complaint so many days after noon by a sender with these identifiers."""
    sender = Sender(
        name=fields.pop("name", None),
        phones=fields.pop("phones", ()),
        emails=fields.pop("emails", ()),
        openid=fields.pop("openid", None),
        proofs=dict.fromkeys(proofs, Proof.CHANNEL),
    )
    return complaint(text=text, received_at=NOON + timedelta(days=days), sender=sender, **fields)


async def placed(engine: AsyncEngine, *records: Complaint) -> list[Placed]:
    """Decide each record in a batch of its own."""
    return [(await decide(engine, STAGE, record))[0] for record in records]


async def test_the_same_incident_told_on_another_channel_is_a_duplicate_with_reasons(engine: AsyncEngine) -> None:
    form = told(SMOKE, phones=(PHONE,), emails=(MAIL,))
    call = told(SMOKE_AGAIN, 1, phones=("138 0013 8000",), channel="phone")

    one, two = await placed(engine, form, call)

    assert (two.verdict, two.of, two.case_id) == ("duplicate", form.complaint_id, one.case_id)
    assert 0.8 <= two.score <= 1
    assert {"identity_unproven", "text"} <= {each.rule for each in two.evidence}


async def test_a_person_is_known_again_by_what_an_earlier_complaint_gave_together(engine: AsyncEngine) -> None:
    both = told(PARCEL, -40, phones=(PHONE,), openid=OPENID, proofs=(PHONE, OPENID))
    chat = told(SMOKE, openid=OPENID, proofs=(OPENID,))
    call = told(SMOKE_AGAIN, 1, phones=(PHONE,), proofs=(PHONE,))

    _, one, two = await placed(engine, both, chat, call)

    assert (two.verdict, two.case_id) == ("duplicate", one.case_id)
    assert (two.disclosable, "identity_known" in {each.rule for each in two.evidence}) == (False, True)


@pytest.mark.parametrize(
    "words", ["怎么还没处理？都三天了", "照片补上", "any news on my complaint?", "上次反映的问题有进展了吗"]
)
async def test_who_asks_for_news_or_adds_something_follows_up(engine: AsyncEngine, words: str) -> None:
    first = told(SMOKE, openid=OPENID)

    one, two = await placed(engine, first, told(words, 3, openid=OPENID))

    assert (two.verdict, two.case_id, two.case_seq) == ("follow_up", one.case_id, 2)


async def test_who_asks_for_news_with_a_masked_telephone_is_believed_where_it_leads_to_one_case(
    engine: AsyncEngine,
) -> None:
    first = told(SMOKE, phones=(PHONE,), name="李娜")
    asks = told("怎么还没处理？", 3, phones=("138****8000",), name="李女士")
    other = told("怎么还没处理？", 4, phones=("138****8000",), name="王女士")

    one, two, three = await placed(engine, first, asks, other)

    assert (two.verdict, two.case_id, two.disclosable) == ("follow_up", one.case_id, False)
    assert three.case_id != one.case_id


async def test_who_says_that_it_happened_again_repeats_although_he_names_the_earlier_complaint(
    engine: AsyncEngine,
) -> None:
    again = (
        "之前投诉过一回，这次又遇到，" + SMOKE + "，上次答应给我换新的，到现在也没有换，太让人失望了，我要求退货赔偿"
    )

    one, two = await placed(engine, told(SMOKE, openid=OPENID), told(again, 6, openid=OPENID))

    assert (two.verdict, two.repeat_count, two.case_id == one.case_id) == ("repeat", 2, False)


async def test_nobody_follows_up_the_case_of_somebody_else(engine: AsyncEngine) -> None:
    first = told(SMOKE, openid=OPENID)

    _, two = await placed(engine, first, told("怎么还没处理？", 3, openid="oWu0123456789"))

    assert two.verdict == "new"


async def test_the_same_problem_with_another_order_is_a_repeat_that_is_counted(engine: AsyncEngine) -> None:
    first = told(SMOKE, phones=(PHONE,), stated=Stated(order_no="A1234567"))
    second = told(SMOKE, 5, phones=(PHONE,), stated=Stated(order_no="B1234567"))
    third = told(SMOKE, 60, phones=(PHONE,), stated=Stated(order_no="C1234567"))

    one, two, three = await placed(engine, first, second, third)

    assert [each.verdict for each in (two, three)] == ["repeat", "repeat"]
    assert [each.repeat_count for each in (one, two, three)] == [None, 2, 3]
    assert len({each.case_id for each in (one, two, three)}) == 3


async def test_another_problem_of_the_same_person_is_new(engine: AsyncEngine) -> None:
    _, two = await placed(engine, told(SMOKE, phones=(PHONE,)), told(PARCEL, 2, phones=(PHONE,)))

    assert (two.verdict, two.of) == ("new", None)


async def test_what_may_be_either_is_a_question_for_a_person(engine: AsyncEngine) -> None:
    first = told("电饭煲坏了，质量问题，第一次煮饭就冒烟", phones=(PHONE,))
    maybe = told("买的电饭煲质量有问题，插上电没有反应，小票还在", 7, phones=(PHONE,))

    one, two = await placed(engine, first, maybe)

    assert two.verdict in {"suspected", "new"}
    assert two.case_id != one.case_id


async def test_other_people_with_the_same_batch_product_and_store_are_never_merged(engine: AsyncEngine) -> None:
    goods = Stated(batch_no="B202611", product="电饭煲", store="万达店", event_date="2026-10-31")
    victims = [told(SMOKE, phones=(f"+86138001380{number:02}",), stated=goods) for number in range(10, 16)]

    decided = await placed(engine, *victims)

    assert [one.verdict for one in decided] == ["new"] * 6
    assert len({one.case_id for one in decided}) == 6


async def test_a_stores_telephone_that_clerks_give_for_everybody_links_nobody(engine: AsyncEngine) -> None:
    desk = "+8657188881234"
    for number in range(5):
        await decide(engine, STAGE, told(PARCEL, -5, phones=(desk,), emails=(f"{number}@x.example",)))

    one, two = await placed(
        engine,
        told(SMOKE, phones=(desk,), emails=("a@x.example",)),
        told(SMOKE_AGAIN, 1, phones=(desk,), emails=("b@x.example",)),
    )

    assert (two.verdict, two.case_id == one.case_id) == ("new", False)
    assert await rows(engine, "SELECT kind FROM person_identifiers WHERE shared") == [("landline",)]


async def test_a_masked_telephone_with_name_and_words_finds_the_complaint(engine: AsyncEngine) -> None:
    first = told(SMOKE, phones=(PHONE,), name="李娜", stated=Stated(product="电饭煲", store="万达店"))
    masked = told(SMOKE_AGAIN, 1, phones=("138****8000",), name="李娜", stated=Stated(product="电饭煲"))
    by_chance = told(PARCEL, 1, phones=("138****8000",), name="王强")

    one, two, three = await placed(engine, first, masked, by_chance)

    assert (two.verdict, two.case_id) == ("duplicate", one.case_id)
    assert three.verdict == "new"


async def test_a_referral_about_a_customers_complaint_is_suspected_and_its_number_is_one_referral(
    engine: AsyncEngine,
) -> None:
    first = told(SMOKE, phones=(PHONE,))
    referral = told(SMOKE, 2, phones=(PHONE,), referral=Referral(number="440123", kind="complaint"))
    again = told("催办：" + SMOKE, 4, phones=(PHONE,), referral=Referral(number="440123", kind="complaint"))

    one, two, three = await placed(engine, first, referral, again)

    assert (two.verdict, two.of, two.case_id == one.case_id) == ("suspected", first.complaint_id, False)
    assert (three.verdict, three.case_id) == ("duplicate", two.case_id)


async def test_a_case_that_fits_two_says_so(engine: AsyncEngine) -> None:
    by_phone = told(SMOKE, phones=(PHONE,))
    by_mail = told(SMOKE, emails=(MAIL,))
    both = told(SMOKE, 1, phones=(PHONE,), emails=(MAIL,))

    one, two, three = await placed(engine, by_phone, by_mail, both)

    assert three.case_id in {one.case_id, two.case_id}
    [note] = [each for each in three.evidence if each.rule == "also-another-case"]
    other, its_case = (by_mail, two) if three.case_id == one.case_id else (by_phone, one)
    chinese, english = (note.detail or "").split(" / ")
    named = (str(its_case.case_id), str(other.complaint_id))
    assert all(word in chinese for word in (*named, "可能是同一件事"))
    assert all(word in english for word in (*named, "may be the same incident"))


async def test_pairs_that_identifiers_decide_are_in_one_case_whichever_comes_first(engine: AsyncEngine) -> None:
    people = [(f"+8613800139{number:03}", f"{number}@x.example") for number in range(6)]
    given = [
        told(text, days, phones=(phone,), emails=(mail,), proofs=(phone, mail))
        for phone, mail in people
        for text, days in ((SMOKE, 0), (SMOKE_AGAIN, 1), ("怎么还没处理？", 3))
    ]
    random.Random(5).shuffle(given)

    decided = await placed(engine, *given)

    cases = {record.sender.phones[0]: set() for record in given if record.sender}  # type: ignore[var-annotated]
    for record, one in zip(given, decided, strict=True):
        assert record.sender
        cases[record.sender.phones[0]].add(one.case_id)
    assert [len(of_person) for of_person in cases.values()] == [1] * 6


async def test_prints_and_identity_tables_hold_nothing_of_a_person(engine: AsyncEngine) -> None:
    await placed(
        engine, told(SMOKE + "，我的电话13900139000", name="李娜", phones=(PHONE,), emails=(MAIL,), openid=OPENID)
    )

    tables = ("complaint_prints", "persons", "person_identifiers", "person_merges", "link_keys", "case_members")
    stored = "".join([str(await rows(engine, f"SELECT * FROM {table}")) for table in tables])  # noqa: S608
    assert not any(word in stored for word in ("李娜", "13800138000", "13900139000", MAIL, OPENID, "电饭煲"))


async def test_one_order_that_gives_another_trouble_is_a_question_for_a_person(engine: AsyncEngine) -> None:
    order = Stated(order_no="A1234567")

    one, two = await placed(
        engine, told(SMOKE, phones=(PHONE,), stated=order), told(PARCEL, 6, phones=(PHONE,), stated=order)
    )

    assert (two.verdict, two.case_id == one.case_id) == ("suspected", False)


async def test_a_couriers_telephone_in_two_texts_makes_nobody_the_same_person(engine: AsyncEngine) -> None:
    courier = PARCEL + "，快递员的号是13700137000"
    mine = PARCEL + "，我的电话13600136000"

    _, two, three, four = await placed(
        engine,
        told(courier, emails=("a@x.example",)),
        told(courier, 1, openid="oWu0123456789"),
        told(mine, 30, emails=("b@x.example",)),
        told(mine, 31, openid=OPENID),
    )

    assert (two.verdict, four.verdict) == ("new", "duplicate")
    assert four.case_id == three.case_id
