"""The adverse-event report (P0): filed, reviewed within 24 h, handled within 48 h, and a complaint of its own."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.staff.reports import STEPS, Report, Step, handling_clock, review_clock
from gateway.staff.roles import Role
from gateway.staff.texts import texts
from schemas.identity import named_uuid
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import ADVERSE_REPORT_STEPS, ADVERSE_REPORTS
from tests.gateway.parts import NOW
from tests.gateway.staff.conftest import Desk, Open, hidden

pytestmark = pytest.mark.services

TYPED = {
    "event_number": "RM-2026-017",
    "category": "quality",
    "text": "顾客购买的酸奶内有异物",
    "store": "人民路店",
    "region": "华东",
    "event_date": "2026-11-22T14:20",
    "place": "一楼冷柜",
    "name": "李强",
    "phone": "13800000000",
    "handling": "下架同批次，退款",
}
STORE = {"stores": ["人民路店"]}


async def _filed(desk: Desk) -> str:
    """A clerk files it; the path of its page. The managers' accounts are there too."""
    await desk.account("manager", Role.STORE_MANAGER, display_name="陈店长", **STORE)
    await desk.account("regional", Role.REGIONAL_MANAGER, display_name="周经理", regions=["华东"])
    await desk.signed_in("clerk", Role.CLERK, display_name="王丽", stores=["人民路店"], regions=["华东"])
    sent = await desk.post("/staff/reports/new", **TYPED)
    assert sent.status_code == 303
    return str(sent.headers["location"])


async def test_a_report_goes_from_the_clerk_to_the_regional_manager_with_both_clocks(open_desk: Open) -> None:
    async with open_desk() as desk:
        path = await _filed(desk)
        desk.of.now += timedelta(hours=1)
        await desk.sign_in("manager")
        waiting = await desk.of.client.get(path)
        await desk.post(path, step="passed")
        desk.of.now += timedelta(hours=49)
        await desk.sign_in("regional")
        late = await desk.of.client.get("/staff/reports")
        done = await desk.post(path, step="handled", reason="已下架并退款")
        page = await desk.of.client.get(path)
        steps = await desk.rows(
            select(ADVERSE_REPORT_STEPS.c.step, ADVERSE_REPORT_STEPS.c.by).order_by(ADVERSE_REPORT_STEPS.c.step_id)
        )

    assert "剩余 23 小时 0 分" in waiting.text
    assert "已超时 1 小时 0 分" in late.text
    assert done.status_code == 303
    assert "已下架并退款" in page.text
    assert steps == [("filed", "王丽"), ("passed", "陈店长"), ("handled", "周经理")]


async def test_filing_makes_one_complaint_however_often_it_is_sent(open_desk: Open) -> None:
    async with open_desk() as desk:
        path = await _filed(desk)
        form = hidden((await desk.of.client.get("/staff/reports/new")).text) | TYPED | {"text": "另一件事"}
        for _ in range(2):
            await desk.of.client.post("/staff/reports/new", data=form)
        kept = await desk.rows(select(ADVERSE_REPORTS))

    numbers = {one.tracking_number for one in desk.of.complaints()}
    assert len(numbers) == len(kept) == 2
    assert path.split("/")[-1] in numbers
    assert desk.of.complaints()[0].stated.category == "quality"


async def test_it_is_sent_back_only_with_a_reason_mended_and_filed_again(open_desk: Open) -> None:
    async with open_desk() as desk:
        path = await _filed(desk)
        await desk.sign_in("manager")
        silent = await desk.post(path, step="returned")
        await desk.post(path, step="returned", reason="请补充批号")
        desk.of.now += timedelta(hours=30)
        await desk.sign_in("clerk")
        told = await desk.of.client.get(path)
        await desk.post(f"{path}/mend", **(TYPED | {"batch_no": "B20261101"}))
        page = await desk.of.client.get(path)

    assert silent.status_code == 422
    assert texts()["report.reason.returned"]["zh-CN"] in silent.text
    assert "请补充批号" in told.text
    assert "B20261101" in page.text
    assert "剩余 24 小时 0 分" in page.text
    assert len(desk.of.complaints()) == 1


async def test_nobody_takes_a_step_that_is_another_roles(open_desk: Open) -> None:
    async with open_desk() as desk:
        path = await _filed(desk)
        by_clerk = await desk.post(path, step="passed")
        await desk.sign_in("regional")
        by_regional = await desk.post(path, step="passed")
        await desk.sign_in("manager")
        too_early = await desk.post(path, step="handled", reason="x")
        page = await desk.of.client.get(path)

    assert [by_clerk.status_code, by_regional.status_code, too_early.status_code] == [403, 403, 403]
    assert texts()["report.state.filed"]["zh-CN"] in page.text


async def test_of_two_managers_at_once_one_decides_and_the_other_is_told(open_desk: Open) -> None:
    async with open_desk() as desk:
        path = await _filed(desk)
        await desk.sign_in("manager")
        page = hidden((await desk.of.client.get(path)).text)
        first = await desk.of.client.post(path, data=page | {"step": "passed"})
        second = await desk.of.client.post(path, data=page | {"step": "returned", "reason": "不属实"})

    assert (first.status_code, second.status_code) == (303, 409)
    assert texts()["report.moved"]["zh-CN"] in second.text


async def test_reports_of_other_stores_and_regions_are_out_of_reach(open_desk: Open) -> None:
    async with open_desk() as desk:
        path = await _filed(desk)
        await desk.signed_in("elsewhere", Role.REGIONAL_MANAGER, regions=["华南"])
        page = await desk.of.client.get(path)
        listed = await desk.of.client.get("/staff/reports")

    assert page.status_code == 403
    assert "RM-2026-017" not in page.text + listed.text


@pytest.mark.parametrize("field", ["category", "text", "store", "region", "event_date", "place", "handling"])
async def test_an_incomplete_report_is_shown_again_with_everything_typed(open_desk: Open, field: str) -> None:
    async with open_desk() as desk:
        await desk.signed_in("clerk", Role.CLERK)
        answer = await desk.post("/staff/reports/new", **(TYPED | {field: ""}))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="李强"' in answer.text
    assert desk.of.complaints() == []


def test_each_clock_runs_from_its_own_start_and_stops_when_met() -> None:
    settings = StaffSettings()
    report = Report(named_uuid("x"), "n", "e", Step.FILED, "s", "", {}, named_uuid("y"), NOW)
    passed = Report(
        report.complaint_id, "n", "e", Step.PASSED, "s", "", {}, report.filed_by, NOW, NOW + timedelta(hours=25)
    )

    waiting, met_late = review_clock(report, NOW, settings), review_clock(passed, NOW, settings)
    handling = handling_clock(passed, NOW + timedelta(hours=26), settings)

    assert handling_clock(report, NOW, settings) is None
    assert waiting is not None
    assert waiting.left == timedelta(hours=24)
    assert met_late is not None
    assert met_late.late
    assert handling is not None
    assert handling.left == timedelta(hours=47)


def test_every_step_has_a_beginning_and_somebody_who_may_take_it() -> None:
    assert set(STEPS) == set(Step)
