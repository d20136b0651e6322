"""The staff page of codes: make, print, revoke."""

from collections.abc import Mapping

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from gateway.qr import codes
from gateway.qr.drawing import drawn
from gateway.staff.audit import audit
from gateway.staff.forms import required, taken
from gateway.staff.problems import NotThere
from gateway.staff.roles import May
from gateway.staff.visit import Typed, Visit, database, visit
from schemas.errors import InvalidRequest

router = APIRouter(prefix="/staff/qr", include_in_schema=False, default_response_class=HTMLResponse)
FIELDS = ("store", "counter", "shelf")


@router.get("")
async def show(request: Request) -> Response:
    """The codes of this account's stores, and the form for another one."""
    here = await visit(request, May.MAKE_CODES)
    return await _page(here, {"store": next(iter(here.account.stores), "")})


@router.post("")
async def make(request: Request) -> Response:
    """Make a code and show it for printing."""
    here = await visit(request, May.MAKE_CODES)
    async with database(here.parts) as connection:
        known = await codes.listed(connection)

    async def take(typed: Typed) -> Response:
        required(typed.fields, "store")
        fields = typed.chosen(FIELDS)
        here.must_cover(fields["store"])
        parts = here.parts
        made = codes.made(parts.token_keys, parts.public_url, parts.now(), **fields, places=parts.places)
        here.must_cover(made.store)
        async with database(here.parts) as connection:
            await codes.keep(connection, [made], here.account.account_id)
            await audit(connection, made.made_at, here.account.account_id, "qr.make", [made.code_id])
        return _to(f"/print?code={made.code_id}")

    return await taken(here, take, lambda *again: _listing(here, known, *again))


@router.get("/print")
async def show_sheet(request: Request, code: list[str] = Query(())) -> Response:
    """Codes on A4."""
    here = await visit(request, May.MAKE_CODES)
    async with database(here.parts) as connection:
        found = [one for one in await codes.listed(connection, code) if here.account.covers(one.store)]
    if not found:
        raise NotThere("no code")
    return here.pages.page("qr_print.html", codes=found, drawn=drawn)


@router.post("/{code_id}/revoke")
async def revoke(request: Request, code_id: str) -> Response:
    """Let a code fill in nothing any more."""
    here = await visit(request, May.MAKE_CODES)
    now = here.parts.now()
    async with here.sent(), database(here.parts) as connection:
        try:
            revoked = await codes.revoke(connection, code_id, now)
        except InvalidRequest as error:
            raise NotThere("no code") from error
        here.must_cover(revoked.store)
        await audit(connection, now, here.account.account_id, "qr.revoke", [code_id])
    await here.parts.revoked.refresh()
    return _to("")


async def _page(here: Visit, values: Mapping[str, str]) -> Response:
    async with database(here.parts) as connection:
        known = await codes.listed(connection)
    return _listing(here, known, values)


def _listing(
    here: Visit,
    known: list[codes.Code],
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    return here.pages.page(
        "qr.html",
        status,
        values=dict.fromkeys(FIELDS, "") | {name: values[name] for name in FIELDS if name in values},
        errors=errors or {},
        notice=notice,
        codes=[one for one in known if here.account.covers(one.store)],
    )


def _to(path: str) -> Response:
    return RedirectResponse(f"{router.prefix}{path}", 303, headers={"Cache-Control": "no-store"})
