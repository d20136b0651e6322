"""A tracking number that somebody writes leads to its case for the same person, and to a question for anybody else."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, Complaint, Proof, Referral, Sender, Stated
from tests.workers.deduplicate.pieces import emitted, linking_stage
from tests.workers.pieces import NOON, complaint, decide
from workers.deduplicate.quoting import quoted_numbers
from workers.deduplicate.stage import Placed

STAGE = linking_stage()
PHONE, MAIL, OPENID = "+8613800138000", "li@customers.example", "oLi0123456789"
SMOKE = "周六在你们店里买的电饭煲，第二天煮饭的时候就冒烟了，质量太差，要求退货"
NUMBER = "Y54B-DBDC-SQF6-T"
OWN, OTHERS = "quotes-own-number", "quotes-number-of-other"


def told(text: str, days: float = 0, *, proofs: Sequence[str] = (), **fields: Any) -> Complaint:
    """A complaint so many days after noon by a sender with these identifiers."""
    given = {name: fields.pop(name) for name in ("name", "phones", "emails", "openid") if name in fields}
    sender = Sender(**given, proofs=dict.fromkeys(proofs, Proof.CHANNEL))
    return complaint(text=text, received_at=NOON + timedelta(days=days), sender=sender, **fields)


def asks(of: Complaint, days: float = 3, **fields: Any) -> Complaint:
    """Somebody asks for news and writes the number of a complaint."""
    return told(f"我的编号 {of.tracking_number} 怎么样了", days, **fields)


async def placed(engine: AsyncEngine, *records: Complaint) -> list[Placed]:
    """Decide each record in a batch of its own."""
    return [(await decide(engine, STAGE, record))[0] for record in records]


def rules(of: Placed) -> list[str]:
    """The rules of its evidence."""
    return [one.rule for one in of.evidence]


@pytest.mark.parametrize(
    "written",
    [
        f"我的编号 {NUMBER} 怎么样了",
        "编号:y54b-dbdc-sqf6-t",
        "编号Y54BDBDCSQF6T处理了吗",
        "编号 Y54B DBDC SQF6 T",
        "编号Ｙ５４Ｂ－ＤＢＤＣ－ＳＱＦ６－Ｔ",
        "Y54B–DBDC–SQF6–T",
        "y 5 4 b d b d c s q f 6 t",
        f"see https://support.example/track/{NUMBER}?lang=en",
        f"where is Y54B-DBDC-SQF6-T?\n{NUMBER}",
    ],
)
def test_a_number_is_found_however_people_write_it(written: str) -> None:
    [quoted] = quoted_numbers(written)

    assert quoted.number == NUMBER
    assert written[quoted.start or 0] in "yYＹ"


@pytest.mark.parametrize(
    "written",
    [
        "Y54B-DBDC-SQF6-X",
        "Y54B-DBDC-SQF7-T",
        "AY54B-DBDC-SQF6-T",
        "Y54B-DBDC-SQF6-T2",
        "Y54B-DBDC-SQF6",
        f"CT-K1{NUMBER}XXXXXXXXXXXX".replace("-", ""),
        "communication",
        "",
    ],
)
def test_what_is_no_number_of_ours_is_nothing(written: str) -> None:
    assert quoted_numbers(written) == ()


def test_a_text_full_of_numbers_costs_no_more_than_a_few() -> None:
    numbers = [complaint(f"{place}").tracking_number for place in range(50)]

    assert [one.number for one in quoted_numbers(" ".join(numbers))] == numbers[:3]


@pytest.mark.services
@pytest.mark.parametrize(
    "sender",
    [
        {"phones": (PHONE,)},
        {"phones": ("138 0013 8000",), "proofs": ("138 0013 8000",), "channel": "phone", "entry": "sms"},
        {"emails": (MAIL,), "proofs": (MAIL,), "channel": "email"},
        {"openid": OPENID, "proofs": (OPENID,), "channel": "wechat"},
    ],
)
async def test_who_writes_the_number_of_his_complaint_follows_it_up(
    engine: AsyncEngine, sender: dict[str, Any]
) -> None:
    first = told(SMOKE, phones=(PHONE,), emails=(MAIL,), openid=OPENID, proofs=(OPENID,))
    news = asks(first, 50, **sender)

    one, two = await placed(engine, first, news)

    assert (two.verdict, two.of, two.case_id) == ("follow_up", first.complaint_id, one.case_id)
    [why] = [each for each in two.evidence if each.rule == OWN]
    assert news.text[why.start : why.end] == first.tracking_number


@pytest.mark.services
async def test_a_number_in_a_subject_is_read_and_one_case_of_several_is_the_one_named(engine: AsyncEngine) -> None:
    first, second = told(SMOKE, emails=(MAIL,)), told("快递员把包裹扔在楼下淋了雨", 1, emails=(MAIL,))
    news = told("有结果了吗", 2, emails=(MAIL,), subject=f"关于 {first.tracking_number}", channel="email")

    one, _, three = await placed(engine, first, second, news)

    assert (three.verdict, three.case_id) == ("follow_up", one.case_id)


@pytest.mark.services
@pytest.mark.parametrize(
    "stranger",
    [
        {},
        {"emails": ("wu@elsewhere.example",), "proofs": ("wu@elsewhere.example",)},
        {"openid": "oWu0123456789", "proofs": ("oWu0123456789",)},
        {"phones": (PHONE,), "emails": ("wu@elsewhere.example",)},
        {"phones": (PHONE,), "name": "吴强"},
    ],
)
async def test_a_stranger_who_knows_a_number_is_a_question_for_a_person_and_learns_nothing(
    engine: AsyncEngine, stranger: dict[str, Any]
) -> None:
    first = told(SMOKE, phones=(PHONE,), emails=(MAIL,), name="李娜")
    asked = asks(first, **stranger)

    one, two = await placed(engine, first, asked)

    assert (two.verdict, two.of, two.case_id == one.case_id) == ("suspected", first.complaint_id, False)
    assert OTHERS in rules(two)
    link = emitted(asked, two).link
    assert (bool(link.disclosable), bool(link.same_recipient)) == (False, False)


@pytest.mark.services
async def test_a_strangers_own_case_takes_his_message_whether_or_not_a_number_that_he_guesses_exists(
    engine: AsyncEngine,
) -> None:
    chat: dict[str, Any] = {"openid": "oWu0123456789", "channel": "wechat", "entry": "chat", "account": "shop"}
    victim, own = told(SMOKE, phones=(PHONE,)), told("快递员把包裹扔在楼下淋了雨", **chat)
    unknown = complaint(text="nobody has sent this")

    _, two, three, four = await placed(engine, victim, own, asks(unknown, 0.005, **chat), asks(victim, 0.01, **chat))

    assert [each.verdict for each in (three, four)] == ["follow_up", "follow_up"]
    assert {three.case_id, four.case_id} == {two.case_id}
    assert (OTHERS in rules(three), OTHERS in rules(four)) == (False, True)


@pytest.mark.services
async def test_an_unknown_number_and_that_of_a_report_or_a_machine_lead_nowhere(engine: AsyncEngine) -> None:
    unknown = complaint(text="nobody has sent this")
    sealed = told(SMOKE, phones=(PHONE,), sealed=True)
    report = told(SMOKE, phones=(PHONE,), referral=Referral(number="440123", kind="report"), sealed=True)
    machine = told("我在休假", emails=(MAIL,), automatic=Automatic(is_automatic=True, kind="auto-reply"))

    given = (unknown, sealed, report, machine)
    numbers = [asks(each, emails=(f"{place}@elsewhere.example",)) for place, each in enumerate(given)]
    decided = await placed(engine, *given[1:], *numbers)

    assert [(each.verdict, each.of, each.evidence) for each in decided[3:]] == [("new", None, ())] * 4


@pytest.mark.services
async def test_who_writes_his_number_and_tells_of_another_order_is_asked_about(engine: AsyncEngine) -> None:
    first = told(SMOKE, phones=(PHONE,), stated=Stated(order_no="A1234567"))
    other = asks(first, phones=(PHONE,), stated=Stated(order_no="B7654321"))

    one, two = await placed(engine, first, other)

    assert (two.verdict, two.case_id == one.case_id) == ("suspected", False)


@pytest.mark.services
async def test_a_number_behind_the_label_of_an_order_is_no_order(engine: AsyncEngine) -> None:
    first = told(SMOKE, phones=(PHONE,), stated=Stated(order_no="A1234567"))
    asked = told(f"投诉单号：{first.tracking_number}，请问进展", 2, phones=(PHONE,))

    one, two = await placed(engine, first, asked)

    assert (two.verdict, two.case_id) == ("follow_up", one.case_id)


@pytest.mark.services
async def test_a_referral_that_quotes_a_number_is_linked_and_never_merged(engine: AsyncEngine) -> None:
    first = told(SMOKE, phones=(PHONE,))
    referral = asks(first, phones=(PHONE,), referral=Referral(number="440123", kind="complaint"))

    one, two = await placed(engine, first, referral)

    assert (two.verdict, two.of, two.case_id == one.case_id) == ("suspected", first.complaint_id, False)


@pytest.mark.services
async def test_a_number_is_known_within_the_batch_that_brings_its_complaint(engine: AsyncEngine) -> None:
    first = told(SMOKE, phones=(PHONE,))

    one, two = await decide(engine, STAGE, first, asks(first, 0.1, phones=(PHONE,)))

    assert (two.verdict, two.case_id) == ("follow_up", one.case_id)
