"""Searching the real database: what is meant is found, newest first, page after page, sealed ones for few only."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.search import Filters, Results, search
from operations.search import finding as by_date
from schemas.complaint import Sender, Stated
from schemas.indexed import IndexedView
from schemas.policy import load_pack
from schemas.tables.casework import CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.confirm import CONFIRM_DECISIONS
from schemas.tables.route import ROUTE_CASES
from tests.schemas.making import RECEIVED_AT
from tests.workers.index.pieces import index, view
from tests.workers.pieces import PSEUDONYM_KEY

pytestmark = pytest.mark.services
PACK = load_pack()
WHO = Sender(name="欧阳明月", phones=("+8613812340001",), emails=("ming@customers.example",))


async def found(engine: AsyncEngine, typed: str, *given: Any, **more: Any) -> Results:
    """What a question finds."""
    async with engine.connect() as connection:
        return await search(connection, PACK, PSEUDONYM_KEY, typed, *given, **more)


def numbers(results: Results | Sequence[IndexedView]) -> list[str]:
    """Their tracking numbers, in order."""
    return [one.tracking_number for one in (results.found if isinstance(results, Results) else results)]


@pytest.fixture(params=["by date", "by terms"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to the same answer: through the newest, and through the index of terms."""
    if request.param == "by terms":
        monkeypatch.setattr(by_date, "NEWEST", 1)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "typed",
    ["欧阳明月", "歐陽 明月", "13812340001", "0138-1234-0001", "0001", "MING@customers.example", "2026-1122-0077",
     "酸奶发霉", "mouldy yog", "霉"],
)  # fmt: skip
async def test_a_complaint_is_found_by_all_that_people_ask_by(engine: AsyncEngine, typed: str) -> None:
    wanted = view("1", sender=WHO, text="酸奶发霉 Mouldy yoghurt", stated=Stated(order_no="202611220077"))
    await index(engine, view("2", text="快递晚了五天"), wanted, view("3", text="收银员骂人"))

    assert numbers(await found(engine, typed)) == [wanted.tracking_number]
    assert numbers(await found(engine, wanted.tracking_number.lower())) == [wanted.tracking_number]
    assert numbers(await found(engine, str(wanted.complaint_id))) == [wanted.tracking_number]
    assert numbers(await found(engine, str(wanted.case_id))) == [wanted.tracking_number]


@pytest.mark.usefixtures("way")
async def test_all_pages_together_have_each_one_once_the_newest_first(engine: AsyncEngine) -> None:
    hours = (5, 3, 3, 9, 1, 3, 7)
    views = [view(str(n), received_at=RECEIVED_AT - timedelta(hours=h)) for n, h in enumerate(hours)]
    await index(engine, *views)
    ordered = sorted(views, key=lambda one: (one.received_at, one.complaint_id), reverse=True)

    pages, behind = [], None
    while True:
        page = await found(engine, "牛奶", limit=2, behind=behind)
        pages.append(numbers(page))
        behind = page.further
        if behind is None:
            break

    assert [one for page in pages for one in page] == numbers(ordered)
    assert max(map(len, pages)) == 2


@pytest.mark.usefixtures("way")
async def test_sealed_reports_are_found_only_by_whoever_may_see_them(engine: AsyncEngine) -> None:
    sealed = view("1", sealed=True)
    await index(engine, sealed)
    asked = (sealed.tracking_number, str(sealed.complaint_id), str(sealed.case_id), "")

    assert [numbers(await found(engine, one)) for one in asked] == [[], [], [], []]
    assert [numbers(await found(engine, one, sealed=True)) for one in asked] == [[sealed.tracking_number]] * 4
    assert (await found(engine, sealed.tracking_number)).arrived is None


