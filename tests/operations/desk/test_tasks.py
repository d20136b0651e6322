"""The one queue on a page: seen by those it concerns, claimed by one, done and signed as on the command line."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from gateway.staff.roles import Role
from schemas.tables.review import REVIEWS
from schemas.tables.tasks import TASKS
from schemas.task import task_id
from tests.operations.desk.conftest import Office

pytestmark = pytest.mark.services

XSS = "<img src=x onerror=alert(1)>"


async def open_task(office: Office, kind: str, due_in: timedelta = timedelta(hours=3), **more: Any) -> UUID:
    """A task as the stage would open it."""
    complaint, now = uuid4(), office.of.now
    row = {
        "task_id": task_id(complaint, kind),
        "kind": kind,
        "state": "open",
        "complaint_id": complaint,
        "case_id": uuid4(),
        "tracking_number": f"TS-{kind}",
        "channel": "phone",
        "department": "customer-service",
        "sealed": False,
        "opened_at": now - timedelta(hours=1),
        "due_at": now + due_in,
        "listed": True,
        "version": 1,
    }
    await office.insert(TASKS, **row | more)
    return task_id(complaint, kind)


async def open_review(office: Office) -> None:
    """A review as the stage would open it."""
    await office.insert(
        REVIEWS,
        complaint_id=uuid4(),
        case_id=uuid4(),
        tracking_number="TS-review",
        channel="email",
        received_at=office.of.now,
        revision=1,
        asked_revision=1,
        needs_review=True,
        reasons=["low_confidence"],
        disagreement=False,
        state="open",
        drawn_by="uncertain",
        answered=[],
        version=1,
    )


async def test_everything_a_person_must_do_is_in_one_list_with_its_clock(office: Office) -> None:
    await open_task(office, "call-back", note=XSS)
    await open_task(office, "safety-alarm", timedelta(minutes=-20))
    await open_task(office, "not-ours", timedelta(days=3))
    await open_task(office, "platform-entry", sealed=True, department="regulator-affairs", tracking_number="TS-sealed")
    await open_review(office)
    await office.signed_in("vi", Role.VIEWER)

    page = (await office.of.client.get("/ops/tasks?lang=en")).text
    filtered = (await office.of.client.get("/ops/tasks?kind=call-back")).text

    order = [page.index(f">{number}<") for number in ("TS-safety-alarm", "TS-call-back", "TS-not-ours", "TS-review")]
    assert order == sorted(order)
    assert all(words in page for words in ("20 min over", "3 h 0 min left", "3 days left", "4 to do"))
    assert "TS-sealed" not in page
    assert XSS not in page
    assert "TS-call-back" in filtered
    assert "TS-safety-alarm" not in filtered
    assert "/claim" not in page


async def test_a_sealed_task_does_not_exist_for_others(office: Office) -> None:
    task = await open_task(office, "platform-entry", sealed=True, tracking_number="TS-sealed")
    await office.signed_in("admin", Role.ADMIN)
    for_admin = await office.of.client.get(f"/ops/tasks/{task}")
    await office.signed_in("guo", Role.REGULATOR_AFFAIRS)
    for_guo = await office.of.client.get(f"/ops/tasks/{task}")

    assert (for_admin.status_code, for_guo.status_code) == (404, 200)
    assert "TS-sealed" in (await office.of.client.get("/ops/tasks")).text


async def test_one_claims_the_second_reads_who_has_it_and_done_is_signed(office: Office) -> None:
    task = await open_task(office, "call-back")
    path = f"/ops/tasks/{task}"
    await office.signed_in("li", Role.OPERATOR)
    async with office.stages("tasks"):
        claimed = await office.post(f"{path}/claim", form=path)
        await office.signed_in("wang", Role.OPERATOR)
        second = await office.post(f"{path}/claim", form=path)
        not_theirs = await office.post(f"{path}/done", form=path, how="phone")
        await office.sign_in("li")
        wrong = await office.post(f"{path}/done", form=path, how="phone", note="ring 13812345678")
        signed = {"how": "phone", "note": "told", "words": "牛奶过期"}
        done = await office.post(f"{path}/done", form=path, **signed)
        again = await office.post(f"{path}/done", form="/ops/tasks", **signed)

    assert "已领取" in claimed.text
    assert (second.status_code, "已由 li 领取" in second.text) == (409, True)
    assert not_theirs.status_code == 409
    assert wrong.status_code == 422
    assert "已完成并签字" in done.text
    assert (again.status_code, "已经完成（li）" in again.text) == (409, True)
    [row] = await office.rows(select(TASKS).where(TASKS.c.task_id == task))
    assert (row.state, row.done_by, row.how, row.note) == ("done", "li", "phone", "told")
    assert abs(row.done_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert [action for action, _, _ in await office.actions()] == ["task.claim", "task.done"]


async def test_without_its_stage_what_was_asked_for_is_kept_and_said_to_be(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.commanding._APPLIED_WITHIN", timedelta(milliseconds=200))
    task = await open_task(office, "call-back")
    await office.signed_in("li", Role.OPERATOR)

    kept = await office.post(f"/ops/tasks/{task}/claim", form=f"/ops/tasks/{task}")

    assert kept.status_code == 202
    assert "已保存" in kept.text


async def test_an_answer_to_an_authority_names_the_time_it_was_entered(office: Office) -> None:
    task = await open_task(office, "platform-entry")
    await office.signed_in("li", Role.OPERATOR)
    path = f"/ops/tasks/{task}"

    without = await office.post(f"{path}/done", form=path, how="platform")
    no_words = await office.post(f"{path}/done", form=path, how="platform", when="2026-11-22T10:00", words="x")

    assert "必须写明录入时间" in without.text
    assert "不录入顾客的话" in no_words.text
