"""Other customers with the same trouble are counted once each, exactly, and nobody is merged."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, Complaint, Proof, Sender, Stated
from schemas.policy.clusters import ClusterRule, QuickNotice
from tests.workers.deduplicate import pieces
from tests.workers.pieces import NOON, complaint, decide, rows
from workers.deduplicate import ClusterRules

pytestmark = pytest.mark.services
DAY = timedelta(days=1)
PHONE, OPENID = "13800138000", "oLi0123456789"
BATCH = ClusterRule(by="batch", at_least=3, within_days=7, cap=5)
PLACE = ClusterRule(by="product-store", at_least=2, within_days=7)
NOTICE = QuickNotice(
    number="KC-7", batch="B2026-07", handle="直接换货", signed_by=("供应链", "客服", "财务"),
    valid_from=date(2026, 11, 1), valid_to=date(2026, 11, 30), copies=("procurement",),
)  # fmt: skip
STAGE = replace(pieces.STAGE, clusters=ClusterRules((BATCH, PLACE), (NOTICE,)))


def about(
    customer: int, batch: str | None = "L20261101", *, after: timedelta = timedelta(), **fields: Any
) -> Complaint:
    """A customer's complaint about a batch, in words of its own."""
    stated = fields.pop("stated", Stated(batch_no=batch))
    sender = Sender(phones=(f"1380000{customer:04}",))
    words = f"第{customer}位顾客自己的话" * 3
    return complaint(text=words, sender=sender, stated=stated, received_at=NOON + after, **fields)


async def seen(engine: AsyncEngine, *records: Complaint) -> list[tuple[int, bool, bool] | None]:
    """Size, systemic and reached of the cluster of each, decided in one batch."""
    placed = await decide(engine, STAGE, *records)
    return [(one.cluster.size, one.cluster.systemic, one.cluster.reached) if one.cluster else None for one in placed]


async def test_customers_with_one_batch_are_counted_and_the_number_of_the_pack_makes_it_systemic(
    engine: AsyncEngine,
) -> None:
    found = await seen(engine, *map(about, range(4)))

    assert found == [None, (2, False, False), (3, True, True), (4, True, False)]
    assert await rows(engine, "SELECT count(DISTINCT case_id) FROM case_members") == [(4,)]


async def test_the_same_customer_again_is_no_second_victim(engine: AsyncEngine) -> None:
    found = await seen(engine, about(1), about(1, after=DAY), about(2), about(2, after=2 * DAY))

    assert [one and one[0] for one in found] == [None, None, 2, 2]


def by_person(number: int, *, days: float = 0, text: str = "", **given: Any) -> Complaint:
    """A complaint about the batch by a sender with these identifiers, all of them proven."""
    sender = Sender(**given)
    proven = (*sender.phones, *sender.emails, *filter(None, (sender.openid,)))
    sender = sender.model_copy(update={"proofs": dict.fromkeys(proven, Proof.CHANNEL)})
    words = text or f"第{number}次说的是另外一件事情" * 3
    at = NOON + timedelta(days=days)
    return complaint(text=words, sender=sender, stated=Stated(batch_no="L20261101"), received_at=at)


async def test_a_person_who_complains_by_chat_and_by_telephone_is_counted_once(engine: AsyncEngine) -> None:
    first = by_person(1, phones=(PHONE,), openid=OPENID, days=-40)
    chat, call = by_person(2, openid=OPENID), by_person(3, phones=(PHONE,), days=1)

    found = [(await seen(engine, one))[0] for one in (first, chat, call, by_person(4, emails=("wu@x.example",)))]

    assert [one and one[0] for one in found] == [None, None, None, 2]


async def test_a_telephone_that_a_chat_calls_its_writers_own_is_the_same_customer_as_the_call(
    engine: AsyncEngine,
) -> None:
    stage = replace(pieces.linking_stage(), clusters=STAGE.clusters)
    chat = by_person(1, openid=OPENID, text="牛奶是酸的，喝了一口就吐了，我电话13800138000")
    call = by_person(2, phones=(PHONE,), days=1, text="包装破了漏了一地，批号一样")

    placed = [(await decide(engine, stage, one))[0] for one in (chat, call)]

    assert [one.cluster for one in placed] == [None, None]
    assert len({one.case_id for one in placed}) == 2