@pytest.mark.usefixtures("way")
async def test_filters_leave_out_what_does_not_fit(engine: AsyncEngine) -> None:
    views = [
        view("1", channel="web", stated=Stated(store="城东店")),
        view("2", channel="email", understood={"primary": "service"}),
        view("3", channel="web", received_at=RECEIVED_AT - timedelta(days=9)),
    ]
    await index(engine, *views)
    first, second, third = numbers(views)
    async with engine.begin() as connection:
        await connection.execute(insert(ROUTE_CASES).values(_routed(views[0], "quality")))
        await connection.execute(insert(ROUTE_CASES).values(_routed(views[2], "logistics")))
        await connection.execute(insert(CASE_STATES).values(_state(views[2], "answered")))

    async def fitting(**filters: Any) -> list[str]:
        return [*numbers(await found(engine, "牛奶", Filters(**filters))),
                *numbers(await found(engine, "", Filters(**filters)))]  # fmt: skip

    assert await fitting(channel="web") == [first, third] * 2
    assert await fitting(category="service") == [second] * 2
    assert await fitting(unit="城 东店") == [first] * 2
    assert await fitting(department="quality") == [first] * 2
    assert await fitting(state="received") == [second] * 2
    assert await fitting(state="routed") == [first] * 2
    assert await fitting(state="answered", channel="web") == [third] * 2
    assert set(await fitting(since=RECEIVED_AT - timedelta(days=1))) == {first, second}
    assert await fitting(before=RECEIVED_AT) == [third] * 2


async def test_the_clock_that_ends_first_is_shown_until_it_is_settled(engine: AsyncEngine) -> None:
    promise = {"clock": "first-reply", "rule_id": "r", "due_at": "2026-11-25T00:00:00.000Z"}
    one = view("1", understood={"promise": promise})
    await index(engine, one)
    async with engine.begin() as connection:
        await connection.execute(insert(PROMISES).values(_promise(one)))
    [before] = (await found(engine, "")).found
    async with engine.begin() as connection:
        place = {"topic": "t", "partition": 0, "offset": 0, "revision": 0, "decision": {}, "decided_at": RECEIVED_AT}
        await connection.execute(insert(CONFIRM_DECISIONS).values(complaint_id=one.complaint_id, **place))
    [after] = (await found(engine, "")).found

    assert before.due is not None
    assert after.due is not None
    assert (before.due.clock, after.due.clock) == ("acknowledge", "first-reply")


async def test_a_number_that_was_given_and_is_not_indexed_yet_is_known(engine: AsyncEngine) -> None:
    one = view("1")
    async with engine.begin() as connection:
        await connection.execute(insert(PROMISES).values(_promise(one)))

    assert (await found(engine, one.tracking_number)).arrived == one.tracking_number


@pytest.mark.parametrize(
    "typed", ["'", "\\", "a' | 'b", "!", "a & !b", ":*", "'#n:x'", "#c:web", "%_", "\ud800", "牛" * 500]
)
async def test_signs_of_the_query_language_are_characters_like_others(engine: AsyncEngine, typed: str) -> None:
    await index(engine, view("1"))

    assert not numbers(await found(engine, typed))


async def test_a_rare_word_is_looked_up_in_the_index_of_terms(
    engine: AsyncEngine,
) -> None:
    await index(engine, *(view(str(n), text=f"牛奶第{n}次") for n in range(300)))
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        asked = "EXPLAIN SELECT complaint_id FROM complaint_index WHERE terms @@ CAST('''7次''' AS tsquery)"
        plan = "\n".join((await connection.execute(text(asked))).scalars())

    assert "ix_complaint_index_terms" in plan


def _routed(one: IndexedView, department: str) -> dict[str, Any]:
    return {"case_id": one.case_id, "department": department, "rule_id": "r", "policy": "p",
            "routed_by": one.complaint_id, "routed_at": RECEIVED_AT}  # fmt: skip


def _state(one: IndexedView, state: str) -> dict[str, Any]:
    at = {"since": RECEIVED_AT, "routed_at": RECEIVED_AT, "answered_at": RECEIVED_AT}
    return {"case_id": one.case_id, "department": "logistics", "state": state, "version": 1} | at


def _promise(one: IndexedView) -> dict[str, Any]:
    return {
        "subject_id": one.complaint_id, "kind": "complaint", "state": "open", "tracking_number": one.tracking_number,
        "channel": "web", "account": "form", "received_at": RECEIVED_AT, "due_at": RECEIVED_AT + timedelta(days=1),
        "is_automatic": False, "page_shown": False, "by_authority": False, "reply_channel": "web", "addresses": [],
        "references": [],
    }  # fmt: skip
