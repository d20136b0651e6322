"""Sessions and passwords: fixed, guessed, told apart by the work done, widened by fields nobody asked for."""

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from gateway.staff import passwords
from gateway.staff.passwords import Passwords, hashed
from gateway.staff.roles import Role
from gateway.tokens import Scope, make
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import STAFF_ACCOUNTS
from tests.gateway.staff.conftest import PASSWORD
from tests.operations.desk.conftest import Office

FIXED = "fixed-by-somebody-else-0123456789abcdefghijk"


async def test_an_unknown_account_costs_the_work_of_a_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, verified = hashed(PASSWORD, StaffSettings()), list[str]()

    class Counting:
        """Argon2 that counts."""

        def hash(self, password: str) -> str:
            """As always."""
            return PasswordHasher().hash(password)

        def verify(self, kept: str, typed: bytes) -> bool:
            """Notes with which costs."""
            verified.append(kept.split("$")[3])
            return PasswordHasher().verify(kept, typed)

    monkeypatch.setattr(passwords, "_HASHER", Counting())

    known, unknown = await Passwords().fit("wrong", kept), await Passwords().fit("wrong", None)

    assert (known, unknown) == (False, False)
    assert len(verified) == 2
    assert len(set(verified)) == 1


async def test_a_password_of_a_megabyte_is_not_hashed_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = list[int]()

    def noting(typed: str) -> bytes:
        lengths.append(len(typed))
        return typed.encode()

    monkeypatch.setattr(passwords, "_canonical", noting)

    assert not await Passwords().fit("x" * 1_000_000, hashed(PASSWORD, StaffSettings()))
    assert max(lengths) <= 256


@pytest.mark.services
async def test_a_session_that_somebody_else_chose_is_never_taken_over(office: Office) -> None:
    await office.account("one", Role.ADMIN)
    office.of.client.cookies.clear()
    office.of.client.cookies.set("staff_session", FIXED)
    assert (await office.of.client.get("/staff")).status_code == 303

    await office.sign_in("one")
    mine = office.of.client.cookies["staff_session"]
    await office.sign_in("one")
    newer = office.of.client.cookies["staff_session"]

    assert len({FIXED, mine, newer}) == 3
    office.of.client.cookies.clear()
    office.of.client.cookies.set("staff_session", FIXED)
    assert (await office.of.client.get("/staff")).status_code == 303


@pytest.mark.services
async def test_fields_nobody_asked_for_give_no_rights(office: Office) -> None:
    made = await office.signed_in("clerk", Role.CLERK)
    more = {
        "roles": "admin",
        "role.admin": "1",
        "account_id": "x",
        "stores": "",
        "disabled_at": "",
        "password_hash": "x",
    }

    await office.post(
        "/staff/password", old="wrong", new="another long one 2026", again="another long one 2026", **more
    )
    await office.post("/staff/entry", text="坏了", **more)

    [row] = await office.rows(select(STAFF_ACCOUNTS).where(STAFF_ACCOUNTS.c.account_id == made.account_id))
    assert row.roles == ["clerk"]
    assert (await office.of.client.get("/ops/accounts")).status_code == 403


@pytest.mark.services
@pytest.mark.parametrize("where", ["access_token", "token", "Authorization", "bearer"])
async def test_a_token_in_an_address_opens_nothing(office: Office, where: str) -> None:
    async with office.engine.begin() as connection:
        ends = office.of.now.replace(year=office.of.now.year + 1)
        _, token = await make(
            connection, office.of.now, "t", list(Scope), department="quality", expires_at=ends, by="admin"
        )
    address = "/api/v1/attachments/0a8e8a9c-6d1e-5b7e-8f53-0c7c1f6b2d10"

    in_address = await office.of.client.get(address, params={where: token})
    in_header = await office.of.client.get(address, headers={"authorization": f"Bearer {token}"})

    assert (in_address.status_code, in_header.status_code) == (401, 404)
