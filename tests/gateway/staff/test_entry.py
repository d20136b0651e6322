"""What members of staff type: one complaint a form, nothing typed is lost, a call gets its words."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from connectors.phone import Phone
from connectors.phone.callbacks import Vendor
from connectors.phone.calls import Calls
from gateway.staff.calls import call_token, read_call
from gateway.staff.roles import Role
from schemas.additions import Addition
from schemas.complaint import Proof
from schemas.identity import named_uuid, tracking_number
from schemas.settings import PhoneAccountSettings
from schemas.tables.staff import AUDIT_LOG, STAFF_ENTRIES
from schemas.topics import ADDITIONS
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.parts import NUMBERING
from tests.gateway.staff.conftest import Desk, Open, hidden

pytestmark = pytest.mark.services

TYPED = {
    "entry": "desk",
    "text": "营业员态度恶劣，拒绝退货",
    "name": "李强",
    "sex": "male",
    "unit": "第三中学",
    "phone": "138 0000 0000",
    "store": "人民路店",
    "counter": "三楼女鞋",
    "product": "皮鞋",
    "model": "A-37",
    "salesperson": "赵某",
}


async def _clerk(desk: Desk) -> None:
    await desk.signed_in("wang.li", Role.CLERK, display_name="王丽", stores=["人民路店"])


async def test_what_is_typed_at_the_desk_becomes_a_complaint_with_its_number_and_receipt(open_desk: Open) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        sent = await desk.post("/staff/entry", **TYPED, received_at="2026-11-22T15:30")
        page = await desk.of.client.get(sent.headers["location"])
        number = sent.headers["location"].split("/")[-1].partition("?")[0]
        receipt = await desk.of.client.get(f"/staff/records/{number}/receipt")

    [complaint] = desk.of.complaints()
    assert sent.status_code == 303
    assert complaint.tracking_number == number
    assert number in page.text
    assert "2026年11月23日 15:30" in receipt.text
    assert (complaint.channel, complaint.entry) == ("web", "desk")
    assert complaint.received_at == datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    assert (complaint.submitted_by.role, complaint.submitted_by.name) == ("staff", "王丽")
    assert complaint.sender is not None
    assert complaint.sender.proofs == {complaint.sender.phones[0]: Proof.STAFF}
    assert complaint.stated.salesperson == "赵某"


async def test_a_form_sent_twice_is_one_complaint_and_one_record(open_desk: Open) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        form = hidden((await desk.of.client.get("/staff/entry")).text) | TYPED
        first, again = [await desk.of.client.post("/staff/entry", data=form) for _ in range(2)]

        assert first.headers["location"] == again.headers["location"]
        assert len(await desk.rows(select(STAFF_ENTRIES))) == 1


async def test_a_slip_from_the_paper_box_comes_with_its_photo(open_desk: Open) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        photo = {"files": ("slip.jpg", b"\xff\xd8 slip", "image/jpeg")}
        await desk.post("/staff/entry", **(TYPED | {"entry": "paper-box"}), files=photo)

    [complaint] = desk.of.complaints()
    assert complaint.entry == "paper-box"
    assert [(one.media_type, one.state) for one in complaint.attachments] == [("image/jpeg", "stored")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"text": " "}, "text"), ({"received_at": "2026-11-23T15:30"}, "received_at"),
     ({"received_at": "x"}, "received_at"),
     ({"email": "nobody"}, "email"), ({"entry": "x"}, "entry")],
)  # fmt: skip
async def test_a_wrong_field_is_named_and_everything_typed_stays(
    open_desk: Open, wrong: dict[str, str], field: str
) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        answer = await desk.post("/staff/entry", **(TYPED | wrong))

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="第三中学"' in answer.text
    assert desk.of.complaints() == []


async def test_what_cannot_be_stored_now_is_shown_again_and_stays_one_complaint(open_desk: Open) -> None:
    async with open_desk(max_spool_bytes=10) as desk:
        await _clerk(desk)
        await desk.of.parts.intake.drained(timedelta(seconds=5))
        desk.of.log.away = True
        answer = await desk.post("/staff/entry", **TYPED)
        desk.of.log.away = False
        await desk.of.parts.intake.drained(timedelta(seconds=5))
        again = await desk.of.client.post("/staff/entry", data=hidden(answer.text) | TYPED)

    assert (answer.status_code, again.status_code) == (503, 303)
    assert 'value="第三中学"' in answer.text
    assert len(desk.of.complaints()) == 1


async def test_another_stores_records_and_entries_are_out_of_reach(open_desk: Open) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        sent = await desk.post("/staff/entry", **TYPED)
        await desk.signed_in("zhao", Role.CLERK, stores=["解放路店"])
        page = await desk.of.client.get(sent.headers["location"])
        listed = await desk.of.client.get("/staff/records")
        foreign = await desk.post("/staff/entry", **TYPED)

    assert (page.status_code, foreign.status_code) == (403, 403)
    assert "李强" not in page.text
    assert not re.search(r"/staff/records/[0-9A-Z]{4}-", listed.text)


async def test_every_look_at_a_record_is_on_record_without_personal_data(open_desk: Open) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        sent = await desk.post("/staff/entry", **TYPED)
        number = sent.headers["location"].split("/")[-1].partition("?")[0]
        for path in ("", "/receipt", "/print"):
            await desk.of.client.get(f"/staff/records/{number}{path}")
        rows = await desk.rows(select(AUDIT_LOG).order_by(AUDIT_LOG.c.entry_id))

    [complaint] = desk.of.complaints()
    looks = [row for row in rows if row.object_ids == [str(complaint.complaint_id)]]
    assert [row.action for row in looks] == ["entry.made", "record.see", "record.receipt", "record.print"]
    assert not any(word in str(rows) for word in ("李强", "王丽", "wang.li", "138 0000", "13800000000"))


async def test_the_record_form_has_every_field_of_the_original(open_desk: Open) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        sent = await desk.post("/staff/entry", **TYPED)
        number = sent.headers["location"].split("/")[-1].partition("?")[0]
        page = (await desk.of.client.get(f"/staff/records/{number}/print?lang=en")).text

    for label in (
        "顾客异议处理记录表", "日期", "星期", "投诉人单位", "投诉人姓名", "性别", "电话", "被投诉店柜", "商品", "型号",
        "营业员", "异议要点", "记录人", "顾客意见", "满意度跟踪", "跟踪记录人",
        "秘书室意见", "处理部门处理结果", "总经理室批示",
    ):  # fmt: skip
        assert label in page, label
    for word in (
        "星期日",
        "第三中学",
        "李强",
        "男",
        "138 0000 0000",
        "人民路店 三楼女鞋",
        "A-37",
        "赵某",
        "王丽",
        number,
    ):
        assert word in page, word


async def test_what_is_typed_about_a_call_is_added_to_its_complaint(open_desk: Open) -> None:
    owner = named_uuid("a call")
    async with open_desk() as desk:
        await _clerk(desk)
        token = call_token(TOKEN_KEYS, owner, desk.of.now + timedelta(hours=1))
        for _ in range(2):
            page = await desk.of.client.get(f"/staff/entry?call={token}")
            form = hidden(page.text) | {"nonce": "n" * 16, "text": "来电说奶粉结块", "product": "奶粉"}
            answer = await desk.of.client.post("/staff/entry", data=form)

    first, again = [Addition.model_validate_json(one.value) for one in desk.of.log.on(ADDITIONS.name)]
    assert tracking_number(NUMBERING.number_key, owner) in answer.text
    assert desk.of.complaints() == []
    assert first == again
    assert (first.complaint_id, first.text, first.stated.product) == (owner, "来电说奶粉结块", "奶粉")
    assert first.tasks_done == ("listen-and-type", "call-back")
    assert first.by == "王丽"


async def test_a_forged_or_old_call_never_changes_a_complaint(open_desk: Open) -> None:
    async with open_desk() as desk:
        await _clerk(desk)
        old = call_token(TOKEN_KEYS, named_uuid("a call"), desk.of.now - timedelta(seconds=1))
        page = await desk.of.client.get(f"/staff/entry?call={old}")
        form = hidden(page.text) | TYPED | {"call": "forged"}
        answer = await desk.of.client.post("/staff/entry", data=form)

    assert 'name="call"' not in page.text
    assert answer.status_code == 422
    assert desk.of.log.on(ADDITIONS.name) == []


@pytest.mark.parametrize("path", ["/staff/entry", "/staff/authority", "/staff/records"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
async def test_roles_without_the_task_are_refused(open_desk: Open, path: str, role: Role) -> None:
    async with open_desk() as desk:
        await desk.signed_in("someone", role)
        answer = await desk.of.client.get(path)

    assert answer.status_code == 403


async def test_a_softphone_opens_the_form_of_the_call_by_the_vendors_own_id(open_desk: Open) -> None:
    accounts = {"hotline": PhoneAccountSettings(vendor="aliyun-calls", secrets={"k": SecretStr("s" * 16)})}
    calls = Calls(NUMBERING, b"pseudonym key", accounts)
    async with open_desk() as desk:
        desk.of.parts.hooks = {"phone": Phone([calls])}
        await _clerk(desk)
        answer = await desk.of.client.get("/staff/calls/new", params={"account": "hotline", "call": "job-1"})
        nowhere = await desk.of.client.get("/staff/calls/new", params={"account": "other", "call": "job-1"})
        form = await desk.of.client.get(answer.headers["Location"])

    token = answer.headers["Location"].partition("call=")[2]
    assert read_call(TOKEN_KEYS, token, desk.of.now) == calls.complaint_id("hotline", Vendor.ALIYUN, "job-1")
    assert (answer.status_code, form.status_code, nowhere.status_code) == (303, 200, 404)
