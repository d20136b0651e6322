"""Accounts: an administrator gives and takes rights, nobody else does, and the last one stays."""

import asyncio
import re
from uuid import UUID

import pytest

from gateway.staff import administering
from gateway.staff.roles import Role
from tests.gateway.staff.conftest import Desk, hidden
from tests.operations.accounts.conftest import OpenOps, audited

pytestmark = pytest.mark.services
ADMIN = "/ops/accounts"


def shown(page: str) -> str:
    """The password or token a page shows."""
    found = re.search(r"<code>([^<]+)</code>", page)
    assert found is not None
    return found[1]


async def change(desk: Desk, account_id: UUID, what: str, **fields: str) -> int:
    """Press a button on the page of an account."""
    page = (await desk.of.client.get(f"{ADMIN}/{account_id}")).text
    token = {"csrf": hidden(page)["csrf"]}
    return (await desk.of.client.post(f"{ADMIN}/{account_id}/{what}", data=token | fields)).status_code


async def test_a_new_account_signs_in_with_the_password_that_was_shown_once(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        await desk.signed_in("root", Role.ADMIN)
        made = await desk.post(ADMIN, name="wang.li", **{"role.operator": "1", "display_name": "王丽"})
        listed = await desk.of.client.get(ADMIN)
        entered = await desk.sign_in("wang.li", shown(made.text))
        noted = await audited(desk)

    assert (made.status_code, made.headers["cache-control"], entered.status_code) == (200, "no-store", 303)
    assert "王丽" in listed.text
    assert shown(made.text) not in listed.text
    assert "staff.add" in noted


async def test_roles_are_changed_at_once_and_the_account_signs_in_again(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        other = await desk.account("wang.li", Role.CLERK)
        await desk.sign_in("wang.li")
        cookies = dict(desk.of.client.cookies)
        await desk.signed_in("root", Role.ADMIN)
        status = await change(desk, other.account_id, "roles", **{"role.viewer": "1"})
        desk.of.client.cookies.clear()
        desk.of.client.cookies.update(cookies)
        old = await desk.of.client.get("/staff")
        await desk.sign_in("wang.li")
        board, entry = await desk.of.client.get("/ops"), await desk.of.client.get("/staff/entry")

    assert (status, old.status_code, board.status_code, entry.status_code) == (303, 303, 200, 403)


@pytest.mark.parametrize(("what", "fields"), [("disable", {}), ("roles", {"role.operator": "1"})])
async def test_nobody_takes_the_last_administrator_away(open_ops: OpenOps, what: str, fields: dict[str, str]) -> None:
    async with open_ops() as desk:
        root = await desk.signed_in("root", Role.ADMIN)
        gone = await desk.account("gone", Role.ADMIN)
        assert await change(desk, gone.account_id, "disable") == 303

        refused = await change(desk, root.account_id, what, **fields)

        assert refused == 409
        assert (await desk.of.client.get(ADMIN)).status_code == 200


async def test_two_administrators_that_disable_each_other_at_once_leave_one(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        both = [await desk.account(name, Role.ADMIN) for name in ("one", "two")]

        async def disable(account_id: UUID) -> None:
            async with desk.engine.begin() as connection:
                await administering.disable(connection, desk.of.now, account_id)

        done = await asyncio.gather(*(disable(one.account_id) for one in both), return_exceptions=True)

    assert sorted(type(one).__name__ for one in done) == ["LastAdmin", "NoneType"]


async def test_a_disabled_account_is_out_and_an_enabled_one_may_come_back(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        other = await desk.account("wang.li", Role.CLERK)
        await desk.signed_in("root", Role.ADMIN)
        await change(desk, other.account_id, "disable")
        out = await desk.sign_in("wang.li")
        await desk.sign_in("root")
        await change(desk, other.account_id, "enable")
        back = await desk.sign_in("wang.li")

    assert (out.status_code, back.status_code) == (403, 303)


async def test_a_lock_is_lifted(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        other = await desk.account("wang.li", Role.CLERK)
        for _ in range(6):
            await desk.sign_in("wang.li", "wrong")
        locked = await desk.sign_in("wang.li")
        await desk.signed_in("root", Role.ADMIN)
        await change(desk, other.account_id, "unlock")

        assert (locked.status_code, (await desk.sign_in("wang.li")).status_code) == (403, 303)


async def test_a_new_password_ends_the_old_one_and_its_sessions(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        other = await desk.account("wang.li", Role.CLERK)
        await desk.signed_in("root", Role.ADMIN)
        page = await desk.post(f"{ADMIN}/{other.account_id}/password", form=f"{ADMIN}/{other.account_id}")
        old, new = await desk.sign_in("wang.li"), await desk.sign_in("wang.li", shown(page.text))

    assert (old.status_code, new.status_code) == (403, 303)


async def test_sessions_are_listed_and_ended_one_by_one(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        other = await desk.account("wang.li", Role.CLERK)
        await desk.sign_in("wang.li")
        cookies = dict(desk.of.client.cookies)
        await desk.sign_in("wang.li")
        await desk.signed_in("root", Role.ADMIN)
        page = (await desk.of.client.get(f"{ADMIN}/{other.account_id}")).text
        keys = re.findall(r'name="session" value="([0-9a-f]{16})"', page)
        for key in keys:
            await change(desk, other.account_id, "sessions", session=key)
        desk.of.client.cookies.clear()
        desk.of.client.cookies.update(cookies)

        assert len(keys) == 2
        assert (await desk.of.client.get("/staff")).status_code == 303


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.ADMIN])
async def test_no_other_role_comes_near(open_ops: OpenOps, role: Role) -> None:
    async with open_ops() as desk:
        root = await desk.account("root", Role.ADMIN)
        await desk.signed_in("other", role)
        csrf = {"csrf": hidden((await desk.of.client.get("/staff")).text)["csrf"]}
        one = f"{ADMIN}/{root.account_id}"
        seen = [(await desk.of.client.get(path)).status_code for path in (ADMIN, one, f"{ADMIN}/tokens")]
        done = [
            (await desk.of.client.post(path, data=csrf)).status_code
            for path in (ADMIN, f"{ADMIN}/tokens", *(f"{one}/{what}" for what in ("roles", "disable", "password")))
        ]

    assert {*seen, *done} == {403}


async def test_a_form_without_its_token_changes_nothing(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        await desk.signed_in("root", Role.ADMIN)
        other = await desk.account("wang.li", Role.CLERK)
        answers = [
            await desk.of.client.post(f"{ADMIN}/{other.account_id}/{what}", data={"csrf": "x"})
            for what in ("roles", "disable", "enable", "unlock", "sessions", "password")
        ]
        answers.append(await desk.of.client.post(ADMIN, data={"csrf": "x", "name": "evil", "role.admin": "1"}))

        assert {one.status_code for one in answers} == {403}
        assert (await desk.sign_in("wang.li")).status_code == 303


async def test_what_is_typed_is_shown_as_text(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        await desk.signed_in("root", Role.ADMIN)
        await desk.post(ADMIN, name="x1", display_name="<script>alert(1)</script>", **{"role.clerk": "1"})
        page = (await desk.of.client.get(ADMIN)).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


async def test_an_account_that_is_not_there_is_not_found(open_ops: OpenOps) -> None:
    async with open_ops() as desk:
        await desk.signed_in("root", Role.ADMIN)

        assert (await desk.of.client.get(f"{ADMIN}/{UUID(int=1)}")).status_code == 404
