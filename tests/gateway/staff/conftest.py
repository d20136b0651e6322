"""A gateway with a database, and members of staff who are signed in."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.staff import accounts
from gateway.staff.passwords import hashed
from gateway.staff.roles import Account, Role
from infra.database import create_engine, migrate
from schemas.settings import DatabaseSettings
from schemas.settings.staff import StaffSettings
from tests.gateway.http import Gateway, gateway
from tests.gateway.parts import NOW

PASSWORD = "long enough 2026"
_HASH = hashed(PASSWORD, StaffSettings())


@dataclass(slots=True)
class Desk:
    """A gateway with its database; `sign_in` makes `of.client` somebody's browser."""

    of: Gateway
    engine: AsyncEngine

    async def account(self, name: str, *roles: Role, **scope: Any) -> Account:
        """Make an account."""
        async with self.engine.begin() as connection:
            return await accounts.add(connection, NOW, name, _HASH, roles, **scope)

    async def sign_in(self, name: str, password: str = PASSWORD, next: str = "/staff") -> httpx.Response:
        """Sign in as a browser does."""
        self.of.client.cookies.clear()
        page = await self.of.client.get("/staff/sign-in", params={"next": next})
        return await self.of.client.post(
            "/staff/sign-in", data=hidden(page.text) | {"name": name, "password": password}
        )

    async def signed_in(self, name: str, *roles: Role, **scope: Any) -> Account:
        """Make an account and sign in with it."""
        made = await self.account(name, *roles, **scope)
        assert (await self.sign_in(name)).status_code == 303
        return made

    async def post(self, path: str, form: str | None = None, **fields: Any) -> httpx.Response:
        """Open the page of a form (`form`, else `path` itself) and send it filled in."""
        page = (await self.of.client.get(form or path)).text
        files = fields.pop("files", None)
        return await self.of.client.post(path, data=hidden(page) | fields, files=files)

    async def rows(self, query: Select[Any]) -> list[Any]:
        """What the database holds."""
        async with self.engine.connect() as connection:
            return list(await connection.execute(query))


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


Open = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
async def open_desk(database_url: str, tmp_path: Path) -> AsyncIterator[Open]:
    """Open desks on one migrated database."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))

    @asynccontextmanager
    async def opened(**more: Any) -> AsyncIterator[Desk]:
        async with gateway(tmp_path, engine=engine, home=tmp_path, **more) as of:
            yield Desk(of, engine)

    yield opened
    await engine.dispose()
