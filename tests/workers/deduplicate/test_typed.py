"""Who types a telephone and an order number need not be their owner: with another name or mail a person decides."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Proof, Sender, Stated
from tests.workers.deduplicate.pieces import emitted, linking_stage
from tests.workers.pieces import NOON, complaint, decide
from workers.deduplicate.stage import Placed

pytestmark = pytest.mark.services
STAGE = linking_stage()
PHONE, MAIL, OTHER = "+8613800138000", "li@customers.example", "wu@elsewhere.example"
ORDER = Stated(order_no="A12345678")
SMOKE = "周六在你们店里买的电饭煲，第二天煮饭的时候就冒烟了，质量太差，要求退货"
PARTED = "unproven-other-sender"
STRANGERS: list[dict[str, Any]] = [
    {"phones": (PHONE,), "emails": (OTHER,)},
    {"phones": (PHONE,), "emails": (OTHER,), "proofs": (OTHER,)},
    {"phones": (PHONE,), "name": "吴强"},
    {"phones": (PHONE,), "name": "吴先生"},
    {"phones": ("138 0013 8000",), "emails": (OTHER,), "name": "李娜"},
]
by_stranger = pytest.mark.parametrize("stranger", STRANGERS)


def told(text: str, days: float = 0, *, proofs: Sequence[str] = (), **fields: Any) -> Complaint:
    """A complaint so many days after noon by a sender with these identifiers."""
    given = {name: fields.pop(name) for name in ("name", "phones", "emails", "openid") if name in fields}
    sender = Sender(**given, proofs=dict.fromkeys(proofs, Proof.CHANNEL))
    return complaint(text=text, received_at=NOON + timedelta(days=days), sender=sender, **fields)


async def placed(engine: AsyncEngine, *records: Complaint) -> list[Placed]:
    """Decide each record in a batch of its own."""
    return [(await decide(engine, STAGE, record))[0] for record in records]


@by_stranger
@pytest.mark.parametrize("proofs", [(), (PHONE, MAIL)])
async def test_a_victims_telephone_and_order_with_another_name_or_mail_ask_a_person(
    engine: AsyncEngine, stranger: dict[str, Any], proofs: Sequence[str]
) -> None:
    victim = told(SMOKE, phones=(PHONE,), emails=(MAIL,), name="李娜", stated=ORDER, proofs=proofs)
    typed = told(SMOKE, 1, stated=ORDER, **stranger)

    one, two = await placed(engine, victim, typed)

    assert (two.verdict, two.of, two.case_id == one.case_id) == ("suspected", victim.complaint_id, False)
    assert PARTED in {each.rule for each in two.evidence}
    link = emitted(typed, two).link
    assert (bool(link.disclosable), bool(link.same_recipient)) == (False, False)


@by_stranger
@pytest.mark.parametrize("words", [SMOKE, "怎么还没处理？都三天了"])
async def test_without_an_order_a_typed_telephone_with_another_name_or_mail_joins_nothing_either(
    engine: AsyncEngine, stranger: dict[str, Any], words: str
) -> None:
    victim = told(SMOKE, phones=(PHONE,), emails=(MAIL,), name="李娜")

    one, two = await placed(engine, victim, told(words, 1, **stranger))

    assert (two.verdict, two.of, two.case_id == one.case_id) == ("suspected", victim.complaint_id, False)
    assert PARTED in {each.rule for each in two.evidence}


async def test_the_owner_who_comes_after_the_stranger_is_not_drawn_into_his_case(engine: AsyncEngine) -> None:
    stranger = told(SMOKE, phones=(PHONE,), emails=(OTHER,), stated=ORDER)
    owner = told(SMOKE, 1, phones=(PHONE,), emails=(MAIL,), stated=ORDER, proofs=(PHONE, MAIL))

    one, two = await placed(engine, stranger, owner)

    assert (two.verdict, two.case_id == one.case_id) == ("suspected", False)


@pytest.mark.parametrize(
    "same",
    [
        {"phones": (PHONE,)},
        {"phones": (PHONE,), "name": "李女士"},
        {"phones": (PHONE,), "emails": (MAIL,)},
        {"phones": (PHONE,), "emails": (OTHER, MAIL), "name": "李娜"},
        {"phones": (PHONE,), "name": "李小姐", "openid": "oLi0123456789"},
    ],
)
async def test_a_typed_telephone_that_nothing_speaks_against_still_joins(
    engine: AsyncEngine, same: dict[str, Any]
) -> None:
    first = told(SMOKE, phones=(PHONE,), emails=(MAIL,), name="李娜", stated=ORDER)

    one, two = await placed(engine, first, told(SMOKE, 1, stated=ORDER, **same))

    assert (two.verdict, two.case_id) == ("duplicate", one.case_id)


async def test_a_mailbox_that_clerks_give_for_everybody_is_no_other_mail(engine: AsyncEngine) -> None:
    desk = "desk@shop.example"
    for number in range(5):
        await decide(engine, STAGE, told("收银员骂人", -9, phones=(f"+86139001390{number:02}",), emails=(desk,)))

    one, two = await placed(
        engine,
        told(SMOKE, phones=(PHONE,), emails=(MAIL,), stated=ORDER),
        told(SMOKE, 1, phones=(PHONE,), emails=(desk,), stated=ORDER),
    )

    assert (two.verdict, two.case_id) == ("duplicate", one.case_id)


async def test_a_telephone_proven_on_both_sides_joins_whatever_else_is_typed(engine: AsyncEngine) -> None:
    first = told(SMOKE, phones=(PHONE,), emails=(MAIL,), stated=ORDER, proofs=(PHONE,))

    one, two = await placed(engine, first, told(SMOKE, 1, phones=(PHONE,), emails=(OTHER,), proofs=(PHONE,)))

    assert (two.verdict, two.case_id, two.disclosable) == ("duplicate", one.case_id, True)


async def test_a_typed_telephone_does_not_make_a_strangers_mail_its_owners_for_later(engine: AsyncEngine) -> None:
    victim = told(SMOKE, phones=(PHONE,), emails=(MAIL,), stated=ORDER, proofs=(PHONE, MAIL))
    typed = told("快递员把包裹扔在楼下淋了雨", 1, phones=(PHONE,), emails=(OTHER,), proofs=(OTHER,))
    later = told("电饭煲冒烟的事怎么还没处理", 2, emails=(OTHER,), proofs=(OTHER,))

    one, two, three = await placed(engine, victim, typed, later)

    assert one.case_id not in {two.case_id, three.case_id}


async def test_what_fits_the_strangers_own_case_goes_there_and_tells_nothing_of_another(engine: AsyncEngine) -> None:
    victim = told(SMOKE, phones=(PHONE,), emails=(MAIL,), stated=ORDER, proofs=(PHONE, MAIL))
    own = told(SMOKE, 0.5, emails=(OTHER,), proofs=(OTHER,))
    typed = told(SMOKE, 1, phones=(PHONE,), emails=(OTHER,), proofs=(OTHER,), stated=ORDER)

    _, two, three = await placed(engine, victim, own, typed)

    assert (three.verdict, three.case_id) == ("duplicate", two.case_id)
