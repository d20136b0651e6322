"""Whether a member of staff may write to a customer, and the way it would go: as the promise keeps it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.masking import mask_email, mask_phone
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS

_MASKS = {"email": mask_email, "phone": mask_phone}


@dataclass(frozen=True, slots=True)
class Answerable:
    """A complaint as far as an answer needs it. `bar` is a code that says why none may go; None: it may."""

    complaint_id: UUID
    case_id: UUID | None
    tracking_number: str
    channel: str
    way: str
    address: str
    bar: str | None


async def answerable(engine: AsyncEngine, complaint: UUID) -> Answerable | None:
    """Return it with its first way, the address masked; None for a complaint nobody knows."""
    member = CASE_MEMBERS.c
    wanted = (
        select(PROMISES, member.case_id, member.sealed, member.is_referral)
        .outerjoin_from(PROMISES, CASE_MEMBERS, member.complaint_id == PROMISES.c.subject_id)
        .where(PROMISES.c.subject_id == complaint, PROMISES.c.kind == "complaint")
    )
    async with engine.connect() as connection:
        row = (await connection.execute(wanted)).one_or_none()
    if row is None:
        return None
    channel, address = _first(row)
    return Answerable(
        complaint_id=row.subject_id,
        case_id=row.case_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        way=channel,
        address=_masked(channel, address),
        bar=_bar(row),
    )


def _bar(row: Row[Any]) -> str | None:
    if row.sealed or row.is_referral or row.by_authority:
        return "authority"
    if row.is_automatic:
        return "automatic"
    if row.case_id is None:
        return "no-case"
    return None if row.addresses else "no-way"


def _first(row: Row[Any]) -> tuple[str, str]:
    if not row.addresses:
        return row.reply_channel, ""
    first = row.addresses[0]
    return (row.reply_channel, first) if isinstance(first, str) else (first["channel"], first["address"])


def _masked(channel: str, address: str) -> str:
    mask = _MASKS.get(channel)
    return mask(address) if mask and address else "***" if address else ""
