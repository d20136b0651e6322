"""Signing in: nothing shows before, and tries tell nothing."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gateway.staff import accounts
from gateway.staff.roles import Role
from gateway.staff.texts import texts
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import AUDIT_LOG, STAFF_SESSIONS
from tests.gateway.staff.conftest import PASSWORD, Open, hidden

pytestmark = pytest.mark.services

WRONG = texts()["sign_in.wrong"]["zh-CN"]


async def test_a_member_of_staff_signs_in_and_out_and_both_are_on_record(open_desk: Open) -> None:
    async with open_desk() as desk:
        before = await desk.of.client.get("/staff")
        made = await desk.signed_in("wang.li", Role.CLERK, display_name="王丽")
        start = await desk.of.client.get("/staff")
        out = await desk.post("/staff/sign-out", form="/staff")
        after = await desk.of.client.get("/staff")

        noted = await desk.rows(select(AUDIT_LOG.c.action, AUDIT_LOG.c.account_id).order_by(AUDIT_LOG.c.entry_id))
        left = await desk.rows(select(STAFF_SESSIONS))
    assert before.headers["location"] == "/staff/sign-in?next=%2Fstaff"
    assert "王丽" in start.text
    assert (out.status_code, after.status_code, left) == (303, 303, [])
    assert noted == [("sign-in", made.account_id), ("sign-out", made.account_id)]


async def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.account("wang.li", Role.CLERK)
        cookie = (await desk.sign_in("wang.li")).headers["set-cookie"]

    for word in ("HttpOnly", "SameSite=lax", "Secure", "Path=/staff"):
        assert word in cookie


async def test_unknown_wrong_disabled_and_locked_are_answered_alike(open_desk: Open) -> None:
    async with open_desk(staff=StaffSettings(free_tries=2)) as desk:
        for name in ("one", "two", "gone"):
            await desk.account(name, Role.CLERK)
        async with desk.engine.begin() as connection:
            await accounts.disable(connection, desk.of.now, "gone")
        for _ in range(2):
            await desk.sign_in("two", "wrong")

        answers = [
            await desk.sign_in("nobody"),
            await desk.sign_in("one", "wrong"),
            await desk.sign_in("gone"),
            await desk.sign_in("two"),
        ]
    pages = {re.sub(r'value="[^"]*"', "", one.text) for one in answers}
    assert {one.status_code for one in answers} == {403}
    assert len(pages) == 1
    assert WRONG in answers[0].text


async def test_each_lock_is_longer_and_ends_by_itself(open_desk: Open) -> None:
    settings = StaffSettings(free_tries=1, first_pause=timedelta(minutes=1))
    async with open_desk(staff=settings) as desk:
        await desk.account("one", Role.CLERK)
        await desk.sign_in("one", "wrong")
        desk.of.now += timedelta(minutes=1, seconds=1)
        await desk.sign_in("one", "wrong again")
        desk.of.now += timedelta(minutes=1, seconds=1)
        locked = await desk.sign_in("one")
        desk.of.now += timedelta(minutes=1)

        assert locked.status_code == 403
        assert (await desk.sign_in("one")).status_code == 303


async def test_a_session_ends_by_time_by_idleness_and_with_its_account(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("one", Role.CLERK)
        desk.of.now += timedelta(hours=2, seconds=1)
        idle = await desk.of.client.get("/staff")
        await desk.sign_in("one")
        for _ in range(12):
            desk.of.now += timedelta(hours=1)
            await desk.of.client.get("/staff")
        old = await desk.of.client.get("/staff")
        await desk.sign_in("one")
        async with desk.engine.begin() as connection:
            await accounts.disable(connection, desk.of.now, "one")
        disabled = await desk.of.client.get("/staff")

    assert [one.status_code for one in (idle, old, disabled)] == [303, 303, 303]


async def test_a_form_without_its_token_or_of_another_session_does_nothing(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("one", Role.CLERK)
        others = hidden((await desk.of.client.get("/staff")).text)
        await desk.signed_in("two", Role.CLERK)

        bare = await desk.of.client.post("/staff/sign-out")
        forged = await desk.of.client.post("/staff/sign-out", data=others)
        still = await desk.of.client.get("/staff")
    assert (bare.status_code, forged.status_code, still.status_code) == (415, 403, 200)


async def test_signing_in_needs_the_form_of_this_browser(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.account("one", Role.CLERK)
        page = hidden((await desk.of.client.get("/staff/sign-in")).text)
        desk.of.client.cookies.clear()
        answer = await desk.of.client.post("/staff/sign-in", data=page | {"name": "one", "password": PASSWORD})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/staff.evil.example", "/staff\\x", "/q/x"]
)
async def test_nobody_is_led_elsewhere_after_signing_in(open_desk: Open, target: str) -> None:
    async with open_desk() as desk:
        await desk.account("one", Role.CLERK)
        answer = await desk.sign_in("one", next=target)

    assert answer.headers["location"] == "/staff"


async def test_the_way_back_is_kept(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.account("one", Role.CLERK)
        first = await desk.of.client.get("/staff/entry?call=abc")
        page = hidden((await desk.of.client.get(first.headers["location"])).text)
        answer = await desk.of.client.post("/staff/sign-in", data=page | {"name": "one", "password": PASSWORD})

    assert answer.headers["location"] == "/staff/entry?call=abc"


async def test_the_audit_log_takes_no_change_and_no_removal(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("one", Role.CLERK)
        for change in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"):
            async with desk.engine.connect() as connection:
                with pytest.raises(DBAPIError, match="append-only"):
                    await connection.execute(text(change))


async def test_one_address_that_tries_one_password_on_many_accounts_is_slowed_down(open_desk: Open) -> None:
    async with open_desk(staff=StaffSettings(wrong_sign_ins_per_minute=3)) as desk:
        await desk.account("right", Role.CLERK)
        welcome = [(await desk.sign_in("right")).status_code for _ in range(4)]
        wrong = [(await desk.sign_in(f"account-{number}", "Summer2026!")).status_code for number in range(4)]
        even_right = await desk.sign_in("right")

    assert welcome == [303] * 4
    assert wrong == [403, 403, 403, 429]
    assert (even_right.status_code, "Retry-After" in even_right.headers) == (429, True)
