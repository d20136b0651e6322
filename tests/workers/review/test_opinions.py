"""A second opinion stands beside a review, changes nothing of it, and is given up quietly."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.opinion import OpinionServer
from deploy.vendors.adviser import GOOD, AdviserVendor
from deploy.vendors.server import Faults
from schemas.policy import load_pack
from schemas.settings import OpinionSettings
from tests.schemas.making import RECEIVED_AT, classified
from tests.workers.pieces import rows
from tests.workers.review.pieces import UNSURE, request, understood, view
from workers.review import OpinionParts, Opinions, Review, opinions
from workers.review.words import WordsView
from workers.runtime.driver import incoming, run_batch

pytestmark = pytest.mark.services
PACK = load_pack()
KEY = "k" * 24
SETTINGS = OpinionSettings(url="http://adviser.local", key=KEY, model="big", location="mainland-china")


@dataclass
class World:
    """The service on a server of the test, with a clock of the test."""

    engine: AsyncEngine
    vendor: AdviserVendor = field(default_factory=lambda: AdviserVendor(KEY))
    now: datetime = RECEIVED_AT + timedelta(days=1)
    words: str = "收银员态度恶劣"

    def __post_init__(self) -> None:
        adviser = OpinionServer(SETTINGS, httpx.ASGITransport(app=self.vendor.app()))
        self.service = Opinions(OpinionParts(self.engine, PACK, self._words, lambda: self.now, adviser, SETTINGS))

    async def _words(self, topic: str, partition: int, offset: int) -> str:
        return self.words

    async def wait(self, *source_ids: str, reasons: tuple[str, ...] = UNSURE) -> None:
        """Let complaints wait for a person."""
        for number, source_id in enumerate(source_ids or ("1",)):
            one = view(*reasons, source_id=source_id)
            items = [incoming(one, 2 * number), incoming(request(one), 2 * number + 1)]
            await run_batch(Review(PACK), self.engine, items)

    async def kept(self) -> list[Any]:
        """Rows of `review_opinions`."""
        return await rows(self.engine, "SELECT * FROM review_opinions ORDER BY changed_at")


async def test_an_opinion_is_kept_beside_the_review_and_changes_nothing_of_it(engine: AsyncEngine) -> None:
    world = World(engine)
    await world.wait()
    before = await rows(engine, "SELECT * FROM reviews")

    worked = [await world.service.work(), await world.service.work()]

    [row] = await world.kept()
    assert worked == [True, False]
    assert (row.state, row.model, row.tries, row.opinion) == ("given", "big", 1, GOOD)
    assert await rows(engine, "SELECT * FROM reviews") == before


async def test_nobody_is_asked_about_sure_ones_or_whether_two_are_the_same(engine: AsyncEngine) -> None:
    world = World(engine)
    await world.wait(reasons=("suspected_link",))
    await run_batch(Review(PACK), engine, [incoming(view(source_id="sure"), 50)])

    assert not await world.service.work()


async def test_a_server_that_fails_is_asked_a_few_times_and_then_given_up(engine: AsyncEngine) -> None:
    world = World(engine, AdviserVendor(KEY, faults=Faults(failed=1.0)))
    await world.wait()

    for _ in range(6):
        await world.service.work()
        world.now += timedelta(minutes=30)

    [row] = await world.kept()
    assert (row.state, row.tries, row.opinion, row.error) == ("given-up", SETTINGS.tries, None, "ChannelUnavailable")
    assert world.service.health().ready


@pytest.mark.parametrize("content", ["nonsense", json.dumps(GOOD | {"primary": "made-up"})])
async def test_nonsense_is_given_up_at_once(engine: AsyncEngine, content: str) -> None:
    world = World(engine, AdviserVendor(KEY, content))
    await world.wait()

    await world.service.work()

    assert [(row.state, row.opinion) for row in await world.kept()] == [("given-up", None)]


async def test_after_failures_in_a_row_nobody_is_asked_for_a_while_and_then_again(engine: AsyncEngine) -> None:
    world = World(engine, AdviserVendor(KEY, faults=Faults(failed=1.0)))
    await world.wait(*map(str, range(8)))

    worked = [await world.service.work() for _ in range(7)]
    world.vendor.faults.failed = 0.0
    world.now += SETTINGS.rest + timedelta(seconds=1)
    after = await world.service.work()

    assert worked == [True] * SETTINGS.failures + [False] * 2
    assert after
    assert "given" in {row.state for row in await world.kept()}


async def test_one_that_dies_with_a_question_is_followed_by_another_after_the_lease(engine: AsyncEngine) -> None:
    world = World(engine)
    await world.wait()
    async with engine.begin() as connection:
        dead = await opinions.claim(connection, world.now, timedelta(minutes=1))

    at_once = await world.service.work()
    world.now += timedelta(minutes=2)
    later = await world.service.work()

    assert dead is not None
    assert (at_once, later) == (False, True)
    assert [(row.state, row.tries) for row in await world.kept()] == [("given", 2)]


async def test_a_reason_that_names_somebody_is_kept_masked(engine: AsyncEngine) -> None:
    world = World(engine, AdviserVendor(KEY, json.dumps(GOOD | {"reason": "顾客13812345678说收银员骂人"})))
    await world.wait()

    await world.service.work()

    [row] = await world.kept()
    assert "13812345678" not in row.opinion["reason"]


def test_what_is_sent_names_nobody_and_nothing_of_a_sealed_report() -> None:
    fields: dict[str, Any] = {
        "sender": {"name": "欧阳明月", "phones": ("+8613812340001",), "emails": ("moon@customers.example",)},
        "subject": "欧阳明月的投诉",
        "text": "我是欧阳明月，手机13812340001，邮箱moon@customers.example，收银员骂人",
    }
    record = classified(understanding=understood(), **fields)
    sealed = record.model_copy(update={"sealed": True})

    sent = WordsView.model_validate_json(record.to_json()).masked()

    assert not [word for word in ("欧阳明月", "13812340001", "moon@customers") if word in sent]
    assert "收银员骂人" in sent
    assert WordsView.model_validate_json(sealed.to_json()).masked() == ""
