"""Tokens of other systems: shown once, good for a time and for what they were made, revoked at once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI, Request

from connectors.web.errors import ScopeRequired
from gateway import tokens
from gateway.problems import Unauthorized
from gateway.staff.roles import Role
from gateway.tokens import Scope, bearer
from schemas.errors import InvalidRequest
from tests.gateway.staff.conftest import Desk, hidden
from tests.operations.accounts.conftest import OpenOps, audited
from tests.operations.accounts.test_accounts import shown

pytestmark = pytest.mark.services
PAGE = "/ops/accounts/tokens"


async def called(desk: Desk, token: str, scope: Scope = Scope.STATUS) -> str:
    """What a system that calls with a token is told."""
    app = FastAPI()
    app.state.parts = desk.of.parts

    @app.get("/")
    async def show(request: Request) -> str:
        try:
            return (await bearer(request, scope)).department or "none"
        except (Unauthorized, ScopeRequired) as error:
            return type(error).__name__

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        return str((await client.get("/", headers={"Authorization": f"Bearer {token}"})).json())


@pytest.fixture
async def desk(open_ops: OpenOps) -> AsyncIterator[Desk]:
    """An administrator's browser."""
    async with open_ops() as opened:
        await opened.signed_in("root", Role.ADMIN)
        yield opened


async def made(desk: Desk, **fields: str) -> str:
    given = {"name": "品质系统", "department": "quality", "days": "180", "scope.status": "1"} | fields
    return shown((await desk.post(PAGE, **given)).text)


async def test_a_token_is_shown_once_and_speaks_for_its_department(desk: Desk) -> None:
    token = await made(desk)
    page = (await desk.of.client.get(PAGE)).text

    assert "品质系统" in page
    assert token not in page
    assert (await called(desk, token), await called(desk, token, Scope.CONTACT)) == ("quality", "ScopeRequired")
    assert "token.add" in await audited(desk)


async def test_a_token_ends_by_itself(desk: Desk) -> None:
    token = await made(desk, days="2")
    desk.of.now += timedelta(days=2)

    assert await called(desk, token) == "Unauthorized"


async def test_a_revoked_token_opens_nothing(desk: Desk) -> None:
    token = await made(desk)
    [listed] = [one async for one in _listed(desk)]
    page = hidden((await desk.of.client.get(PAGE)).text)
    answer = await desk.of.client.post(f"{PAGE}/{listed.token_id}/revoke", data={"csrf": page["csrf"]})

    assert (answer.status_code, await called(desk, token)) == (303, "Unauthorized")
    assert "token.revoke" in await audited(desk)


@pytest.mark.parametrize(
    "fields",
    [{"days": "0"}, {"days": "731"}, {"days": "x"}, {"name": " "}, {"department": "no-such"}, {"department": ""}],
)
async def test_what_makes_no_good_token_is_refused(desk: Desk, fields: dict[str, str]) -> None:
    answer = await desk.post(
        PAGE, **({"name": "x", "department": "quality", "days": "9", "scope.status": "1"} | fields)
    )

    assert answer.status_code == 422
    assert [one async for one in _listed(desk)] == []


async def test_a_token_for_nothing_is_refused(desk: Desk) -> None:
    ends = desk.of.now + timedelta(days=1)
    async with desk.engine.begin() as connection:
        with pytest.raises(InvalidRequest, match="scope"):
            await tokens.make(connection, desk.of.now, "x", [], department=None, expires_at=ends, by="root")


async def _listed(desk: Desk) -> AsyncIterator[tokens.ListedToken]:
    async with desk.engine.connect() as connection:
        for one in await tokens.listed(connection):
            yield one