@pytest.mark.parametrize("in_one_batch", [True, False])
async def test_customers_who_turn_out_to_be_one_person_are_counted_once_from_then_on(
    engine: AsyncEngine, in_one_batch: bool
) -> None:
    chat, call = by_person(1, openid=OPENID), by_person(2, phones=(PHONE,))
    both, other = by_person(3, phones=(PHONE,), openid=OPENID, days=1), by_person(4, emails=("wu@x.example",), days=1)

    batches = [[chat, call, both, other]] if in_one_batch else [[chat], [call], [both], [other]]
    found = [one for batch in batches for one in await seen(engine, *batch)]

    assert found[-1] == (2, False, False)
    assert await rows(engine, "SELECT size FROM clusters WHERE size > 1") == [(2,)]


async def test_people_at_a_stores_telephone_are_different_customers(engine: AsyncEngine) -> None:
    desk = "057188881234"
    shared = [by_person(n, phones=(desk,), emails=(f"{n}@desk.example",), days=-60) for n in range(6)]
    victims = [by_person(9, phones=(desk,), emails=(f"{n}@x.example",), days=1) for n in range(3)]
    await decide(engine, STAGE, *(one.model_copy(update={"stated": Stated()}) for one in shared))

    found = await seen(engine, *victims)

    assert [one and one[0] for one in found] == [None, 2, 3]


async def test_what_lies_further_apart_than_the_days_of_the_rule_is_not_together(engine: AsyncEngine) -> None:
    found = await seen(engine, about(1), about(2, after=6 * DAY), about(3, after=12 * DAY), about(4, after=30 * DAY))

    assert found == [None, (2, False, False), (3, False, False), None]


async def test_beyond_the_cap_nobody_is_counted_one_by_one(engine: AsyncEngine) -> None:
    await seen(engine, *map(about, range(5)))

    [placed] = await decide(engine, STAGE, about(77))

    assert (placed.cluster.size, placed.cluster.capped, placed.cluster.systemic) == (5, True, True)
    assert "不少于 5 位" in placed.evidence[-1].detail
    assert await rows(engine, "SELECT count(*) FROM cluster_customers") == [(5,)]


async def test_the_same_product_in_the_same_store_is_shared_and_machines_share_nothing(engine: AsyncEngine) -> None:
    place = Stated(product="鲜牛奶 250ml", store="人民路店")
    machine = Automatic(is_automatic=True, reasons=("auto-submitted",))

    found = await seen(
        engine,
        about(1, stated=place),
        about(2, stated=Stated(product="鲜牛奶 250ml", store="中山路店")),
        about(3, stated=place, automatic=machine),
        about(4, stated=place),
    )

    assert found == [None, None, None, (2, True, True)]


async def test_a_revision_keeps_its_cluster_and_counts_nobody(engine: AsyncEngine) -> None:
    one, two = about(1), about(2)
    await seen(engine, one, two)

    found = await seen(engine, two.model_copy(update={"revision": 2}))

    assert found == [(2, False, False)]
    assert await rows(engine, "SELECT size FROM clusters") == [(2,)]


async def test_the_notice_of_a_batch_applies_from_its_first_to_its_last_day(engine: AsyncEngine) -> None:
    during, after = about(1, "b2026 07"), about(2, "B2026-07", after=40 * DAY)

    one, other = await decide(engine, STAGE, during, after)

    assert one.cluster.notice == "KC-7"
    assert "直接换货" in one.evidence[-1].detail
    assert other.cluster is None


async def test_batches_of_one_instant_count_everybody_once_and_one_of_them_reaches_the_number(
    engine: AsyncEngine,
) -> None:
    many = [about(customer, f"L{customer % 3}0261101") for customer in range(30)]
    stage = replace(STAGE, clusters=ClusterRules((BATCH.model_copy(update={"cap": 50}),)))
    forward = [many[start::5] for start in range(5)]

    placed = await asyncio.gather(
        *(decide(engine, stage, *(part if number % 2 else part[::-1])) for number, part in enumerate(forward))
    )

    reached = Counter(one.cluster.cluster_id for part in placed for one in part if one.cluster and one.cluster.reached)
    assert sorted(reached.values()) == [1, 1, 1]
    assert await rows(engine, "SELECT size FROM clusters") == [(10,), (10,), (10,)]
    assert await rows(engine, "SELECT count(*) FROM cluster_customers") == [(30,)]
