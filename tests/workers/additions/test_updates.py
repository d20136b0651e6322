"""An authority's number identifies alone: another version is an update, the same sheet again is nothing."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.workers.additions.pieces import addition, numbers, pending, referral, stored, through

pytestmark = pytest.mark.services


async def test_the_next_days_sheet_updates_what_changed_and_twice_the_same_sheet_nothing(engine: AsyncEngine) -> None:
    monday = [referral("A", sheet="mon", number=str(row)) for row in range(30)]
    tuesday = [referral("A" if row % 3 else "B", sheet="tue", day=1, number=str(row)) for row in range(30)]

    assert await through(engine, *monday) == []
    written = await through(engine, *reversed(tuesday))

    assert sorted(numbers(written)) == sorted((monday[row].complaint_id, 2) for row in range(0, 30, 3))
    assert {one.text for one in written} == {"内容 B"}
    again = [one.model_copy(update={"ingested_at": one.ingested_at.replace(year=2027)}) for one in (*monday, *tuesday)]
    assert await through(engine, *again) == []


async def test_a_later_sheet_may_go_back_to_an_earlier_version(engine: AsyncEngine) -> None:
    await through(engine, referral("A", sheet="mon"), referral("B", sheet="tue", day=1))

    assert await through(engine, referral("A", sheet="mon", day=5)) == [], "the old sheet, handed in again"
    [third] = await through(engine, referral("A", sheet="wed", day=2))

    assert (third.revision, third.text, third.version) == (3, "内容 A", "A")


async def test_of_two_versions_in_the_wrong_order_the_newer_one_gets_the_revision(engine: AsyncEngine) -> None:
    await through(engine, referral("B", sheet="tue", day=1))

    [second] = await through(engine, referral("A", sheet="mon"))

    assert (second.revision, second.text) == (2, "内容 B")
    assert await through(engine, referral("0", sheet="sun", day=-1)) == []


async def test_an_update_keeps_what_was_fetched_and_typed_and_opens_no_task_again(engine: AsyncEngine) -> None:
    file = pending("scan")
    first = referral("A", sheet="mon", attachments=(file,), tasks=("platform-entry",))
    await through(engine, first, addition(first, attachments=(stored(file),), text="电话补充", by="li"))
    await through(engine, addition(first, tasks_done=("platform-entry",)))

    [update] = await through(
        engine, referral("B", sheet="tue", day=1, attachments=(file,), tasks=("platform-entry", "call-back"))
    )

    assert (update.revision, update.text) == (4, "内容 B\n\n电话补充")
    assert [one.state for one in update.attachments] == ["stored"]
    assert update.tasks == ("call-back",)
    assert update.received_at == first.received_at
    assert update.raw.delivery_id != first.raw.delivery_id


async def test_a_sealed_report_stays_sealed_whatever_a_later_version_says(engine: AsyncEngine) -> None:
    await through(engine, referral("A", sheet="mon", sealed=True))

    [update] = await through(engine, referral("B", sheet="tue", day=1))

    assert update.sealed
