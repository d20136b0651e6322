"""Messages that did not simply go out, and stages that stopped: what to do is said, nothing personal is."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from gateway.staff.roles import Role
from operations.stages import open_stops
from schemas.settings.departments import DepartmentSettings
from schemas.tables.acknowledge import OUTBOX
from schemas.tables.runtime import STOPS
from schemas.tables.sender import OUTBOX_ATTEMPTS
from tests.operations.desk.conftest import Office
from workers.runtime import stops
from workers.runtime.stops import Stop

pytestmark = pytest.mark.services

MAIL, WORDS = "moon@customers.example", "您的投诉已受理 <b>bold</b>"


async def message(office: Office, state: str, number: str, **more: Any) -> UUID:
    """A message and how it fared."""
    outbox, now = uuid4(), office.of.now
    await office.insert(
        OUTBOX,
        outbox_id=outbox,
        kind="acknowledgement",
        complaint_id=uuid4(),
        case_id=uuid4(),
        tracking_number=number,
        channel="email",
        received_at=now,
        page_shown=False,
        reply_channel="email",
        account="care",
        addresses=[MAIL],
        text=WORDS,
        language="zh-Hans",
        references=[],
        recipient_key="k",
        created_at=now,
        person_at=now,
        give_up_at=now,
    )
    await office.insert(
        OUTBOX_ATTEMPTS,
        outbox_id=outbox,
        state=state,
        address_index=0,
        next_at=now,
        changed_at=now - timedelta(minutes=7),
        **{"error_class": "ConnectTimeout", "attempt": 2} | more,
    )
    return outbox


async def test_messages_in_doubt_are_listed_with_what_to_do_and_without_words(office: Office) -> None:
    await message(office, "unknown", "TS-unknown")
    await message(office, "given-up", "TS-given-up")
    await message(office, "retry", "TS-long", attempt=5)
    await message(office, "sent", "TS-sent")
    await message(office, "retry", "TS-new", attempt=1)
    await office.signed_in("vi", Role.VIEWER)

    page = (await office.of.client.get("/ops/outbox?lang=en")).text
    one = (await office.of.client.get("/ops/outbox?state=given-up")).text

    assert all(number in page for number in ("TS-unknown", "TS-given-up", "TS-long", "ConnectTimeout", "7 min"))
    assert "do not send it by hand before" in page
    assert not any(absent in page for absent in ("TS-sent", "TS-new", MAIL, "已受理"))
    assert "TS-given-up" in one
    assert "TS-unknown" not in one


async def test_the_words_of_a_message_are_for_those_who_may_see_complaints_and_on_record(office: Office) -> None:
    outbox = await message(office, "unknown", "TS-unknown")
    await office.signed_in("vi", Role.VIEWER)
    refused = await office.of.client.get(f"/ops/outbox/{outbox}")
    await office.signed_in("li", Role.OPERATOR)
    shown = await office.of.client.get(f"/ops/outbox/{outbox}")

    assert refused.status_code == 403
    assert "您的投诉已受理 &lt;b&gt;bold" in shown.text
    assert "m***@customers.example" in shown.text
    assert MAIL not in shown.text
    [(action, ids, _)] = await office.actions()
    assert (action, ids[0]) == ("outbox.see", str(outbox))


async def test_a_stopped_stage_goes_on_when_a_supervisor_says_why(office: Office) -> None:
    group = office.settings.kafka.naming.group("classify")
    await stops.store(office.engine, Stop(group, "flood", "20 of 200 <script>", 20, 200))
    await office.signed_in("li", Role.OPERATOR)
    page = (await office.of.client.get("/ops/stages")).text
    refused = await office.post("/ops/stages/classify/resume", form="/ops/stages", reason="mended")
    await office.signed_in("chen", Role.SUPERVISOR)
    blank = await office.post("/ops/stages/classify/resume", form="/ops/stages", reason="")
    resumed = await office.post("/ops/stages/classify/resume", form="/ops/stages", reason="mended")
    again = await office.post("/ops/stages/classify/resume", form="/ops/stages", reason="mended")

    assert "20 of 200 &lt;script&gt;" in page
    assert "/resume" not in page
    assert (refused.status_code, blank.status_code, resumed.status_code, again.status_code) == (403, 422, 200, 409)
    assert await open_stops(office.engine) == {}
    [row] = await office.rows(select(STOPS))
    assert (row.resumed_by, row.resumed_why) == ("chen", "mended")
    assert ("stage.resume", ["classify"], "mended") in await office.actions()


async def test_the_page_of_stages_says_in_the_readers_language_what_each_does_and_why_it_stopped(
    office: Office,
) -> None:
    group = office.settings.kafka.naming.group("classify")
    await stops.store(office.engine, Stop(group, "flood", "20 of 25", 20, 25))
    await office.signed_in("vi", Role.VIEWER)

    chinese = (await office.of.client.get("/ops/stages?lang=zh-CN")).text
    english = (await office.of.client.get("/ops/stages?lang=en")).text

    assert "把每件投诉转给负责的部门" in chinese
    assert "最近 25 件中有 20 件失败" in chinese
    assert "hands each complaint to the department" not in chinese
    assert "hands each complaint to the department" in english
    assert "20 of the last 25 records failed" in english


async def test_posts_to_a_department_that_stopped_are_resumed_where_the_finding_points(office: Office) -> None:
    office.settings.departments["after-sales"] = DepartmentSettings(webhook_url="https://erp.example/in")
    group = office.settings.kafka.naming.group("webhook-after-sales")
    await stops.store(office.engine, Stop(group, "gone", "410", 1, 1))
    await office.signed_in("chen", Role.SUPERVISOR)

    page = (await office.of.client.get("/ops/stages")).text
    resumed = await office.post("/ops/stages/webhook-after-sales/resume", form="/ops/stages", reason="it is back")

    assert "把记录推送给售后服务部的系统" in page
    assert "请对方系统恢复接收" in page
    assert resumed.status_code == 200
    assert await open_stops(office.engine) == {}
