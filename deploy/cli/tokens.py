"""`intake tokens`: what other systems speak to us with; each is shown once, has scopes and an end."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.cli.database import database
from deploy.cli.folding import operator
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json, put_table
from deploy.settings import load_settings
from gateway import tokens
from gateway.staff.audit import audit
from gateway.tokens import LIFETIME, ListedToken, Scope
from operations.assembly import pack_of
from schemas.base import rfc3339
from schemas.errors import InvalidRequest
from schemas.settings import Settings
from schemas.staff_commands import TokenLine, TokenMade, TokensReport

app = typer.Typer(name="tokens", help="Tokens of department systems and of monitoring.", no_args_is_help=True)
T = TypeVar("T")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What it is for; write nothing personal.")],
    scope: Annotated[list[Scope], typer.Option("--scope", help="May be given several times.")],
    department: Annotated[str | None, typer.Option("--department", help="The only one it speaks for.")] = None,
    days: Annotated[int, typer.Option("--days", help="How long it is good for.")] = LIFETIME.days,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once."""
    settings, now = load_settings(), datetime.now(UTC)
    known = pack_of(settings).department_codes
    if department is not None and department not in known:
        raise InvalidRequest(f"department: one of {', '.join(known)}")
    if not 0 < days <= tokens.LONGEST.days:
        raise InvalidRequest(f"days: 1 to {tokens.LONGEST.days}")
    expires_at, by = now + timedelta(days=days), operator(None)

    async def work(connection: AsyncConnection) -> tuple[UUID, str]:
        made = await tokens.make(connection, now, name, scope, department=department, expires_at=expires_at, by=by)
        await audit(connection, now, None, "token.add", [made[0]], by=by)
        return made

    token_id, token = run(_in_transaction(settings, work))
    if as_json:
        put_json(TokenMade(token_id=token_id, token=token, expires_at=expires_at))
        return
    put(token)
    put(f"good until {rfc3339(expires_at)}; it is not shown again: intake tokens revoke {token_id}")


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the tokens, newest first. None can be read again."""
    now = datetime.now(UTC)
    lines = tuple(_line(one, now) for one in run(_in_transaction(load_settings(), tokens.listed)))
    if as_json:
        put_json(TokensReport(tokens=lines))
        return
    put_table(
        ("id", "name", "department", "scopes", "state", "ends", "last used"),
        (
            (
                str(one.token_id),
                one.name,
                one.department or "",
                ", ".join(one.scopes),
                one.state,
                rfc3339(one.expires_at),
                rfc3339(one.last_used_at) if one.last_used_at else "never",
            )
            for one in lines
        ),
    )


@app.command()
def revoke(token_id: Annotated[UUID, typer.Argument(help="As `intake tokens list` says")]) -> None:
    """Let a token open nothing any more, at once and for good."""
    now = datetime.now(UTC)

    async def work(connection: AsyncConnection) -> None:
        await tokens.revoke(connection, now, token_id)
        await audit(connection, now, None, "token.revoke", [token_id], by=operator(None))

    run(_in_transaction(load_settings(), work))
    put(f"{token_id} is revoked")


def _line(one: ListedToken, now: datetime) -> TokenLine:
    return TokenLine(
        token_id=one.token_id,
        name=one.name,
        department=one.department,
        scopes=one.scopes,
        state=one.state(now),
        created_at=one.created_at,
        created_by=one.created_by,
        expires_at=one.expires_at,
        last_used_at=one.last_used_at,
    )


async def _in_transaction(settings: Settings, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    async with database(settings) as engine, engine.begin() as connection:
        return await work(connection)
