"""The index stage on the real database: the newest revision wins, twice is once, sealed ones show nothing."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Referral, Sender, Stated
from tests.workers.index.pieces import index, kept, view

pytestmark = pytest.mark.services
PHONE, NAME, MAIL = "+8613812340001", "欧阳明月", "ming.yue@customers.example"
WHO = Sender(name=NAME, phones=(PHONE,), emails=(MAIL,))


async def test_a_replay_and_a_redelivery_change_nothing(engine: AsyncEngine) -> None:
    records = view("1"), view("2", text="收银员态度恶劣")
    await index(engine, *records)
    before = await kept(engine)

    await index(engine, *records)
    await index(engine, *records, first_offset=10, partition=3)

    assert await kept(engine) == before
    assert len(before) == 2


async def test_the_highest_revision_wins_in_whatever_order_and_batch(engine: AsyncEngine) -> None:
    first, second, third = (view("1", revision=n, text=f"第{n}版") for n in (1, 2, 3))
    await index(engine, second, first)
    await index(engine, third, first_offset=5)
    await index(engine, first, first_offset=9, partition=2)

    [row] = (await kept(engine)).values()
    assert (row.revision, row.text) == (3, "第3版")


async def test_a_sealed_report_is_indexed_without_words_identity_or_numbers(engine: AsyncEngine) -> None:
    sealed = view(
        "1", sealed=True, sender=WHO, subject="举报", text=f"我叫{NAME}，电话13812340001，订单号 202611220077",
        understood={"fields": {"order_no": [{"value": "202611220077", "start": 0, "end": 1}]}},
    )  # fmt: skip
    await index(engine, sealed)

    [row] = (await kept(engine)).values()
    assert row.sealed
    assert (row.text, row.subject, row.contact, row.excerpt, row.order_numbers) == (None, None, "", "", [])
    assert row.terms == "'#c:web' '#k:quality'"


async def test_a_row_that_becomes_sealed_loses_what_it_had(engine: AsyncEngine) -> None:
    await index(engine, view("1", sender=WHO, text="酸奶发霉"))
    await index(engine, view("1", revision=2, sealed=True), first_offset=1)

    [row] = (await kept(engine)).values()
    assert (row.text, row.contact) == (None, "")
    assert "酸奶" not in row.terms


async def test_a_row_shows_the_contact_and_the_beginning_masked_only(engine: AsyncEngine) -> None:
    await index(engine, view("1", sender=WHO, text=f"我是{NAME}，请打13812340001，酸奶发霉了"))

    [row] = (await kept(engine)).values()
    shown = row.contact + row.excerpt + row.text
    assert "酸奶发霉了" in row.excerpt
    assert not [one for one in (NAME, "13812340001", "ming.yue") if one in shown]


async def test_numbers_places_and_clocks_are_kept_as_stated_and_found(engine: AsyncEngine) -> None:
    due = datetime(2026, 11, 25, tzinfo=UTC)
    promise = {"clock": "first-reply", "rule_id": "r", "due_at": "2026-11-23T07:31:00.000Z"}
    fields = {"order_no": [{"value": "DD-2026-0001", "start": 0, "end": 1}]}
    one = view(
        "1", stated=Stated(order_no="2026 1122 0077", store="城东店"),
        referral=Referral(number="R1", due_at=due), understood={"promise": promise, "fields": fields},
    )  # fmt: skip
    await index(engine, one)

    [row] = (await kept(engine)).values()
    assert row.order_numbers == ["202611220077", "dd20260001"]
    assert row.store == "城东店"
    assert [clock["clock"] for clock in row.clocks] == ["first-reply", "referral"]
    assert row.due_at.isoformat() == "2026-11-23T07:31:00+00:00"


async def test_hostile_words_are_indexed_like_any_others(engine: AsyncEngine) -> None:
    words = "'; DROP TABLE complaint_index; -- \\ ' & | ! :* " + "牛" * 5_000 + " " + "x" * 5_000 + " \U0002f800 ﷺ"
    await index(engine, view("1", text=words, stated=Stated(order_no="O'B\\1 | x:*", store="'\\")))

    assert len(await kept(engine)) == 1
