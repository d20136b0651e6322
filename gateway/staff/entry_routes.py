"""What members of staff hear, read or find in the paper box, typed into one form."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.phone import NamesCalls
from connectors.web.errors import FieldError, InvalidFields
from gateway.pages.render import CATEGORIES
from gateway.staff import records
from gateway.staff.calls import call_token, read_call
from gateway.staff.forms import filled, local_time, taken
from gateway.staff.handing_over import add_to, hand_over
from gateway.staff.problems import NoDatabase, NotThere
from gateway.staff.records import RECORD_FIELDS, Record
from gateway.staff.roles import May
from gateway.staff.visit import Typed, Visit, database, visit
from schemas.complaint import Channel
from schemas.errors import NotGenuine
from schemas.inbound import ReceivedItem

router = APIRouter(prefix="/staff", include_in_schema=False, default_response_class=HTMLResponse)
_CALL_LIFE = timedelta(hours=4)
"""Longer than a call and the writing after it."""
ENTRIES = ("desk", "paper-box", "call", "staff")
"""Ways a complaint came to the member of staff: service desk, paper box, telephone, any other."""
SEXES = ("female", "male")
FIELDS = ("entry", "received_at", "told", "nonce", "call", *RECORD_FIELDS)


@router.get("/calls/new")
async def show_call(request: Request, account: str, call: str) -> Response:
    """Open the form for a call, as the softphone does: it knows the call's id, and no number is in an address."""
    here = await visit(request, May.ENTER)
    phone = here.parts.hooks.get(Channel.PHONE.value)
    complaint_id = phone.complaint_of(account, call) if isinstance(phone, NamesCalls) else None
    if complaint_id is None:
        raise NotThere("no such account of a call centre")
    token = call_token(here.parts.token_keys, complaint_id, here.parts.now() + _CALL_LIFE)
    return RedirectResponse(f"/staff/entry?call={token}", 303, headers={"Cache-Control": "no-store"})


@router.get("/entry")
async def show_entry(request: Request, call: str | None = None) -> Response:
    """The form; with `call` it belongs to that call's complaint."""
    here = await visit(request, May.ENTER)
    values = {"store": next(iter(here.account.stores), "")}
    if call and _call(here, call) is None:
        return _form(here, values, notice=here.pages.text("entry.call.old"))
    return _form(here, values | ({"call": call} if call else {}))


@router.post("/entry")
async def enter(request: Request) -> Response:
    """Take the form: a new complaint, or words for a call."""
    here = await visit(request, May.ENTER)

    async def take(typed: Typed) -> Response:
        token = typed.fields.get("call", "")
        if not token:
            return await _new(here, typed)
        complaint_id = _call(here, token)
        if complaint_id is None:
            raise InvalidFields([FieldError(("call",), "expired", "the call's address is too old")])
        return await _words(here, typed, complaint_id)

    return await taken(here, take, lambda *again: _form(here, *again))


async def _new(here: Visit, typed: Typed) -> Response:
    now = here.parts.now()
    entry = typed.fields.get("entry", "")
    if entry not in ENTRIES:
        raise InvalidFields([FieldError(("entry",), "missing", "choose how it came")])
    form = typed.chosen(RECORD_FIELDS)
    if here.account.stores and form.get("store"):
        here.must_cover(form["store"])
    received_at = local_time(typed.fields, "received_at", not_after=now)
    item = await hand_over(here, typed, entry, received_at)
    record = record_of(here, item, entry, form, received_at or now)
    return await kept(here, record)


def record_of(here: Visit, item: ReceivedItem, entry: str, form: Mapping[str, str], received_at: datetime) -> Record:
    """The entry of a complaint that was just made."""
    now = here.parts.now()
    return Record(
        item.complaint_id,
        item.tracking_number,
        here.parts.web.channel,
        entry,
        form.get("store"),
        form,
        here.account.account_id,
        here.account.display_name,
        received_at,
        now,
    )


async def kept(here: Visit, record: Record) -> Response:
    """Keep an entry and show its number; the complaint itself is safe already, whatever the database does."""
    try:
        async with database(here.parts) as connection:
            await records.keep(connection, record)
    except NoDatabase:
        notice = here.pages.text("record.not_kept")
        return here.pages.page("record.html", 202, record=record, notice=notice, fresh=True)
    return RedirectResponse(f"/staff/records/{record.number}?new=1", 303, headers={"Cache-Control": "no-store"})


async def _words(here: Visit, typed: Typed, complaint_id: UUID) -> Response:
    await add_to(here, typed, complaint_id)
    number = here.parts.web.tracking_number(complaint_id)
    return here.pages.page("added.html", 202, number=number)


def _call(here: Visit, token: str) -> UUID | None:
    try:
        return read_call(here.parts.token_keys, token, here.parts.now())
    except NotGenuine:
        return None


def _form(
    here: Visit,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    return here.pages.page(
        "entry.html",
        status,
        values=filled(FIELDS, values),
        errors=errors or {},
        notice=notice,
        entries=ENTRIES,
        sexes=SEXES,
        categories=CATEGORIES,
    )
