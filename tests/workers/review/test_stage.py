"""The review stage on the real database: once, replay safe; samples drawn once; counts that count once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.policy import load_pack
from schemas.review import ReviewAct
from tests.schemas.making import RECEIVED_AT
from tests.workers.pieces import rows
from tests.workers.review.pieces import UNSURE, act, request, view
from workers.review import Review, Sampler, SamplerParts
from workers.runtime.driver import incoming, run_batch

pytestmark = pytest.mark.services
PACK = load_pack()
STAGE = Review(PACK)
LATER = RECEIVED_AT + timedelta(hours=2)


async def follow(engine: AsyncEngine, *records: Any, first_offset: int = 0, partition: int = 0) -> None:
    """Let the stage follow records in one batch."""
    items = [incoming(one, first_offset + i, at=LATER, partition=partition) for i, one in enumerate(records)]
    assert await run_batch(STAGE, engine, items) == []


async def kept(engine: AsyncEngine) -> dict[str, Any]:
    """Tracking number → row of `reviews`."""
    return {row.tracking_number: row for row in await rows(engine, "SELECT * FROM reviews")}


async def test_a_replay_a_redelivery_and_a_second_batch_change_nothing(engine: AsyncEngine) -> None:
    one = view(*UNSURE)
    records = one, request(one), act(ReviewAct.CONFIRM, one)
    await follow(engine, *records)
    before = await kept(engine), await rows(engine, "SELECT * FROM review_counts ORDER BY measure")

    await follow(engine, *records)
    await follow(engine, *records, first_offset=10, partition=3)

    assert (await kept(engine), await rows(engine, "SELECT * FROM review_counts ORDER BY measure")) == before
    [row] = before[0].values()
    assert (row.state, row.outcome, row.machine["primary"], row.p, row.margin) == (
        "done", "confirmed", "quality", 0.9, 0.8,
    )  # fmt: skip


async def test_counts_add_up_over_batches_and_partitions_and_count_first_revisions_only(engine: AsyncEngine) -> None:
    await follow(engine, view(source_id="1"), view(*UNSURE, source_id="2"), view(source_id="1", revision=2))
    await follow(engine, view(source_id="3", primary="price"), first_offset=9)
    await follow(engine, view(source_id="4"), partition=1)
    await follow(engine, view(source_id="5", sealed=True), view(source_id="6", automatic={"is_automatic": True}))

    counted = await rows(
        engine,
        "SELECT measure || ' ' || bucket AS what, sum(count) AS n FROM review_counts "
        "WHERE measure IN ('category', 'review') GROUP BY 1",
    )
    assert {row.what: row.n for row in counted} == {
        "category quality": 3, "category price": 1, "review asked": 1, "review sure": 3,
    }  # fmt: skip


async def test_the_week_that_is_over_is_drawn_once_and_sure_ones_wait_for_people_too(engine: AsyncEngine) -> None:
    many = [view(source_id=str(number)) for number in range(50)]
    await follow(engine, *many, view(source_id="sealed", sealed=True))
    week_later = datetime(2026, 11, 30, 12, tzinfo=UTC)
    sampler = Sampler(SamplerParts(engine, PACK, lambda: week_later))

    drawn = [await sampler.look(), await Sampler(SamplerParts(engine, PACK, lambda: week_later)).look()]

    found = [row for row in (await kept(engine)).values() if row.part]
    assert drawn == [40, 0]
    assert {(row.state, row.week) for row in found} == {("open", "2026-W47")}
    assert {row.drawn_by for row in found} == {"uncertain", "random"}
    assert [row.population for row in await rows(engine, "SELECT * FROM review_weeks")] == [50]


async def test_a_week_that_is_not_over_is_not_drawn(engine: AsyncEngine) -> None:
    await follow(engine, view())

    assert await Sampler(SamplerParts(engine, PACK, lambda: RECEIVED_AT + timedelta(hours=3))).look() == 0
