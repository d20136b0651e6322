"""Sending a person's correction of one complaint, and waiting until the pipeline has followed it.

The way is that of docs/decisions/0022-corrections.md: the event for the record first, then the addition that acts.
"""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.commanding import decision_on, send
from operations.history.finding import Place, records_at
from schemas.additions import Addition
from schemas.complaint import Complaint
from schemas.correction import Correction
from schemas.errors import InvalidRequest, Unreachable
from schemas.identity import named_uuid
from schemas.records import Command
from schemas.settings import Settings
from schemas.tables.additions import ADDITIONS_DECISIONS
from schemas.tables.deduplicate import DEDUPLICATE_DECISIONS
from schemas.tables.route import ROUTE_DECISIONS
from schemas.topics import ADDITIONS, COMMANDS

_FOLLOWED_WITHIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of a correction: the revision it led to, None when it said nothing new."""

    correction_id: UUID
    revision: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What the record of the correction says besides: codes and ids only, `old` and `new` among them."""

    case_id: UUID
    arguments: Mapping[str, str] = field(default_factory=dict)


async def newest_revision(settings: Settings, engine: AsyncEngine, complaint: UUID) -> Complaint:
    """Return the newest revision of a complaint from the log.

    Raises `InvalidRequest` when `deduplicate` has not seen it, or when retention has removed its record.
    """
    rows = DEDUPLICATE_DECISIONS.c
    newest = select(rows.topic, rows.partition, rows.offset).where(rows.complaint_id == complaint)
    async with engine.connect() as connection:
        found = (await connection.execute(newest.order_by(rows.revision.desc()).limit(1))).one_or_none()
    if found is None:
        raise InvalidRequest(f"{complaint} has no case yet: wait until the stage deduplicate has come to it")
    place: Place = (found.topic, found.partition, found.offset)
    async with aclosing(records_at(settings, [place])) as records:
        async for _, record in records:
            if isinstance(record, Complaint):
                return record
    raise InvalidRequest(f"the record of {complaint} is no longer on the log: it is too old to be corrected")


async def correct(settings: Settings, engine: AsyncEngine, base: Complaint, said: Correction, told: Told) -> Corrected:
    """Put a correction on record and into effect; return when every stage up to `route` has followed it.

    May be repeated: the same correction is one. Raises `Unreachable` when a stage does not work; what was sent is
    kept and will be followed.
    """
    addition = Addition(
        addition_id=named_uuid("correction", str(said.correction_id)),
        complaint_id=base.complaint_id,
        correction=said,
        base=base,
        by=said.by,
        at=said.at,
    )
    await send(settings.kafka, COMMANDS, _event(base, said, told), str(told.case_id), said.correction_id)
    await send(settings.kafka, ADDITIONS, addition, str(base.complaint_id), addition.addition_id)
    try:
        async with asyncio.timeout(_FOLLOWED_WITHIN.total_seconds()):
            revision = await _revision(engine, addition.addition_id)
            if revision is not None:
                await decision_on(engine, ROUTE_DECISIONS, base.complaint_id, revision)
    except TimeoutError as error:
        raise Unreachable(
            "the pipeline has not followed the correction yet: it is kept and will be; `intake lag` and"
            " `intake stages` say what waits"
        ) from error
    return Corrected(said.correction_id, revision)


def _event(base: Complaint, said: Correction, told: Told) -> Command:
    kinds = [topic for topic in ("reclassify", "relink", "reroute") if getattr(said, topic) is not None]
    return Command(
        command_id=said.correction_id,
        kind=f"correction.{'-'.join(kinds)}",
        case_id=told.case_id,
        complaint_id=base.complaint_id,
        arguments=dict(told.arguments),
        reason=said.reason,
        at=said.at,
        by=said.by,
    )


async def _revision(engine: AsyncEngine, addition: UUID) -> int | None:
    """The revision the addition led to, None when it changed nothing."""
    decision = await decision_on(engine, ADDITIONS_DECISIONS, addition)
    written = decision.get("complaint")
    return int(written.get("revision", 1)) if isinstance(written, dict) else None
