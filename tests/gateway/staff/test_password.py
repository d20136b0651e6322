"""Changing the password: who knows the old one, and nobody else; other sessions end."""

import pytest
from sqlalchemy import select

from gateway.staff.roles import Role
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import AUDIT_LOG, STAFF_SESSIONS
from tests.gateway.staff.conftest import PASSWORD, Open

pytestmark = pytest.mark.services
NEW = "another long one 2026"


async def test_the_new_password_counts_and_other_sessions_end(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("one", Role.CLERK)
        await desk.sign_in("one")
        done = await desk.post("/staff/password", old=PASSWORD, new=NEW, again=NEW)
        still = await desk.of.client.get("/staff")
        left = await desk.rows(select(STAFF_SESSIONS))
        noted = [row.action for row in await desk.rows(select(AUDIT_LOG.c.action).order_by(AUDIT_LOG.c.entry_id))]
        old, new = await desk.sign_in("one"), await desk.sign_in("one", NEW)

    assert (done.status_code, still.status_code, len(left)) == (303, 200, 1)
    assert noted[-1] == "staff.password"
    assert (old.status_code, new.status_code) == (403, 303)


@pytest.mark.parametrize(
    ("old", "new", "again"), [("wrong", NEW, NEW), (PASSWORD, NEW, "other"), (PASSWORD, "short", "short")]
)
async def test_what_does_not_fit_changes_nothing(open_desk: Open, old: str, new: str, again: str) -> None:
    async with open_desk() as desk:
        await desk.signed_in("one", Role.CLERK)
        refused = await desk.post("/staff/password", old=old, new=new, again=again)

        assert refused.status_code == 422
        assert (await desk.sign_in("one")).status_code == 303


async def test_a_stolen_session_does_not_find_the_password_by_trying(open_desk: Open) -> None:
    async with open_desk(staff=StaffSettings(free_tries=2)) as desk:
        await desk.signed_in("one", Role.CLERK)
        for _ in range(3):
            await desk.post("/staff/password", old="wrong", new=NEW, again=NEW)
        locked = await desk.post("/staff/password", old=PASSWORD, new=NEW, again=NEW)

    assert locked.status_code == 422
