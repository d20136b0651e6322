"""What a member of staff typed becomes a delivery like any other: one complaint a form, or an addition to a call."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from connectors.web.connector import STAFF
from connectors.web.fields import FORM_TYPE
from gateway.api import inbound
from gateway.body import Post
from gateway.pages.render import NOTICE_VERSION
from gateway.staff.visit import Typed, Visit, nonce_of
from schemas.inbound import Receipt, ReceivedItem

COMPLAINT_FIELDS = (
    "text", "name", "phone", "email", "address", "store", "counter", "product", "model", "order_no", "batch_no",
    "quantity", "amount", "event_date", "salesperson", "desired_resolution", "category",
)  # fmt: skip
"""What the web connector reads of a staff form; it has the public form's names."""


async def hand_over(here: Visit, typed: Typed, entry: str, received_at: datetime | None) -> ReceivedItem:
    """Make a complaint of it. The same form again gives the same number. Raises what `IntakePath.receive` raises."""
    receipt = await _receive(here, typed, {"entry": entry}, received_at)
    [item] = receipt.items
    return item


async def add_to(here: Visit, typed: Typed, complaint_id: UUID) -> None:
    """Make an addition to a complaint of it: words for a call. Raises what `IntakePath.receive` raises."""
    await _receive(here, typed, {"addition_to": str(complaint_id)}, None)


async def _receive(here: Visit, typed: Typed, more: Mapping[str, str], received_at: datetime | None) -> Receipt:
    fields = typed.chosen(COMPLAINT_FIELDS)
    if typed.fields.get("told"):
        fields["notice_version"] = NOTICE_VERSION
    post = Post(urlencode(fields).encode(), FORM_TYPE, typed.files)
    source = {**staff_source(here, typed), **more}
    delivery = inbound(here.parts, here.request, post, source)
    if received_at is not None:
        delivery = replace(delivery, received_at=received_at, received_at_source="staff")
    return await here.parts.intake.receive(delivery, here.parts.web)


def staff_source(here: Visit, typed: Typed) -> dict[str, str]:
    """Who handed it over, and which form it was."""
    return {
        "kind": STAFF,
        "nonce": f"{here.account.account_id}:{nonce_of(typed.fields.get('nonce'))}",
        "by": here.account.display_name,
        "staff_id": str(here.account.account_id),
    }
