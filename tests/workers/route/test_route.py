"""One department answers for a case, whatever comes first; nobody is alarmed twice."""

from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, Referral, Sender, Stated
from schemas.identity import recipient_key
from schemas.records import Assignment, AssignmentKind, Escalation, ReviewRequest, Verdict
from schemas.tables.reachability import VISITED_PLACES
from tests.workers.pieces import rows
from tests.workers.route.pieces import STAGE, classified
from workers.runtime.driver import incoming, run_batch
from workers.runtime.stage import Emit

pytestmark = pytest.mark.services
AUTOMATIC = Automatic(is_automatic=True, reasons=("auto-submitted",))


async def route(engine: AsyncEngine, *records: Any, offset: int = 0) -> list[Emit]:
    return await run_batch(STAGE, engine, [incoming(record, offset + index) for index, record in enumerate(records)])


def assignments(emits: list[Emit]) -> list[tuple[str, str, bool]]:
    found = [emit.record for emit in emits if isinstance(emit.record, Assignment)]
    return [(record.kind.value.removeprefix("assignment."), record.department, record.responsible) for record in found]


def duplicate(source_id: str = "2", **fields: Any) -> Any:
    return classified(source_id, case_of="1", case_seq=2, verdict=Verdict.DUPLICATE, **fields)


@pytest.mark.parametrize(
    ("text", "department"),
    [
        ("牛奶过期了", "quality"),
        ("收银员态度恶劣", "store-operations"),
        ("结账多收了钱，价格不符", "pricing-marketing"),
        ("退款一直没到账", "finance"),
        ("快递一直没收到货", "logistics"),
        ("不给退货，拒绝退换", "after-sales"),
        ("卫生间太脏了", "facilities"),
        ("请问营业时间", "customer-service"),
        ("那个东西你们看着办", "customer-service"),
        ("兹受委托人委托，本律师致函", "regulator-affairs"),
    ],
)
async def test_each_matter_reaches_its_department(engine: AsyncEngine, text: str, department: str) -> None:
    [(kind, responsible, is_responsible), *_] = assignments(await route(engine, classified(text=text)))

    assert (kind, responsible, is_responsible) == ("opened", department, True)


async def test_first_record_of_a_case_to_arrive_opens_it(engine: AsyncEngine) -> None:
    late_opener = classified("1", text="退款没到账")

    early = await route(engine, duplicate(text="快递没收到货"))
    late = await route(engine, late_opener, offset=1)

    assert assignments(early) == [("opened", "logistics", True)]
    assert assignments(late) == [("added", "logistics", True), ("added", "finance", False)]


async def test_duplicate_in_the_same_batch_is_an_addition(engine: AsyncEngine) -> None:
    emits = await route(engine, classified("1", text="衣服掉色"), duplicate(text="衣服掉色"))

    assert [kind for kind, department, _ in assignments(emits) if department == "quality"] == ["opened", "added"]


async def test_second_categories_get_copies(engine: AsyncEngine) -> None:
    emits = await route(engine, classified(text="衣服掉色，质量太差，开线了，客服态度差"))

    assert {("opened", "quality", True), ("opened", "store-operations", False)} <= set(assignments(emits))


async def test_revision_corrects_at_the_same_department(engine: AsyncEngine) -> None:
    await route(engine, classified(text="快递没收到货"))

    emits = await route(engine, classified(text="退款没到账", revision=2), offset=1)

    assert assignments(emits)[0] == (AssignmentKind.CORRECTED.value.removeprefix("assignment."), "logistics", True)


async def test_each_level_is_raised_once_a_case(engine: AsyncEngine) -> None:
    first = await route(engine, classified("1", text="牛奶过期了"))
    again = await route(engine, duplicate(text="牛奶过期了"), offset=1)
    worse = await route(engine, duplicate("3", text="牛奶过期了，孩子喝了住院"), offset=2)

    def levels(emits: list[Emit]) -> list[str]:
        return [one.rule for emit in emits if isinstance(emit.record, Escalation) for one in emit.record.reasons]

    assert levels(first) == ["escalate.safety", "escalate.severity_2"]
    assert levels(again) == []
    assert levels(worse) == ["escalate.severity_1"]


