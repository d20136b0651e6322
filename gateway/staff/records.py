"""What members of staff entered, as they typed it: for the receipt and the record form (P3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.staff.audit import audit
from gateway.staff.handing_over import COMPLAINT_FIELDS
from gateway.staff.roles import Account
from schemas.tables.staff import STAFF_ENTRIES

_SHOWN = 100
RECORD_FIELDS = (*COMPLAINT_FIELDS, "unit", "sex")
"""What an entry keeps of its form."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry. `form` holds the fields as typed."""

    complaint_id: UUID
    number: str
    channel: str
    entry: str
    store: str | None
    form: Mapping[str, str]
    entered_by: UUID
    recorder: str
    received_at: datetime
    entered_at: datetime

    @property
    def names(self) -> list[str]:
        """The fields that were filled in, in the order of the form."""
        return [name for name in RECORD_FIELDS if name in self.form]


async def keep(connection: AsyncConnection, record: Record) -> None:
    """Keep it, once."""
    await connection.execute(
        insert(STAFF_ENTRIES)
        .values(
            complaint_id=record.complaint_id,
            tracking_number=record.number,
            channel=record.channel,
            entry=record.entry,
            store=record.store,
            form=dict(record.form),
            entered_by=record.entered_by,
            recorder=record.recorder,
            received_at=record.received_at,
            entered_at=record.entered_at,
        )
        .on_conflict_do_nothing()
    )
    await audit(connection, record.entered_at, record.entered_by, "entry.made", [record.complaint_id])


async def found(connection: AsyncConnection, number: str) -> Record | None:
    """The entry of a tracking number."""
    row = (await connection.execute(select(STAFF_ENTRIES).where(STAFF_ENTRIES.c.tracking_number == number))).first()
    return None if row is None else _record(row)


async def latest(connection: AsyncConnection, account: Account) -> list[Record]:
    """The newest entries that are this account's business."""
    table = STAFF_ENTRIES
    query = select(table).order_by(table.c.entered_at.desc()).limit(_SHOWN)
    if account.stores or account.regions:
        query = query.where(table.c.store.in_(account.stores) | (table.c.entered_by == account.account_id))
    return [_record(row) for row in await connection.execute(query)]


def _record(row: Row[Any]) -> Record:
    return Record(
        row.complaint_id,
        row.tracking_number,
        row.channel,
        row.entry,
        row.store,
        row.form,
        row.entered_by,
        row.recorder,
        row.received_at,
        row.entered_at,
    )
