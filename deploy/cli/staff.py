"""`intake staff`: who may sign in at the staff pages."""

import getpass
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.cli.database import database
from deploy.cli.folding import operator
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json, put_table
from deploy.settings import load_settings
from gateway.staff import accounts, administering
from gateway.staff.audit import audit
from gateway.staff.passwords import hashed
from gateway.staff.roles import Account, Role
from schemas.base import rfc3339
from schemas.errors import InvalidRequest
from schemas.settings import Settings
from schemas.staff_commands import StaffLine, StaffReport

app = typer.Typer(name="staff", help="Who may sign in at the staff pages.", no_args_is_help=True)
T = TypeVar("T")

Name = Annotated[str, typer.Argument(help="What is typed to sign in: a-z, 0-9, dot, dash, underscore")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")]


@app.command()
def add(
    name: Name,
    role: Annotated[list[Role] | None, typer.Option("--role", help="May be given several times.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="The same as --role admin: the first account.")] = False,
    store: Annotated[list[str] | None, typer.Option("--store", help="Only this store; several times.")] = None,
    region: Annotated[list[str] | None, typer.Option("--region", help="Only this region; several times.")] = None,
    display_name: Annotated[str, typer.Option("--display-name", help="As records show it.")] = "",
    password_stdin: FromStdin = False,
) -> None:
    """Make an account. The password is asked for, unless --password-stdin."""
    settings = load_settings()
    roles = list(dict.fromkeys([*(role or ()), *([Role.ADMIN] if admin else ())]))
    password_hash = hashed(_password(password_stdin), settings.staff)

    async def work(connection: AsyncConnection) -> Account:
        now = datetime.now(UTC)
        made = await accounts.add(
            connection,
            now,
            name,
            password_hash,
            roles,
            display_name=display_name,
            stores=store or (),
            regions=region or (),
        )
        await audit(connection, now, None, "staff.add", [made.account_id], by=operator(None))
        return made

    made = run(_in_transaction(settings, work))
    put(f"{made.name}: {', '.join(made.roles)}")


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the accounts."""
    found = run(_in_transaction(load_settings(), accounts.listed))
    lines = tuple(_line(one) for one in found)
    if as_json:
        put_json(StaffReport(accounts=lines))
        return
    put_table(
        ("name", "shown as", "roles", "stores", "regions", "state"),
        (
            (one.name, one.display_name, ", ".join(one.roles), ", ".join(one.stores), ", ".join(one.regions), one.state)
            for one in lines
        ),
    )


@app.command()
def disable(name: Name) -> None:
    """Let an account sign in no more; its sessions end at once."""

    async def work(connection: AsyncConnection) -> None:
        now = datetime.now(UTC)
        account_id = await accounts.named(connection, name)
        await administering.disable(connection, now, account_id)
        await audit(connection, now, None, "staff.disable", [account_id], by=operator(None))

    run(_in_transaction(load_settings(), work))
    put(f"{name} cannot sign in any more")


@app.command()
def password(name: Name, password_stdin: FromStdin = False) -> None:
    """Give an account a new password; its sessions end and a lock is lifted."""
    settings = load_settings()
    password_hash = hashed(_password(password_stdin), settings.staff)

    async def work(connection: AsyncConnection) -> None:
        account_id = await accounts.set_password(connection, name, password_hash)
        await audit(connection, datetime.now(UTC), None, "staff.password", [account_id], by=operator(None))

    run(_in_transaction(settings, work))
    put(f"{name} has a new password")


def _line(one: accounts.Listed) -> StaffLine:
    locked = one.locked_until is not None and one.locked_until > datetime.now(UTC)
    if one.disabled_at is not None:
        state = f"disabled since {rfc3339(one.disabled_at)}"
    else:
        state = f"locked until {rfc3339(one.locked_until)}" if locked and one.locked_until else "active"
    account = one.account
    return StaffLine(
        name=account.name,
        display_name=account.display_name,
        roles=tuple(str(role) for role in account.roles),
        stores=account.stores,
        regions=account.regions,
        state=state,
        created_at=one.created_at,
    )


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != typed:
        raise InvalidRequest("the two passwords differ")
    return typed


async def _in_transaction(settings: Settings, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    async with database(settings) as engine, engine.begin() as connection:
        return await work(connection)
