"""A telephone that a text names may be anybody's: alone it decides nothing, and the sender's own goes before it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Complaint, Proof, Sender
from tests.workers.deduplicate.pieces import linking_stage
from tests.workers.pieces import NOON, complaint, decide
from workers.deduplicate.stage import Placed

pytestmark = pytest.mark.services
STAGE = linking_stage()
PHONE, STRANGER = "+8613800138000", "wu@elsewhere.example"
SMOKE = "周六在你们店里买的电饭煲，第二天煮饭的时候就冒烟了，质量太差，要求退货"
NAMES = [SMOKE + "，可以问13800138000", SMOKE + "，联系电话13800138000"]


def told(text: str, days: float = 0, *, proofs: Sequence[str] = (), **fields: Any) -> Complaint:
    """A complaint so many days after noon by a sender with these identifiers."""
    given = {name: fields.pop(name) for name in ("phones", "emails") if name in fields}
    sender = Sender(**given, proofs=dict.fromkeys(proofs, Proof.CHANNEL))
    return complaint(text=text, received_at=NOON + timedelta(days=days), sender=sender, **fields)


async def placed(engine: AsyncEngine, *records: Complaint) -> list[Placed]:
    """Decide each record in a batch of its own."""
    return [(await decide(engine, STAGE, record))[0] for record in records]


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("proofs", [(), (PHONE,)])
async def test_who_asks_for_news_gets_to_his_own_case_though_a_later_text_names_his_telephone(
    engine: AsyncEngine, names: str, proofs: Sequence[str]
) -> None:
    own = told("快递员把包裹扔在楼下淋了雨，箱子都破了", phones=(PHONE,), proofs=proofs)
    strangers = told(names, 1, emails=(STRANGER,), proofs=(STRANGER,))
    news = told("电饭煲冒烟的事怎么还没处理", 2, phones=(PHONE,), proofs=proofs)

    one, two, three = await placed(engine, own, strangers, news)

    assert two.case_id != one.case_id
    assert (three.verdict, three.case_id) == ("follow_up", one.case_id)


@pytest.mark.parametrize("names", NAMES)
async def test_the_same_told_again_goes_to_the_own_case_before_one_that_only_names_the_telephone(
    engine: AsyncEngine, names: str
) -> None:
    strangers = told(names, emails=(STRANGER,), proofs=(STRANGER,))
    own = told("电饭煲煮饭冒烟，要求退货", 8, phones=(PHONE,), channel="phone")
    again = told(SMOKE, 9, phones=(PHONE,))

    _, one, two = await placed(engine, strangers, own, again)

    assert two.case_id == one.case_id


@pytest.mark.parametrize("words", ["怎么还没处理？都三天了", SMOKE])
async def test_a_telephone_that_a_text_only_mentions_joins_nobody(engine: AsyncEngine, words: str) -> None:
    mentions = told(NAMES[0], emails=(STRANGER,))
    owner = told(words, 1, phones=(PHONE,))

    one, two = await placed(engine, mentions, owner)

    assert two.verdict in {"new", "suspected"}
    assert two.case_id != one.case_id


@pytest.mark.parametrize("words", ["怎么还没处理？可以问13800138000", NAMES[0]])
async def test_who_only_mentions_the_telephone_of_somebody_gets_into_no_case_of_his(
    engine: AsyncEngine, words: str
) -> None:
    one, two = await placed(engine, told(SMOKE, phones=(PHONE,)), told(words, 1, emails=(STRANGER,)))

    assert two.verdict in {"new", "suspected"}
    assert two.case_id != one.case_id