async def test_automatic_mail_opens_nothing_and_alarms_nobody(engine: AsyncEngine) -> None:
    emits = await route(engine, classified(text="食物中毒 律师函", automatic=AUTOMATIC))

    assert assignments(emits) == [("added", "customer-service", True)]
    [record] = [emit.record for emit in emits if isinstance(emit.record, Assignment)]
    assert (record.urgency, record.clocks, len(emits)) == ("none", (), 1)
    assert await rows(engine, "SELECT * FROM route_cases") == []


async def test_automatic_mail_joins_its_case(engine: AsyncEngine) -> None:
    await route(engine, classified("1", text="快递没收到货"))

    emits = await route(engine, duplicate(text="不在办公室", automatic=AUTOMATIC), offset=1)

    assert assignments(emits) == [("added", "logistics", True)]


async def test_doubt_asks_for_a_person(engine: AsyncEngine) -> None:
    emits = await route(engine, classified(text="那个东西你们看着办"))

    [review] = [emit.record for emit in emits if isinstance(emit.record, ReviewRequest)]
    assert review.reasons == ("no_hit",)


async def test_referral_goes_to_regulator_affairs_at_once(engine: AsyncEngine) -> None:
    emits = await route(engine, classified(text="牛奶过期了", referral=Referral(number="3101")))

    assert assignments(emits)[0] == ("opened", "regulator-affairs", True)
    [escalation] = [emit.record for emit in emits if isinstance(emit.record, Escalation)]
    assert "escalate.referral" in [one.rule for one in escalation.reasons]


async def test_replay_writes_the_same_and_redelivery_nothing(engine: AsyncEngine) -> None:
    record = classified(text="牛奶过期了")

    first = await route(engine, record)

    assert await route(engine, record) == first
    assert await route(engine, record, offset=5) == []


async def test_only_the_department_that_answers_authorities_hears_of_a_sealed_report(engine: AsyncEngine) -> None:
    report: dict[str, Any] = {
        "channel": "regulator_12315",
        "entry": "push",
        "referral": Referral(number="A1234567", kind="report"),
    }
    words = "吃了这批牛奶住院了，找记者曝光，收银员态度恶劣"

    emits = await route(engine, classified(text=words, sealed=True, **report))

    assert assignments(emits) == [("opened", "regulator-affairs", True)]
    assert {type(emit.record) for emit in emits} == {Assignment}
    [record] = [emit.record for emit in emits]
    assert isinstance(record, Assignment)
    assert (record.sealed, record.referral and record.referral.number) == (True, "A1234567")


async def test_the_number_of_an_authority_stays_out_of_copies(engine: AsyncEngine) -> None:
    own: dict[str, Any] = {"channel": "regulator_12315", "referral": Referral(number="A1234567", kind="complaint")}
    emits = await route(engine, classified(text="牛奶过期了。另外结账多收了钱，价格不符。", **own))
    records = [emit.record for emit in emits if isinstance(emit.record, Assignment)]

    assert {(one.responsible, one.referral is not None) for one in records} == {(True, True), (False, False)}


async def test_the_store_whose_code_was_scanned_shortly_before_is_the_unit(engine: AsyncEngine) -> None:
    person: dict[str, Any] = {"channel": "wechat", "account": "shop", "sender": Sender(openid="o-1")}
    record = classified(text="牛奶过期了", **person)
    place = {"channel": "wechat", "account": "shop", "place": "S-17"}
    visit = place | {"recipient_key": recipient_key(STAGE.contact_key, "o-1"), "at": record.received_at}
    async with engine.begin() as connection:
        await connection.execute(insert(VISITED_PLACES).values(visit))

    [emit, *_] = await route(engine, record)
    stated = classified("2", text="牛奶过期了", stated=Stated(store="S-2"), **person)
    [own, *_] = await route(engine, stated, offset=1)

    assert isinstance(emit.record, Assignment)
    assert isinstance(own.record, Assignment)
    assert (emit.record.unit.store, own.record.unit.store) == ("S-17", "S-2")
