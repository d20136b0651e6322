"""An authority's notice on the phone reaches the 12315 channel's reader, and stays nowhere else."""

import json
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from gateway.staff.roles import Role
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem
from schemas.tables.staff import STAFF_ENTRIES
from tests.gateway.staff.conftest import Open
from tests.schemas.making import complaint

pytestmark = pytest.mark.services

TYPED = {
    "authority": "人民路市场监督管理所",
    "number": "1310000002026112200000001",
    "kind": "complaint",
    "received_at": "2026-11-22T10:00",
    "due_at": "2026-12-01T17:00",
    "complainant_name": "李强",
    "complainant_phone": "13800000000",
    "respondent": "人民路店",
    "product": "奶粉",
    "text": "奶粉结块",
    "demand": "退款",
}


class _Reader:
    channel = "regulator_12315"

    def __init__(self) -> None:
        self.seen: list[Inbound] = []

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Remember it and make some complaint of it."""
        self.seen.append(inbound)
        return [ParsedComplaint(0, complaint("1", channel=self.channel))]


async def test_the_notice_is_handed_over_under_the_agreed_names(open_desk: Open) -> None:
    reader = _Reader()
    async with open_desk(regulator=reader) as desk:
        made = await desk.signed_in("wang.li", Role.CLERK, display_name="王丽")
        sent = await desk.post("/staff/authority", **TYPED)
        done = await desk.of.client.get(sent.headers["location"])
        kept = await desk.rows(select(STAFF_ENTRIES))

    [inbound] = reader.seen
    assert (inbound.channel, inbound.account, inbound.content_type) == ("regulator_12315", "manual", "application/json")
    assert inbound.source["kind"] == "manual"
    assert inbound.source["staff_id"] == str(made.account_id)
    assert inbound.received_at.isoformat() == "2026-11-22T02:00:00+00:00"
    assert json.loads(inbound.body) == {
        "number": "1310000002026112200000001",
        "authority": "人民路市场监督管理所",
        "kind": "complaint",
        "received_at": "2026-11-22T02:00:00.000Z",
        "due_at": "2026-12-01T09:00:00.000Z",
        "complainant": {"name": "李强", "phone": "13800000000"},
        "respondent": "人民路店",
        "product": "奶粉",
        "text": "奶粉结块",
        "request": "退款",
    }
    assert done.status_code == 200
    assert "李强" not in done.text
    assert kept == []


async def test_without_authority_or_words_everything_typed_stays(open_desk: Open) -> None:
    reader = _Reader()
    async with open_desk(regulator=reader) as desk:
        await desk.signed_in("wang.li", Role.CLERK)
        answer = await desk.post("/staff/authority", **(TYPED | {"authority": "", "text": ""}))

    assert answer.status_code == 422
    assert 'id="authority-error"' in answer.text
    assert 'value="李强"' in answer.text
    assert reader.seen == []


async def test_without_the_channel_the_page_says_whom_to_tell(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("wang.li", Role.CLERK)
        answer = await desk.of.client.get("/staff/authority")

    assert answer.status_code == 503
