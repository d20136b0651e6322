"""The staff page of codes: made, printed, revoked at once, each for one's own stores."""

import json
import re
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.qr.codes import keep, made, revoke
from gateway.qr.revoked import FILE, Revoked
from gateway.staff.roles import Role
from schemas.settings.staff import QrSettings
from schemas.tables.staff import AUDIT_LOG
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.parts import NOW
from tests.gateway.staff.conftest import Open
from tests.waiting import until

pytestmark = pytest.mark.services


async def test_a_code_is_made_printed_scanned_and_revoked_at_once(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("manager", Role.STORE_MANAGER, stores=["人民路店"])
        sent = await desk.post("/staff/qr", store="人民路店", counter="服务台")
        sheet = await desk.of.client.get(sent.headers["location"])
        url = re.findall(r"https://c\.example\.com(/q/[^<]+)", sheet.text)[0]
        code_id = sent.headers["location"].split("=")[1]
        before = await desk.of.client.get(url)
        await desk.post(f"/staff/qr/{code_id}/revoke", form="/staff/qr")
        after = await desk.of.client.get(url)
        actions = await desk.rows(select(AUDIT_LOG.c.action, AUDIT_LOG.c.object_ids).order_by(AUDIT_LOG.c.entry_id))

    assert "<svg" in sheet.text
    assert 'value="人民路店"' in before.text
    assert 'value="人民路店"' not in after.text
    assert actions[1:] == [("qr.make", [code_id]), ("qr.revoke", [code_id])]


async def test_codes_of_other_stores_can_be_neither_made_nor_printed_nor_revoked(open_desk: Open) -> None:
    async with open_desk() as desk:
        foreign = made(TOKEN_KEYS, "https://c.example.com", NOW, "解放路店")
        async with desk.engine.begin() as connection:
            await keep(connection, [foreign], None)
        await desk.signed_in("manager", Role.STORE_MANAGER, stores=["人民路店"])
        answers = [
            await desk.post("/staff/qr", store="解放路店"),
            await desk.of.client.get(f"/staff/qr/print?code={foreign.code_id}"),
            await desk.post(f"/staff/qr/{foreign.code_id}/revoke", form="/staff/qr"),
        ]
        page = await desk.of.client.get(foreign.url.removeprefix("https://c.example.com"))

    assert [one.status_code for one in answers] == [403, 404, 403]
    assert 'value="解放路店"' in page.text


async def test_a_code_revoked_elsewhere_is_known_without_a_restart(open_desk: Open, tmp_path: Path) -> None:
    async with open_desk() as desk:
        code = made(TOKEN_KEYS, "https://c.example.com", NOW, "人民路店")
        async with desk.engine.begin() as connection:
            await keep(connection, [code], None)
        async with aclosing(Revoked(tmp_path, desk.engine, QrSettings())) as known:
            before = known.has(code.code_id, NOW)
            async with desk.engine.begin() as connection:
                await revoke(connection, code.code_id, NOW)
            later = NOW + timedelta(minutes=2)
            await until(lambda: known.has(code.code_id, later))

    assert not before
    assert json.loads((tmp_path / FILE).read_bytes()) == [code.code_id]


async def test_a_clerk_may_not_make_codes(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("clerk", Role.CLERK)
        answer = await desk.of.client.get("/staff/qr")

    assert answer.status_code == 403
