"""What was entered: the list, one entry with its number, the customer's receipt, the record form on paper (P3)."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.staff import records
from gateway.staff.audit import audit
from gateway.staff.problems import NotAllowed, NotThere
from gateway.staff.records import Record
from gateway.staff.render import CHINA
from gateway.staff.roles import May
from gateway.staff.visit import Visit, database, visit
from schemas.identity import read_tracking_number

router = APIRouter(prefix="/staff/records", include_in_schema=False, default_response_class=HTMLResponse)
_CONFIRMED_WITHIN = timedelta(hours=24)
_WEEKDAYS = ("一", "二", "三", "四", "五", "六", "日")


@router.get("")
async def show_list(request: Request) -> Response:
    """The newest entries of this account's stores."""
    here = await visit(request, May.SEE_RECORDS)
    async with database(here.parts) as connection:
        found = await records.latest(connection, here.account)
        await audit(connection, here.parts.now(), here.account.account_id, "record.list")
    return here.pages.page("records.html", records=found)


@router.get("/{number}")
async def show(request: Request, number: str, new: bool = False) -> Response:
    """One entry; `new`: it was just made."""
    here = await visit(request, May.SEE_RECORDS)
    record = await _seen(here, number, "record.see")
    return here.pages.page("record.html", record=record, notice=None, fresh=new)


@router.get("/{number}/receipt")
async def receipt(request: Request, number: str) -> Response:
    """What the customer takes home."""
    here = await visit(request, May.SEE_RECORDS)
    record = await _seen(here, number, "record.receipt")
    return here.pages.page("receipt.html", record=record, answer_by=record.received_at + _CONFIRMED_WITHIN)


@router.get("/{number}/print")
async def sheet(request: Request, number: str) -> Response:
    """The record form 顾客异议处理记录表 on A4, with room for what people write later."""
    here = await visit(request, May.SEE_RECORDS)
    record = await _seen(here, number, "record.print")
    local = record.received_at.astimezone(CHINA)
    return here.pages.page("sheet.html", record=record, local=local, weekday=_WEEKDAYS[local.weekday()])


async def _seen(here: Visit, number: str, action: str) -> Record:
    canonical = read_tracking_number(number)
    async with database(here.parts) as connection:
        record = await records.found(connection, canonical) if canonical else None
        if record is None:
            raise NotThere("no entry")
        if record.entered_by != here.account.account_id and not here.account.covers(record.store):
            raise NotAllowed("another store's entry")
        await audit(connection, here.parts.now(), here.account.account_id, action, [record.complaint_id])
    return record
