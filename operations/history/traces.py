"""Everything that stages and people left about one complaint."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from operations.history import finding
from schemas.base import Record
from schemas.complaint import Complaint
from schemas.records import DeadLetter, Deduplicated, Suspended
from schemas.settings import Settings
from schemas.tables.acknowledge import ACKNOWLEDGEMENTS, BOUNCES, OUTBOX
from schemas.tables.casework import CASE_EVENTS
from schemas.tables.clock import PROMISES
from schemas.tables.clusters import CLUSTERS
from schemas.tables.reachability import UNDELIVERED_MESSAGES
from schemas.tables.review import REVIEWS
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.tables.tasks import TASKS

_UNTOLD = text(
    "SELECT decided_at, decision -> 'result' ->> 'kind' AS kind, decision -> 'result' ->> 'occasion' AS occasion, "
    "decision -> 'result' ->> 'outcome' AS outcome, decision -> 'result' ->> 'reason' AS reason FROM notify_decisions "
    "WHERE decision ->> 'complaint_id' = :subject AND decision -> 'result' ->> 'outcome' IS NOT NULL "
    "ORDER BY decided_at"
)
"""Messages to the customer of a complaint that did not go out, and why."""


@dataclass
class Traces:
    """Everything found about one complaint."""

    decisions: dict[str, list[Row[Any]]] = field(default_factory=dict)
    promises: list[Row[Any]] = field(default_factory=list)
    acknowledgements: list[Row[Any]] = field(default_factory=list)
    outbox: list[Row[Any]] = field(default_factory=list)
    attempts: list[Row[Any]] = field(default_factory=list)
    bounces: list[Row[Any]] = field(default_factory=list)
    tasks: list[Row[Any]] = field(default_factory=list)
    reviews: list[Row[Any]] = field(default_factory=list)
    clusters: dict[UUID, Row[Any]] = field(default_factory=dict)
    undelivered: list[Row[Any]] = field(default_factory=list)
    events: list[Row[Any]] = field(default_factory=list)
    untold: list[Row[Any]] = field(default_factory=list)
    records: list[tuple[ConsumerRecord[bytes, bytes], Record]] = field(default_factory=list)
    mishaps: list[Suspended | DeadLetter] = field(default_factory=list)

    @property
    def case_id(self) -> UUID | None:
        """The case the complaint belongs to by its newest revision: people may have moved it to another one."""
        newest = max(self.decisions.get("deduplicate", ()), key=lambda row: row.revision, default=None)
        return UUID(newest.decision["case_id"]) if newest is not None else None

    @property
    def complaint(self) -> tuple[ConsumerRecord[bytes, bytes], Complaint] | None:
        """The complaint as it was received, or a later record that contains it."""
        complaints = [(place, record) for place, record in self.records if isinstance(record, Complaint)]
        return min(complaints, key=lambda found: (found[1].revision, len(type(found[1]).__mro__)), default=None)


async def traces_of(settings: Settings, engine: AsyncEngine, subject: UUID) -> Traces:
    """Read all traces of a complaint or a suspended delivery."""
    traces = await stored_of(engine, subject)
    await read_records(settings, engine, traces)
    traces.mishaps = await finding.mishaps_of(settings, subject)
    return traces


async def stored_of(engine: AsyncEngine, subject: UUID) -> Traces:
    """Read the traces in the database alone."""
    traces = Traces()
    async with engine.connect() as connection:
        traces.decisions = await finding.decisions_of(connection, subject)
        traces.promises = await finding.rows_of(connection, PROMISES, "subject_id", subject)
        traces.acknowledgements = await finding.rows_of(connection, ACKNOWLEDGEMENTS, "complaint_id", subject)
        traces.outbox = await finding.rows_of(connection, OUTBOX, "complaint_id", subject)
        traces.tasks = await finding.rows_of(connection, TASKS, "complaint_id", subject)
        traces.reviews = await finding.rows_of(connection, REVIEWS, "complaint_id", subject)
        traces.untold = list(await connection.execute(_UNTOLD, {"subject": str(subject)}))
        traces.events = await _events(connection, traces.case_id)
        for message in traces.outbox:
            traces.attempts += await finding.rows_of(connection, OUTBOX_ATTEMPTS, "outbox_id", message.outbox_id)
            traces.bounces += await finding.rows_of(connection, BOUNCES, "outbox_id", message.outbox_id)
            traces.undelivered += await finding.rows_of(
                connection, UNDELIVERED_MESSAGES, "outbox_id", message.outbox_id
            )
    return traces


async def read_records(settings: Settings, engine: AsyncEngine, traces: Traces) -> None:
    """Add the records that the decisions were made of, each read where it lies, and the clusters they name.

    Raises `Unreachable`, or what the client raises, when the broker is away.
    """
    places = {(row.topic, row.partition, row.offset) for rows in traces.decisions.values() for row in rows}
    traces.records = [found async for found in finding.records_at(settings, places)]
    shared = {
        one.link.cluster.cluster_id for _, one in traces.records if isinstance(one, Deduplicated) and one.link.cluster
    }
    async with engine.connect() as connection:
        rows = await finding.rows_among(connection, CLUSTERS, "cluster_id", shared)
    traces.clusters = {row.cluster_id: row for row in rows}


async def _events(connection: AsyncConnection, case_id: UUID | None) -> list[Row[Any]]:
    """What departments did with the case."""
    return [] if case_id is None else await finding.rows_of(connection, CASE_EVENTS, "case_id", case_id)
