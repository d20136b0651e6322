"""Links that wait for a decision, and the reply box: what may be seen and sent, and what never is."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.staff.roles import Role
from operations.folding import last_states
from schemas.identity import tracking_number
from schemas.messages import Message
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS
from schemas.topics import MESSAGES
from tests.gateway.staff.conftest import hidden
from tests.operations.desk.conftest import Office

pytestmark = pytest.mark.services

PHONE = "+8613812345678"


async def known(office: Office, promise: dict[str, Any] | None = None, **member: Any) -> tuple[UUID, str]:
    """A complaint with its promise and case."""
    complaint, now = uuid4(), office.of.now
    number = tracking_number(b"number key of the tests, 32 bytes", complaint)
    row = {
        "subject_id": complaint,
        "kind": "complaint",
        "state": "open",
        "tracking_number": number,
        "channel": "phone",
        "account": "sms",
        "received_at": now,
        "due_at": now + timedelta(hours=24),
        "is_automatic": False,
        "page_shown": False,
        "by_authority": False,
        "reply_channel": "phone",
        "addresses": [{"channel": "phone", "account": "sms", "address": PHONE}],
        "references": [],
    }
    await office.insert(PROMISES, **row | (promise or {}))
    placed = {
        "complaint_id": complaint,
        "case_id": uuid4(),
        "case_seq": 1,
        "tracking_number": number,
        "verdict": "new",
        "account": "sms",
        "received_at": now,
        "is_automatic": False,
        "is_referral": False,
    }
    await office.insert(CASE_MEMBERS, **placed | member)
    return complaint, number


async def messages(office: Office) -> list[Message]:
    """What was handed over."""
    return await last_states(office.settings, MESSAGES, Message, lambda message: message.message_id)


async def test_a_suspected_link_is_listed_until_a_person_has_ruled(office: Office) -> None:
    earlier, earlier_number = await known(office)
    _, waiting = await known(office, verdict="suspected", of=earlier)
    _, ruled = await known(office, verdict="suspected", of=earlier, ruled_by=uuid4())
    _, sealed = await known(office, verdict="suspected", of=earlier, sealed=True)
    await office.signed_in("vi", Role.VIEWER)

    page = (await office.of.client.get("/ops/links")).text

    assert waiting in page
    assert earlier_number in page
    assert ruled not in page
    assert sealed not in page


async def test_a_sealed_complaint_has_no_page_of_links(office: Office) -> None:
    complaint, number = await known(office, sealed=True)
    await office.signed_in("guo", Role.REGULATOR_AFFAIRS)

    assert (await office.of.client.get(f"/ops/links/{number}")).status_code == 404
    assert (await office.of.client.get(f"/ops/links/{complaint}")).status_code == 404


async def test_a_reply_is_previewed_with_its_way_and_goes_out_once(office: Office) -> None:
    complaint, number = await known(office)
    await office.signed_in("li", Role.OPERATOR)
    path, words = f"/ops/complaints/{number}/reply", "已为您退款 <b>20</b> 元"

    form = (await office.of.client.get(path)).text
    preview = await office.post(path, text=words)
    before = await messages(office)
    sure = hidden(preview.text) | {"text": words}
    sent = await office.of.client.post(path, data=sure)
    again = await office.of.client.post(path, data=sure)
    changed = await office.of.client.post(path, data=sure | {"text": "另：明日送达"})

    assert "138****5678" in form
    assert PHONE not in form + preview.text
    assert "&lt;b&gt;20" in preview.text
    assert before == []
    assert [one.status_code for one in (sent, again, changed)] == [200, 200, 200]
    first, second = await messages(office)
    assert (first.kind, first.text, first.complaint_id, first.by, first.channel) == (
        "reply", words, complaint, "li", None,
    )  # fmt: skip
    assert second.text == "另：明日送达"
    assert [(action, ids[0]) for action, ids, _ in await office.actions()] == [("complaint.reply", str(complaint))] * 2


@pytest.mark.parametrize(
    ("promise", "member"),
    [
        ({"by_authority": True}, {}),
        ({}, {"is_referral": True}),
        ({}, {"sealed": True}),
        ({"is_automatic": True}, {}),
        ({"addresses": []}, {}),
    ],
)
async def test_where_no_reply_may_go_none_is_taken(
    office: Office, promise: dict[str, Any], member: dict[str, Any]
) -> None:
    _, number = await known(office, promise, **member)
    await office.signed_in("chen", Role.SUPERVISOR, Role.REGULATOR_AFFAIRS)

    form = await office.of.client.get(f"/ops/complaints/{number}/reply")
    token = hidden((await office.of.client.get("/staff")).text)
    forced = await office.of.client.post(
        f"/ops/complaints/{number}/reply", data=token | {"text": "x", "sure": "yes", "nonce": "n" * 20}
    )

    assert 'role="alert"' in form.text
    assert "<textarea" not in form.text
    assert forced.status_code == 409
    assert await messages(office) == []


@pytest.mark.parametrize("text", ["", "   ", "长" * 2001])
async def test_a_blank_or_endless_reply_is_shown_again(office: Office, text: str) -> None:
    _, number = await known(office)
    await office.signed_in("li", Role.OPERATOR)

    answer = await office.post(f"/ops/complaints/{number}/reply", text=text, sure="yes")

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert await messages(office) == []
