"""The audit log as people look it up: who did what to what, when; newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.staff import AUDIT_LOG, STAFF_ACCOUNTS

_LOG = AUDIT_LOG.c


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; None asks for nothing. `until` is not part of it. `action` may be the beginning of one."""

    who: str | None = None
    action: str | None = None
    object_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing somebody did. `who`: the account's name, else the system's user at the command line, else empty."""

    entry_id: int
    at: datetime
    who: str
    account_id: UUID | None
    action: str
    object_ids: tuple[str, ...]
    purpose: str | None


async def entries(connection: AsyncConnection, wanted: Wanted, before: int | None, most: int) -> list[Entry]:
    """Up to `most` entries, the newest first, older than the one with the id `before`."""
    asked = _statement().where(*_conditions(wanted))
    if before is not None:
        asked = asked.where(_LOG.entry_id < before)
    found = await connection.execute(asked.order_by(_LOG.entry_id.desc()).limit(most))
    return [_entry(row) for row in found]


def _statement() -> Select[Any]:
    who = func.coalesce(STAFF_ACCOUNTS.c.name, _LOG.by, "").label("who")
    return select(AUDIT_LOG, who).outerjoin(STAFF_ACCOUNTS, STAFF_ACCOUNTS.c.account_id == _LOG.account_id)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.who is not None:
        found.append(func.coalesce(STAFF_ACCOUNTS.c.name, _LOG.by) == wanted.who)
    if wanted.action is not None:
        found.append(_LOG.action.startswith(wanted.action, autoescape=True))
    if wanted.object_id is not None:
        found.append(_LOG.object_ids.contains([wanted.object_id]))
    if wanted.since is not None:
        found.append(_LOG.at >= wanted.since)
    if wanted.until is not None:
        found.append(_LOG.at < wanted.until)
    return found


def _entry(row: Row[Any]) -> Entry:
    objects = tuple(str(one) for one in row.object_ids)
    return Entry(row.entry_id, row.at, row.who, row.account_id, row.action, objects, row.purpose)
