"""Signing in at the identity provider: who it proves comes in once, with the roles of the first time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select

from gateway.staff.oidc import Oidc
from gateway.staff.roles import Role
from schemas.errors import SettingsInvalid
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import AUDIT_LOG, STAFF_ACCOUNTS, STAFF_SESSIONS
from tests.gateway.parts import NOW
from tests.gateway.staff.conftest import PASSWORD, Desk, Open, hidden
from tests.gateway.staff.provider import SETTINGS, IdentityProvider

pytestmark = pytest.mark.services
GO = "/staff/sign-in/provider"


@asynccontextmanager
async def opened(open_desk: Open, **more: Any) -> AsyncIterator[tuple[Desk, IdentityProvider]]:
    """A gateway that trusts a provider."""
    provider = IdentityProvider(NOW.timestamp(), **more)
    async with open_desk(staff=StaffSettings(oidc=SETTINGS), provider_transport=provider.transport()) as desk:
        yield desk, provider


async def come_in(desk: Desk, provider: IdentityProvider, target: str = "/staff") -> httpx.Response:
    """Go to the provider, sign in there and come back, as a new browser does."""
    desk.of.client.cookies.clear()
    sent = await desk.of.client.get(GO, params={"next": target})
    return await desk.of.client.get(provider.sign_in(sent.headers["location"]))


async def test_who_signs_in_there_comes_in_with_the_mapped_roles(open_desk: Open) -> None:
    async with opened(open_desk) as (desk, provider):
        provider.person |= {"name": "王丽", "preferred_username": "Wang.Li@corp.example"}
        page = await desk.of.client.get("/staff/sign-in")
        first = await come_in(desk, provider, "/ops")
        start = await desk.of.client.get("/staff")
        again = await come_in(desk, provider)
        [account] = await desk.rows(select(STAFF_ACCOUNTS))

    assert "用 企业账号 登录" in page.text
    assert (first.status_code, first.headers["location"], again.status_code) == (303, "/ops", 303)
    assert "王丽" in start.text
    assert (account.roles, account.name.startswith("wang.li-")) == (["operator"], True)


async def test_roles_given_later_are_on_record_and_change_nothing(open_desk: Open) -> None:
    async with opened(open_desk) as (desk, provider):
        await come_in(desk, provider)
        provider.person["groups"] = ["cs-operators", "cs-admins"]
        later = await come_in(desk, provider)
        [account] = await desk.rows(select(STAFF_ACCOUNTS))
        noted = [row.action for row in await desk.rows(select(AUDIT_LOG.c.action).order_by(AUDIT_LOG.c.entry_id))]

    assert (later.status_code, account.roles) == (303, ["operator"])
    assert noted == ["staff.add", "sign-in", "sign-in.roles-differ", "sign-in"]


@pytest.mark.parametrize("groups", [[], ["others"], None, "others", 7])
async def test_who_has_no_role_there_does_not_come_in(open_desk: Open, groups: Any) -> None:
    async with opened(open_desk) as (desk, provider):
        provider.person["groups"] = groups
        answer = await come_in(desk, provider)

        assert answer.status_code == 403
        assert await desk.rows(select(STAFF_ACCOUNTS)) == []


async def test_an_account_of_that_name_is_not_taken_over(open_desk: Open) -> None:
    async with opened(open_desk) as (desk, provider):
        root = await desk.account("root", Role.ADMIN)
        provider.person |= {"preferred_username": "root", "email": "root"}
        await come_in(desk, provider)
        sessions = await desk.rows(select(STAFF_SESSIONS.c.account_id))

    assert sessions != []
    assert root.account_id not in {row.account_id for row in sessions}


async def test_a_disabled_account_stays_out(open_desk: Open) -> None:
    async with opened(open_desk) as (desk, provider):
        await come_in(desk, provider)
        async with desk.engine.begin() as connection:
            await connection.execute(STAFF_ACCOUNTS.update().values(disabled_at=NOW))

        assert (await come_in(desk, provider)).status_code == 403


async def test_nothing_that_is_typed_is_the_password_of_such_an_account(open_desk: Open) -> None:
    async with opened(open_desk) as (desk, provider):
        await come_in(desk, provider)
        [account] = await desk.rows(select(STAFF_ACCOUNTS))

        assert (await desk.sign_in(account.name, "!")).status_code == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["intake", "another"]},
        {"iss": "https://evil.example"},
        {"exp": int(NOW.timestamp()) - 61},
        {"exp": None},
        {"iat": int(NOW.timestamp()) + 3600},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_now_opens_nothing(open_desk: Open, claims: dict[str, Any]) -> None:
    async with opened(open_desk, claims=claims) as (desk, provider):
        answer = await come_in(desk, provider)

        assert answer.status_code == 403
        assert await desk.rows(select(STAFF_SESSIONS)) == []


@pytest.mark.parametrize("claims", [{"exp": int(NOW.timestamp()) - 59}, {"iat": int(NOW.timestamp()) + 59}], ids=str)
async def test_clocks_may_differ_a_little(open_desk: Open, claims: dict[str, Any]) -> None:
    async with opened(open_desk, claims=claims) as (desk, provider):
        assert (await come_in(desk, provider)).status_code == 303


@pytest.mark.parametrize(
    ("key", "alg"),
    [(RSAKey.generate_key(2048), "RS256"), (OctKey.import_key("client secret of 32 characters.."), "HS256")],
)
async def test_a_token_of_another_key_opens_nothing(open_desk: Open, key: Any, alg: str) -> None:
    async with opened(open_desk, key=key, alg=alg) as (desk, provider):
        assert (await come_in(desk, provider)).status_code == 403


async def test_an_answer_opens_one_session_in_the_browser_that_asked(open_desk: Open) -> None:
    async with opened(open_desk) as (desk, provider):
        sent = await desk.of.client.get(GO)
        answer = provider.sign_in(sent.headers["location"])
        kept = dict(desk.of.client.cookies)
        desk.of.client.cookies.clear()
        others = await desk.of.client.get(answer)
        desk.of.client.cookies.update(kept)
        wrong_state = await desk.of.client.get(answer.partition("&state=")[0] + "&state=x")
        desk.of.client.cookies.update(kept)
        first = await desk.of.client.get(answer)
        desk.of.client.cookies.clear()
        desk.of.client.cookies.update(kept)
        replayed = await desk.of.client.get(answer)

    assert [one.status_code for one in (others, wrong_state, first, replayed)] == [403, 403, 303, 403]


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/staff\\x", "/track/1"])
async def test_nobody_is_led_elsewhere(open_desk: Open, target: str) -> None:
    async with opened(open_desk) as (desk, provider):
        assert (await come_in(desk, provider, target)).headers["location"] == "/staff"


@pytest.mark.parametrize("broken", [{"away": True}, {"issuer": "https://evil.example"}], ids=str)
async def test_a_provider_that_is_away_or_another_is_said(open_desk: Open, broken: dict[str, Any]) -> None:
    async with opened(open_desk, **broken) as (desk, _):
        answer = await desk.of.client.get(GO)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")


async def test_without_a_provider_there_is_no_such_way(open_desk: Open) -> None:
    async with open_desk() as desk:
        assert (await desk.of.client.get(GO)).status_code == 404
        assert "provider" not in (await desk.of.client.get("/staff/sign-in")).text


def test_a_role_that_is_none_of_ours_is_refused_at_the_start() -> None:
    with pytest.raises(SettingsInvalid, match="boss is no role"):
        Oidc(SETTINGS.model_copy(update={"roles": {"x": "boss"}}), "https://c.example.com/back", lambda: NOW)


async def test_signing_in_ends_the_session_that_was_there_and_takes_a_new_id(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.signed_in("one", Role.CLERK)
        before = desk.of.client.cookies["staff_session"]
        page = await desk.of.client.get("/staff/sign-in")
        await desk.of.client.post("/staff/sign-in", data=hidden(page.text) | {"name": "one", "password": PASSWORD})
        after = desk.of.client.cookies["staff_session"]
        left = await desk.rows(select(STAFF_SESSIONS))

    assert before != after
    assert len(left) == 1
