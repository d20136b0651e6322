"""Full contacts: read from the log where the newest record of each complaint lies, else from its promise."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from aiokafka.errors import KafkaError
from pydantic import BaseModel, Field
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.problems import Away
from operations.history.finding import Place, records_at
from schemas.base import Instant
from schemas.complaint import Channel, Complaint
from schemas.errors import Unreachable
from schemas.identity import pseudonym
from schemas.reply import stored_ways
from schemas.settings import Settings
from schemas.tables.clock import PROMISES


class Contact(BaseModel):
    """How whoever sent one complaint is reached, as they stated it."""

    complaint_id: UUID
    tracking_number: str | None = None
    case_seq: int
    received_at: Instant
    state: Literal["known", "anonymous", "withheld", "gone"] = Field(
        description="withheld: your unit is accused and hears no name; gone: kept no longer"
    )
    channel: str | None = Field(None, description="How the complaint came; answers through us go back that way")
    language: str | None = None
    name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: str | None = None
    customer_no: str | None = None


class Contacts(BaseModel):
    """The contacts of a case, the newest complaint first."""

    case_id: UUID
    purpose: str
    contacts: tuple[Contact, ...]
    more: bool = Field(False, description="There are older complaints: ask for one with `ref`")


def ref_of(key: bytes, complaint_id: UUID) -> str:
    """`contact.ref` of a record of this complaint."""
    return pseudonym(key, "contact", str(complaint_id))


def places_of(rows: Iterable[Row[Any]]) -> dict[UUID, Place]:
    """Where the complaints lie whose contact may be told."""
    return {row.complaint_id: (row.topic, row.partition, row.offset) for row in rows if not _withheld(row)}


async def from_log(settings: Settings, places: Mapping[UUID, Place]) -> dict[UUID, Complaint]:
    """The complaints that still lie in the log. Raises `Away` when that does not answer in time."""
    found: dict[UUID, Complaint] = {}
    if not places:
        return found
    try:
        async with asyncio.timeout(settings.access.log_timeout.total_seconds()):
            async for _, record in records_at(settings, list(places.values())):
                if isinstance(record, Complaint) and record.complaint_id in places:
                    found[record.complaint_id] = record
    except (KafkaError, OSError, TimeoutError, Unreachable) as error:
        raise Away("Kafka does not answer") from error
    return found


async def from_promises(connection: AsyncConnection, wanted: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the promises still know of complaints that the log keeps no longer: phones and addresses of answers."""
    rows = await connection.execute(select(PROMISES).where(PROMISES.c.subject_id.in_(wanted)))
    return {row.subject_id: _reached_by(row) for row in rows}


def told(
    rows: Iterable[Row[Any]], logged: Mapping[UUID, Complaint], promised: Mapping[UUID, Mapping[str, Any]]
) -> tuple[Contact, ...]:
    """The contact of each complaint."""
    return tuple(_contact(row, logged.get(row.complaint_id), promised.get(row.complaint_id)) for row in rows)


def _contact(row: Row[Any], complaint: Complaint | None, promised: Mapping[str, Any] | None) -> Contact:
    plain = {name: getattr(row, name) for name in ("complaint_id", "tracking_number", "case_seq", "received_at")}
    if _withheld(row):
        return Contact(**plain, state="withheld")
    if complaint is None:
        return Contact(**plain, **(promised or {}), state="known" if promised and _reachable(promised) else "gone")
    plain |= {"channel": complaint.channel, "language": complaint.language}
    sender = complaint.sender
    if sender is None or complaint.sealed:
        return Contact(**plain, state="anonymous")
    stated = {name: getattr(sender, name) for name in ("name", "phones", "emails", "address", "customer_no")}
    return Contact(**plain, **stated, state="known")


def _withheld(row: Row[Any]) -> bool:
    """A copy for the unit that is accused: facts only."""
    return bool(row.accused and not row.responsible)


def _reached_by(row: Row[Any]) -> dict[str, Any]:
    ways = stored_ways(row.addresses, row.reply_channel, row.account)
    return {
        "channel": row.channel,
        "language": row.language,
        "phones": tuple(one.address for one in ways if one.channel == Channel.PHONE),
        "emails": tuple(one.address for one in ways if one.channel == Channel.EMAIL),
    }


def _reachable(promised: Mapping[str, Any]) -> bool:
    return bool(promised["phones"] or promised["emails"])
