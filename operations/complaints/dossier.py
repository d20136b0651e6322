"""All that is known of one complaint, gathered from the tables and, where the log answers, from its records."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka.errors import KafkaError
from sqlalchemy import Row, cast, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infra.logs import log
from operations.complaints.clocks import ClockLeft, clocks_of
from operations.history.masked import known_values
from operations.history.traces import Traces, read_records, stored_of
from schemas.complaint import Complaint
from schemas.errors import Unreachable
from schemas.policy import PolicyPack
from schemas.records import Classified
from schemas.settings import Settings
from schemas.tables.auditor import LEDGER_LETTERS
from schemas.tables.casework import CASE_EVENTS, CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS
from schemas.tables.index import COMPLAINT_INDEX
from schemas.tables.route import ROUTE_CASES
from schemas.tables.staff import AUDIT_LOG, STAFF_ACCOUNTS

READ_WITHIN_S = 4.0
"""How long a page waits for records before it shows what the tables know."""
MOST = 200
"""Rows of one kind that a page shows, the newest."""
_LOG = log(__name__)


@dataclass(slots=True)
class Dossier:
    """One complaint. `indexed` is None until it is indexed, `records_away` that its records could not be read."""

    complaint_id: UUID
    tracking_number: str
    sealed: bool
    indexed: Row[Any] | None
    case_id: UUID | None = None
    traces: Traces = field(default_factory=Traces)
    records_away: bool = False
    case: Row[Any] | None = None
    routed: Row[Any] | None = None
    members: list[Row[Any]] = field(default_factory=list)
    events: list[Row[Any]] = field(default_factory=list)
    looks: list[Row[Any]] = field(default_factory=list)
    letters: list[Row[Any]] = field(default_factory=list)
    clocks: tuple[ClockLeft, ...] = ()

    @property
    def newest(self) -> Complaint | None:
        """The newest revision that was read."""
        found = [one for _, one in self.traces.records if isinstance(one, Complaint)]
        return max(found, key=lambda one: (one.revision, len(type(one).__mro__)), default=None)

    @property
    def classified(self) -> Classified | None:
        """The newest revision that has been understood."""
        found = [one for _, one in self.traces.records if isinstance(one, Classified)]
        return max(found, key=lambda one: one.revision, default=None)

    @property
    def known(self) -> tuple[str, ...]:
        """What the sender said of himself, to be hidden wherever it stands."""
        newest = self.newest
        return known_values(newest.model_dump(mode="json")) if newest is not None else ()


async def dossier_of(
    settings: Settings, engine: AsyncEngine, pack: PolicyPack, number: str, *, sealed: bool
) -> Dossier | None:
    """Gather what is known under a tracking number; None when it is nothing, or sealed and not for this visitor."""
    async with engine.connect() as connection:
        found = await _subject(connection, number)
    if found is None or (found.sealed and not sealed):
        return None
    found.traces = await stored_of(engine, found.complaint_id)
    await _read(settings, engine, found)
    newest = found.newest
    if newest is not None and newest.sealed and not sealed:
        return None
    async with engine.connect() as connection:
        await _around(connection, pack, found)
    return found


async def _subject(connection: AsyncConnection, number: str) -> Dossier | None:
    index = select(COMPLAINT_INDEX).where(COMPLAINT_INDEX.c.tracking_number == number)
    row = (await connection.execute(index.order_by(COMPLAINT_INDEX.c.received_at).limit(1))).first()
    if row is not None:
        return Dossier(row.complaint_id, row.tracking_number, row.sealed, row, row.case_id)
    member = select(CASE_MEMBERS).where(CASE_MEMBERS.c.tracking_number == number)
    row = (await connection.execute(member)).first()
    if row is not None:
        return Dossier(row.complaint_id, number, row.sealed, None, row.case_id)
    promise = select(PROMISES.c.subject_id).where(PROMISES.c.tracking_number == number)
    subject = (await connection.execute(promise)).scalar()
    return Dossier(subject, number, sealed=False, indexed=None) if subject is not None else None


async def _read(settings: Settings, engine: AsyncEngine, found: Dossier) -> None:
    """Read the records where they lie; a log that is away must not keep anybody waiting."""
    try:
        async with asyncio.timeout(READ_WITHIN_S):
            await read_records(settings, engine, found.traces)
    except (Unreachable, KafkaError, OSError) as error:  # TimeoutError is an OSError
        found.records_away = True
        _LOG.warning("records of a complaint not read", error=type(error).__name__)


async def _around(connection: AsyncConnection, pack: PolicyPack, found: Dossier) -> None:
    """What others did about it: its case, its department, members of staff."""
    letters = select(LEDGER_LETTERS).where(LEDGER_LETTERS.c.complaint_id == found.complaint_id)
    found.letters = list(await connection.execute(letters.order_by(LEDGER_LETTERS.c.at).limit(MOST)))
    found.looks = await looks_at(connection, found.complaint_id)
    if found.indexed is not None:
        found.clocks = (await clocks_of(connection, pack, [found.indexed]))[found.complaint_id]
    if found.case_id is None:
        return
    found.case = (await connection.execute(select(CASE_STATES).where(CASE_STATES.c.case_id == found.case_id))).first()
    found.routed = (await connection.execute(select(ROUTE_CASES).where(ROUTE_CASES.c.case_id == found.case_id))).first()
    found.members = await members_of(connection, found.case_id)
    found.events = await events_of(connection, found.case_id, found.complaint_id)


async def members_of(connection: AsyncConnection, case_id: UUID) -> list[Row[Any]]:
    """The complaints of a case by `case_seq`, the newest of very many."""
    newest = select(CASE_MEMBERS).where(CASE_MEMBERS.c.case_id == case_id).order_by(CASE_MEMBERS.c.case_seq.desc())
    return list(await connection.execute(newest.limit(MOST)))[::-1]


async def events_of(connection: AsyncConnection, case_id: UUID, complaint_id: UUID | None = None) -> list[Row[Any]]:
    """What departments did about a case; with a complaint, what is about it or about all."""
    statement = select(CASE_EVENTS).where(CASE_EVENTS.c.case_id == case_id)
    if complaint_id is not None:
        about = CASE_EVENTS.c.complaint_id
        statement = statement.where(or_(about.is_(None), about == complaint_id))
    return list(await connection.execute(statement.order_by(CASE_EVENTS.c.at.desc()).limit(MOST)))[::-1]


async def looks_at(connection: AsyncConnection, complaint_id: UUID) -> list[Row[Any]]:
    """Which members of staff looked at it or acted on it; lists it stood in among others are left out."""
    about = AUDIT_LOG.c.object_ids.contains(cast([str(complaint_id)], JSONB))
    statement = (
        select(AUDIT_LOG, STAFF_ACCOUNTS.c.display_name)
        .outerjoin(STAFF_ACCOUNTS, STAFF_ACCOUNTS.c.account_id == AUDIT_LOG.c.account_id)
        .where(about, AUDIT_LOG.c.action != "complaint.search")
        .order_by(AUDIT_LOG.c.entry_id.desc())
        .limit(MOST)
    )
    return list(await connection.execute(statement))[::-1]
