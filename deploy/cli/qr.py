"""`intake qr`: codes for stores, counters and shelves that open the form with the place filled in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.folding import operator
from deploy.cli.guard import run
from deploy.cli.output import AsJson, put, put_json, put_table
from deploy.local.status import read_gateway
from deploy.settings import load_settings
from gateway.qr import codes
from gateway.qr.codes import Code
from gateway.qr.drawing import picture, sheet
from gateway.qr.revoked import Revoked
from gateway.staff.audit import audit
from operations.assembly import places_of, token_keys_of
from schemas.base import rfc3339
from schemas.errors import InvalidRequest, SettingsInvalid
from schemas.settings import Settings
from schemas.staff_commands import QrLine, QrReport

app = typer.Typer(name="qr", help="QR codes for the stores.", no_args_is_help=True)
_KINDS = (".svg", ".png", ".html")


@app.command()
def make(
    store: Annotated[str, typer.Option("--store", help="As complaints shall name it.")],
    out: Annotated[Path, typer.Option("--out", help="FILE.svg, FILE.png, or FILE.html: a sheet for A4")],
    counter: Annotated[list[str] | None, typer.Option("--counter", help="Several times: a code each.")] = None,
    shelf: Annotated[list[str] | None, typer.Option("--shelf", help="Several times: a code each.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a code, or several on one sheet, and write what to print."""
    settings = load_settings()
    if out.suffix not in _KINDS:
        raise InvalidRequest(f"--out: a file ending in {', '.join(_KINDS)}")
    keys, url, now = token_keys_of(settings), _public_url(settings), datetime.now(UTC)
    places = places_of(settings)
    wheres = product(counter or [""], shelf or [""])
    made = [codes.made(keys, url, now, store, *where, places=places) for where in wheres]
    if len(made) > 1 and out.suffix != ".html":
        raise InvalidRequest("--out: several codes go on a sheet, FILE.html")
    run(_keep(settings, made))
    if out.suffix == ".html":
        out.write_text(sheet(made, settings.gateway.company_name), encoding="utf-8")
    else:
        out.write_bytes(picture(made[0].url, out.suffix[1:]))
    _put(made, as_json)


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the codes, newest first."""
    _put(run(_listed(load_settings())), as_json)


@app.command()
def revoke(code_id: Annotated[str, typer.Argument(help="As `intake qr list` and the printed code say")]) -> None:
    """Let a code fill in nothing any more; the form still opens. For good."""
    run(_revoke(load_settings(), code_id))
    put(f"{code_id} is revoked")


def _public_url(settings: Settings) -> str:
    running = read_gateway(settings.home)
    url = settings.gateway.public_url or (running.url if running else None)
    if url is None:
        raise SettingsInvalid("INTAKE_GATEWAY__PUBLIC_URL: set it to what customers' phones can open")
    return url


async def _keep(settings: Settings, made: Sequence[Code]) -> None:
    async with database(settings) as engine, engine.begin() as connection:
        await codes.keep(connection, made, None)
        ids = [one.code_id for one in made]
        await audit(connection, made[0].made_at, None, "qr.make", ids, by=operator(None))


async def _listed(settings: Settings) -> list[Code]:
    async with database(settings) as engine, engine.connect() as connection:
        return await codes.listed(connection)


async def _revoke(settings: Settings, code_id: str) -> None:
    now = datetime.now(UTC)
    async with database(settings) as engine:
        async with engine.begin() as connection:
            await codes.revoke(connection, code_id, now)
            await audit(connection, now, None, "qr.revoke", [code_id], by=operator(None))
        await Revoked(settings.home, engine, settings.qr).refresh()


def _put(found: Sequence[Code], as_json: bool) -> None:
    if as_json:
        put_json(QrReport(codes=tuple(_line(one) for one in found)))
        return
    put_table(
        ("code", "store", "where", "made", "revoked", "url"),
        (
            (
                one.code_id,
                one.store,
                one.where,
                rfc3339(one.made_at),
                rfc3339(one.revoked_at) if one.revoked_at else "",
                one.url,
            )
            for one in found
        ),
    )


def _line(one: Code) -> QrLine:
    return QrLine(
        code_id=one.code_id,
        store=one.store,
        counter=one.counter,
        shelf=one.shelf,
        url=one.url,
        made_at=one.made_at,
        revoked_at=one.revoked_at,
    )
