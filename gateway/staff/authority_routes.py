"""The manual form for what an authority says on the phone: handed to the 12315 channel's connector."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.contract import Connector
from connectors.web.fields import JSON_TYPE
from gateway.api import inbound
from gateway.body import Post
from gateway.staff.audit import audit
from gateway.staff.forms import filled, local_time, required, taken
from gateway.staff.handing_over import staff_source
from gateway.staff.problems import NotThere, StaffProblem
from gateway.staff.roles import May
from gateway.staff.visit import Typed, Visit, database, visit
from schemas.base import rfc3339
from schemas.complaint import Channel
from schemas.identity import read_tracking_number
from schemas.inbound import Inbound

router = APIRouter(prefix="/staff/authority", include_in_schema=False, default_response_class=HTMLResponse)
KINDS = ("complaint", "report", "work_order", "consultation", "mediation_notice")
"""Kinds of referral; one that is not chosen counts as a report."""
_COMPLAINANT = {"complainant_name": "name", "complainant_phone": "phone", "complainant_address": "address"}
_PLAIN = ("number", "authority", "kind", "respondent", "product", "text")
FIELDS = (*_PLAIN, "demand", "received_at", "due_at", *_COMPLAINANT, "nonce")


class NotInstalled(StaffProblem):
    """This installation does not read the 12315 channel."""

    http_status = 503
    text = "authority.not_installed"


@router.get("")
async def show_form(request: Request) -> Response:
    """The form."""
    here = await visit(request, May.ENTER)
    _regulator(here)
    return _form(here, {})


@router.post("")
async def enter(request: Request) -> Response:
    """Take the form. What was typed is kept with the complaint only: a report's author is nobody else's business."""
    here = await visit(request, May.ENTER)
    connector = _regulator(here)

    async def take(typed: Typed) -> Response:
        receipt = await here.parts.intake.receive(_delivery(here, request, typed), connector)
        async with database(here.parts) as connection:
            ids = [item.complaint_id for item in receipt.items]
            await audit(connection, here.parts.now(), here.account.account_id, "authority.entered", ids)
        item = receipt.items[0]
        return RedirectResponse(f"{router.prefix}/{item.tracking_number}", 303, headers={"Cache-Control": "no-store"})

    return await taken(here, take, lambda *again: _form(here, *again))


@router.get("/{number}")
async def show_number(request: Request, number: str) -> Response:
    """The number that was given, and nothing else."""
    here = await visit(request, May.ENTER)
    canonical = read_tracking_number(number)
    if canonical is None:
        raise NotThere("no number")
    return here.pages.page("authority_done.html", number=canonical)


def _regulator(here: Visit) -> Connector:
    if here.parts.regulator is None:
        raise NotInstalled("the 12315 channel is not installed")
    return here.parts.regulator


def _delivery(here: Visit, request: Request, typed: Typed) -> Inbound:
    required(typed.fields, "authority", "text")
    now = here.parts.now()
    received_at = local_time(typed.fields, "received_at", not_after=now) or now
    due_at = local_time(typed.fields, "due_at")
    fields: dict[str, Any] = {**typed.chosen(_PLAIN), "received_at": rfc3339(received_at)}
    if demand := typed.fields.get("demand", "").strip():
        fields["request"] = demand
    if due_at is not None:
        fields["due_at"] = rfc3339(due_at)
    complainant = {_COMPLAINANT[name]: value for name, value in typed.chosen(tuple(_COMPLAINANT)).items()}
    if complainant:
        fields["complainant"] = complainant
    post = Post(json.dumps(fields, ensure_ascii=False).encode(), JSON_TYPE, typed.files)
    source = staff_source(here, typed) | {"kind": "manual", "entry": "staff", "staff": here.account.display_name}
    return replace(
        inbound(here.parts, request, post, source),
        channel=Channel.REGULATOR_12315.value,
        account=here.parts.staff.authority_account,
        received_at=received_at,
        received_at_source="staff",
    )


def _form(
    here: Visit,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    return here.pages.page(
        "authority.html", status, values=filled(FIELDS, values), errors=errors or {}, notice=notice, kinds=KINDS
    )
