"""Moving a complaint to another case, or a case to another department, on a person's word: look, send, look again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.correcting import Told, correct, newest_revision
from operations.history.finding import subject_of
from schemas.complaint import Complaint
from schemas.correction import Correction, Relinked, Rerouted, Topic, newest
from schemas.correction_lines import RelinkReport, RerouteReport
from schemas.errors import InvalidRequest
from schemas.identity import content_hash, named_uuid
from schemas.records import Verdict
from schemas.settings import Settings
from schemas.tables.deduplicate import CASE_MEMBERS, DEDUPLICATE_DECISIONS
from schemas.tables.route import ROUTE_CASES, ROUTE_DECISIONS

_TICK = timedelta(milliseconds=1)
_NO_CASE = "it has no case yet: wait until the stage deduplicate has come to it"


@dataclass(frozen=True, slots=True)
class Signed:
    """Who decides, and why."""

    by: str
    reason: str
    dry_run: bool = False


async def relink(
    settings: Settings, engine: AsyncEngine, number: str, to: str | None, verdict: str, signed: Signed
) -> RelinkReport:
    """Move a complaint to the case of another (`to`, a number or id), or to a case of its own (None).

    May be repeated: what is so already is not sent again. Raises `InvalidRequest` for what nobody knows or may not be
    moved, `Unreachable` when a stage does not work; what was sent is kept and followed later.
    """
    subject = await subject_of(settings, engine, number)
    old = await _member(engine, subject)
    target = await _member(engine, await subject_of(settings, engine, to)) if to is not None else None
    _check(old, target, verdict)
    base = await newest_revision(settings, engine, subject)
    _check_report(base, target, verdict)
    report = _asked(old, target, verdict, signed, base)
    if _is_so(old, target, verdict):
        return report.model_copy(update={"done": True, "detail": "it is so already", "case_seq": old["case_seq"]})
    if signed.dry_run:
        return report
    asked = Relinked(of=target["complaint_id"] if target else None, verdict=verdict)
    said = _correction(base, signed, "relink", asked)
    arguments = {"old": str(old["case_id"]), "new": str(target["case_id"] if target else "own"), "as": verdict}
    corrected = await correct(settings, engine, base, said, Told(old["case_id"], arguments))
    now = await _member(engine, subject)
    decided = await _decision(engine, DEDUPLICATE_DECISIONS, subject, corrected.revision)
    refused = decided.get("refused")
    return report.model_copy(
        update={
            "done": refused is None,
            "detail": f"refused: {refused}" if refused else "done",
            "case_id": now["case_id"],
            "case_seq": now["case_seq"],
            "verdict": now["verdict"],
            "of": now["of"],
            "correction_id": corrected.correction_id,
            "revision": corrected.revision,
        }
    )


async def reroute(
    settings: Settings, engine: AsyncEngine, number: str, department: str, signed: Signed
) -> RerouteReport:
    """Move the case of a complaint, with all its members, to a department of the pack.

    May be repeated. Raises as `relink`.
    """
    subject = await subject_of(settings, engine, number)
    member = await _member(engine, subject)
    if member["sealed"]:
        raise InvalidRequest("a sealed report stays with the department that answers authorities")
    had = await _department(engine, member["case_id"])
    report = RerouteReport(
        complaint_id=subject,
        tracking_number=(await newest_revision(settings, engine, subject)).tracking_number,
        case_id=member["case_id"],
        by=signed.by,
        dry_run=signed.dry_run,
        done=False,
        detail="would move it",
        old_department=had,
        department=department,
        complaints=await _together(engine, member["case_id"], subject),
    )
    if had == department:
        return report.model_copy(update={"done": True, "detail": "it is so already", "complaints": ()})
    if signed.dry_run:
        return report
    return await _reroute_all(settings, engine, report, signed)


async def _reroute_all(settings: Settings, engine: AsyncEngine, report: RerouteReport, signed: Signed) -> RerouteReport:
    """Each member is told of by a revision of its own: the named one first, it moves the case."""
    moved: list[UUID] = []
    too_old: list[UUID] = []
    for one in report.complaints:
        try:
            base = await newest_revision(settings, engine, one)
        except InvalidRequest:
            too_old.append(one)
            continue
        said = _correction(base, signed, "reroute", Rerouted(department=report.department))
        told = Told(report.case_id, {"old": report.old_department or "", "new": report.department})
        corrected = await correct(settings, engine, base, said, told)
        decided = await _decision(engine, ROUTE_DECISIONS, one, corrected.revision)
        if refused := decided.get("refused"):
            return report.model_copy(update={"detail": f"refused: {refused}", "complaints": tuple(moved)})
        moved.append(one)
    return report.model_copy(
        update={
            "done": bool(moved),
            "detail": "done" if moved else "the records of this case are no longer on the log",
            "department": await _department(engine, report.case_id) or report.department,
            "complaints": tuple(moved),
            "too_old": tuple(too_old),
        }
    )


def _check(old: Mapping[str, Any], target: Mapping[str, Any] | None, verdict: str) -> None:
    """Say at once what the stage would refuse."""
    if old["sealed"] or (target is not None and target["sealed"]):
        raise InvalidRequest("a sealed report is never linked")
    if target is None:
        return
    if target["complaint_id"] == old["complaint_id"]:
        raise InvalidRequest("a complaint cannot be linked with itself")
    if target["is_automatic"]:
        raise InvalidRequest("the other one is automatic mail: nobody's case")
    if verdict != Verdict.REPEAT.value and (old["is_referral"] or target["is_referral"]):
        raise InvalidRequest("a regulator's referral stays a case of its own: only --as repeat points to another")


def _check_report(base: Complaint, target: Mapping[str, Any] | None, verdict: str) -> None:
    if base.sealed:
        raise InvalidRequest("a sealed report is never linked")
    if target is not None and base.referral is not None and verdict != Verdict.REPEAT.value:
        raise InvalidRequest("a regulator's referral stays a case of its own: only --as repeat points to another")


def _is_so(old: Mapping[str, Any], target: Mapping[str, Any] | None, verdict: str) -> bool:
    of = target["complaint_id"] if target else None
    wanted = verdict if target else Verdict.NEW.value
    return old["corrected_by"] is not None and (old["of"], old["verdict"]) == (of, wanted)


def _asked(
    old: Mapping[str, Any], target: Mapping[str, Any] | None, verdict: str, signed: Signed, base: Complaint
) -> RelinkReport:
    joins = target is not None and verdict != Verdict.REPEAT.value
    return RelinkReport(
        complaint_id=old["complaint_id"],
        tracking_number=base.tracking_number,
        by=signed.by,
        dry_run=signed.dry_run,
        done=False,
        detail="would move it" if joins and target and target["case_id"] != old["case_id"] else "would place it",
        old_case_id=old["case_id"],
        old_verdict=old["verdict"],
        case_id=target["case_id"] if joins and target else None,
        verdict=verdict if target else Verdict.NEW.value,
        of=target["complaint_id"] if target else None,
    )


def _correction(base: Complaint, signed: Signed, topic: Topic, what: Relinked | Rerouted) -> Correction:
    """The decision, always later than the one before of its kind: two clocks may differ."""
    before = newest(base.corrections, topic)
    now = datetime.now(UTC)
    at = max(now, before.at + _TICK) if before is not None else now
    said = content_hash(signed.by, signed.reason, what.model_dump_json())
    identity = named_uuid("correct", str(base.complaint_id), topic, said, str(base.revision))
    fields: dict[str, Any] = {topic: what}
    return Correction(correction_id=identity, by=signed.by, at=at, reason=signed.reason, **fields)


async def _member(engine: AsyncEngine, complaint: UUID) -> Mapping[str, Any]:
    statement = select(CASE_MEMBERS).where(CASE_MEMBERS.c.complaint_id == complaint)
    async with engine.connect() as connection:
        found = (await connection.execute(statement)).one_or_none()
    if found is None:
        raise InvalidRequest(f"{complaint}: {_NO_CASE}")
    return dict(found._mapping)


async def _together(engine: AsyncEngine, case: UUID, first: UUID) -> tuple[UUID, ...]:
    """The members of a case that people write, the named one first."""
    rows = CASE_MEMBERS.c
    statement = select(rows.complaint_id).where(rows.case_id == case, rows.is_automatic.is_(False))
    async with engine.connect() as connection:
        found = (await connection.execute(statement.order_by(rows.case_seq))).scalars().all()
    return (first, *(one for one in found if one != first))


async def _department(engine: AsyncEngine, case: UUID) -> str | None:
    async with engine.connect() as connection:
        statement = select(ROUTE_CASES.c.department).where(ROUTE_CASES.c.case_id == case)
        found: str | None = (await connection.execute(statement)).scalar()
    return found


async def _decision(engine: AsyncEngine, table: Any, complaint: UUID, revision: int | None) -> Mapping[str, Any]:
    """What a stage decided about a revision; empty where the correction led to none."""
    if revision is None:
        return {}
    statement = select(table.c.decision).where(table.c.complaint_id == complaint, table.c.revision == revision)
    async with engine.connect() as connection:
        return (await connection.execute(statement)).scalar() or {}
