"""Accounts of members of staff: who may what; made, changed, locked out; sessions ended. For administrators."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.parts import parts_of
from gateway.staff import accounts, administering
from gateway.staff.audit import audit
from gateway.staff.passwords import hashed
from gateway.staff.problems import NotThere
from gateway.staff.roles import PERMISSIONS, Account, May, Role
from gateway.staff.visit import Typed, Visit, database, visit
from operations.pages.render import pages_of
from operations.pages.working import wording_of
from schemas.errors import InvalidRequest

router = APIRouter(prefix="/ops/accounts", include_in_schema=False, default_response_class=HTMLResponse)
_PLACES = ("stores", "regions")
Work = Callable[[AsyncConnection, Typed], Awaitable[str | None]]
"""Does one thing to an account; what it returns is noted in the audit log."""


@router.get("")
async def show(request: Request) -> Response:
    """Every account, and the form of a new one."""
    here = await visit(request, May.MANAGE_ACCOUNTS)
    return await _list(here)


@router.post("")
async def add(request: Request) -> Response:
    """Make an account with a password that is shown once."""
    here = await visit(request, May.MANAGE_ACCOUNTS)
    async with here.sent() as typed:
        try:
            made, password = await _made(here, typed)
        except InvalidRequest as error:
            return await _list(here, notice=wording_of(here).said(str(error)), typed=typed.fields, status=422)
    return pages_of(here).page("account_password.html", name=made.name, password=password, back="/ops/accounts")


@router.get("/{account_id}")
async def show_one(request: Request, account_id: UUID) -> Response:
    """One account: its roles, its state, its sessions."""
    here = await visit(request, May.MANAGE_ACCOUNTS)
    return await _detail(here, account_id)


@router.post("/{account_id}/roles")
async def set_roles(request: Request, account_id: UUID) -> Response:
    """Give it the roles that are ticked, and no others."""

    async def work(connection: AsyncConnection, typed: Typed) -> str:
        roles = _roles(typed)
        await administering.set_roles(connection, account_id, roles)
        return ",".join(roles)

    return await _change(request, account_id, "staff.roles", work)


@router.post("/{account_id}/disable")
async def disable(request: Request, account_id: UUID) -> Response:
    """Let it sign in no more."""

    async def work(connection: AsyncConnection, typed: Typed) -> None:
        await administering.disable(connection, _now(request), account_id)

    return await _change(request, account_id, "staff.disable", work)


@router.post("/{account_id}/enable")
async def enable(request: Request, account_id: UUID) -> Response:
    """Let it sign in again."""

    async def work(connection: AsyncConnection, typed: Typed) -> None:
        await administering.enable(connection, account_id)

    return await _change(request, account_id, "staff.enable", work)


@router.post("/{account_id}/unlock")
async def unlock(request: Request, account_id: UUID) -> Response:
    """Lift its lock."""

    async def work(connection: AsyncConnection, typed: Typed) -> None:
        await administering.unlock(connection, account_id)

    return await _change(request, account_id, "staff.unlock", work)


@router.post("/{account_id}/sessions")
async def end_sessions(request: Request, account_id: UUID) -> Response:
    """End the session that is named, or all of them."""

    async def work(connection: AsyncConnection, typed: Typed) -> None:
        await administering.end_sessions(connection, account_id, typed.fields.get("session") or None)

    return await _change(request, account_id, "staff.sessions-ended", work)


@router.post("/{account_id}/password")
async def reset_password(request: Request, account_id: UUID) -> Response:
    """Give it a new password that is shown once; its sessions end."""
    here = await visit(request, May.MANAGE_ACCOUNTS)
    password, password_hash = await _new_password(here)
    async with here.sent(), database(here.parts) as connection:
        found = await administering.one(connection, account_id)
        if found is None:
            raise NotThere("account")
        await administering.set_password(connection, account_id, password_hash)
        await _note(here, connection, "staff.password", account_id)
    back = f"/ops/accounts/{account_id}"
    return pages_of(here).page("account_password.html", name=found.account.name, password=password, back=back)


async def _change(request: Request, account_id: UUID, action: str, work: Work) -> Response:
    """Do one thing to an account, on record; what cannot be done is said on its page."""
    here = await visit(request, May.MANAGE_ACCOUNTS)
    async with here.sent() as typed:
        try:
            async with database(here.parts) as connection:
                if await administering.one(connection, account_id) is None:
                    raise NotThere("account")
                purpose = await work(connection, typed)
                await _note(here, connection, action, account_id, purpose)
        except administering.LastAdmin:
            return await _detail(here, account_id, "accounts.last_admin", 409)
        except InvalidRequest as error:
            return await _detail(here, account_id, wording_of(here).said(str(error)), 422)
    return RedirectResponse(f"/ops/accounts/{account_id}", 303, headers={"Cache-Control": "no-store"})


async def _made(here: Visit, typed: Typed) -> tuple[Account, str]:
    password, password_hash = await _new_password(here)
    places = {name: _listed(typed.fields.get(name, "")) for name in _PLACES}
    async with database(here.parts) as connection:
        made = await accounts.add(
            connection,
            here.parts.now(),
            typed.fields.get("name", ""),
            password_hash,
            _roles(typed),
            display_name=typed.fields.get("display_name", "")[:80],
            stores=places["stores"],
            regions=places["regions"],
        )
        await _note(here, connection, "staff.add", made.account_id, ",".join(made.roles))
    return made, password


async def _new_password(here: Visit) -> tuple[str, str]:
    password = administering.new_password(here.parts.staff)
    return password, await asyncio.to_thread(hashed, password, here.parts.staff)


async def _note(
    here: Visit, connection: AsyncConnection, action: str, account_id: UUID, purpose: str | None = None
) -> None:
    await audit(connection, here.parts.now(), here.account.account_id, action, [account_id], purpose=purpose)


async def _list(
    here: Visit, notice: str | None = None, typed: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    async with database(here.parts) as connection:
        found = await accounts.listed(connection)
    return pages_of(here).page(
        "accounts.html",
        status,
        accounts=found,
        now=here.parts.now(),
        roles=list(Role),
        notice=notice,
        typed={"name": "", "display_name": "", "stores": "", "regions": ""} | dict(typed or {}),
    )


async def _detail(here: Visit, account_id: UUID, notice: str | None = None, status: int = 200) -> Response:
    now = here.parts.now()
    async with database(here.parts) as connection:
        found = await administering.one(connection, account_id)
        sessions = await administering.sessions_of(connection, now, account_id)
    if found is None:
        raise NotThere("account")
    pages = pages_of(here)
    return pages.page(
        "account.html",
        status,
        one=found,
        sessions=sessions,
        now=now,
        roles=list(Role),
        permissions={role: sorted(PERMISSIONS[role]) for role in Role},
        notice=pages.text(notice) if notice and notice in pages.words() else notice,
    )


def _roles(typed: Typed) -> list[Role]:
    """The ticked ones: each box has a field of its own."""
    return [role for role in Role if typed.fields.get(f"role.{role}")]


def _listed(typed: str) -> tuple[str, ...]:
    return tuple(filter(None, (one.strip() for one in typed.replace("，", ",").split(","))))[:100]


def _now(request: Request) -> datetime:
    return parts_of(request).now()
