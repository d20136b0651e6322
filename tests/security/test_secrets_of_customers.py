"""Whoever may read along must not be able to act as the customer: keys and one-time codes are shown to nobody."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import update

from deploy.cli.tail import line_of
from gateway.staff.roles import Role
from operations.history.masked import masked
from operations.keyless import keyless
from operations.previews import preview
from schemas.tables.acknowledge import OUTBOX
from tests.operations.desk.conftest import Office
from tests.operations.desk.test_outbox_and_stages import message

KEY = "Zk3_v9-QbR7tYx2LmN8pWs"
LINK = f"您的投诉：https://c.example.com/track/ETNV-X5SQ-JG01-G#k={KEY} 请查看"
CODE = "493027"
SENT = {"kind": "code", "values": {"code": CODE}, "text": f"验证码 {CODE}", "tracking_number": "ETNV-X5SQ-JG01-G"}


def test_tail_shows_neither_keys_nor_codes() -> None:
    for value in (SENT, {"quoted_text": LINK, "parts": [{"text": LINK}]}, LINK):
        record = SimpleNamespace(
            topic="complaints.messages.v1", partition=0, offset=1, timestamp=0, timestamp_type=0, key=b"k", headers=(),
            value=json.dumps(value).encode(),
        )  # fmt: skip
        shown = line_of(cast(Any, record)).to_json().decode()

        assert CODE not in shown
        assert KEY not in shown


def test_everything_else_of_a_message_is_shown_as_it_is() -> None:
    assert keyless(SENT)["tracking_number"] == SENT["tracking_number"]
    assert keyless({"kind": "reply", "text": CODE}) == {"kind": "reply", "text": CODE}
    assert keyless(LINK) == LINK.replace(KEY, "***")


@pytest.mark.parametrize("value", [SENT, {"text": LINK}])
def test_previews_and_histories_show_neither(value: dict[str, Any]) -> None:
    shown = f"{preview('application/json', json.dumps(value).encode())}{masked({'text': LINK})}"

    assert CODE not in shown
    assert KEY not in shown


@pytest.mark.services
async def test_the_outbox_shows_neither(office: Office) -> None:
    await office.signed_in("chen", Role.ADMIN)
    linked, coded = await message(office, "unknown", "N1"), await message(office, "unknown", "N2")
    async with office.engine.begin() as connection:
        await connection.execute(update(OUTBOX).where(OUTBOX.c.outbox_id == linked).values(text=LINK))
        values = {"kind": "code", "text": f"验证码 {CODE}"}
        await connection.execute(update(OUTBOX).where(OUTBOX.c.outbox_id == coded).values(values))

    pages = [(await office.of.client.get(f"/ops/outbox/{one}")).text for one in (linked, coded)]

    assert "#k=***" in pages[0]
    assert "一次性验证码" in pages[1]
    assert CODE not in pages[1]
