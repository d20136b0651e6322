"""Collects what every stage left about one complaint and puts it into the order of time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.assembly import pack_of
from deploy.history import conversing, finding, telling
from deploy.history.masked import known_values, masked
from schemas.base import Record
from schemas.commands import HistoryLine, HistoryReport
from schemas.complaint import Complaint
from schemas.errors import InvalidRequest
from schemas.identity import tracking_number
from schemas.masking import mask_text
from schemas.policy import PolicyPack
from schemas.records import Classified, DeadLetter, Deduplicated, Evidence, Suspended
from schemas.review import SETTLED
from schemas.settings import Settings
from schemas.tables.acknowledge import ACKNOWLEDGEMENTS, BOUNCES, OUTBOX
from schemas.tables.clock import PROMISES
from schemas.tables.reachability import UNDELIVERED_MESSAGES
from schemas.tables.review import REVIEWS
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.tables.tasks import TASKS


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
    undelivered: list[Row[Any]] = field(default_factory=list)
    records: list[tuple[ConsumerRecord[bytes, bytes], Record]] = field(default_factory=list)
    mishaps: list[Suspended | DeadLetter] = field(default_factory=list)

    @property
    def complaint(self) -> tuple[ConsumerRecord[bytes, bytes], Complaint] | None:
        """The complaint as it was received, or a later record that contains it."""
        complaints = [(place, record) for place, record in self.records if isinstance(record, Complaint)]
        return min(complaints, key=lambda found: (found[1].revision, len(type(found[1]).__mro__)), default=None)


async def history_of(settings: Settings, engine: AsyncEngine, asked: str, *, full: bool) -> HistoryReport:
    """Return the history of a tracking number or complaint id, personal data masked unless `full`.

    Raises InvalidRequest when nothing is known of it.
    """
    subject = await finding.subject_of(settings, engine, asked)
    traces = await _traces(settings, engine, subject)
    lines = sorted(_lines(traces, pack_of(settings), full), key=lambda line: line.at)
    if not lines:
        raise InvalidRequest(f"nothing is known of {asked}")
    case = _case(traces)
    turns, left_out = await conversing.conversation_of(settings, engine, case, subject, full=full) if case else ((), 0)
    return HistoryReport(
        complaint_id=subject,
        tracking_number=_number(settings, traces, subject),
        case_id=case,
        masked=not full,
        history=tuple(lines),
        conversation=turns,
        conversation_left_out=left_out,
    )


async def newest_of(settings: Settings, engine: AsyncEngine, asked: str) -> Deduplicated:
    """Return the newest revision of a complaint with its case, unmasked.

    Raises InvalidRequest when nothing is known of it, or nothing has been decided yet.
    """
    traces = await _traces(settings, engine, await finding.subject_of(settings, engine, asked))
    found = [record for _, record in traces.records if isinstance(record, Deduplicated)]
    if not found:
        raise InvalidRequest(f"{asked}: not linked to a case yet, try again in a moment")
    newest = max(found, key=lambda record: record.revision)
    own = set(Deduplicated.model_fields)
    return Deduplicated.model_validate(newest.model_dump(include=own))


async def _traces(settings: Settings, engine: AsyncEngine, subject: UUID) -> Traces:
    traces = Traces()
    async with engine.connect() as connection:
        traces.decisions = await finding.decisions_of(connection, subject)
        traces.promises = await finding.rows_of(connection, PROMISES, "subject_id", subject)
        traces.acknowledgements = await finding.rows_of(connection, ACKNOWLEDGEMENTS, "complaint_id", subject)
        traces.outbox = await finding.rows_of(connection, OUTBOX, "complaint_id", subject)
        traces.tasks = await finding.rows_of(connection, TASKS, "complaint_id", subject)
        traces.reviews = await finding.rows_of(connection, REVIEWS, "complaint_id", subject)
        for message in traces.outbox:
            traces.attempts += await finding.rows_of(connection, OUTBOX_ATTEMPTS, "outbox_id", message.outbox_id)
            traces.bounces += await finding.rows_of(connection, BOUNCES, "outbox_id", message.outbox_id)
            traces.undelivered += await finding.rows_of(
                connection, UNDELIVERED_MESSAGES, "outbox_id", message.outbox_id
            )
    places = {(row.topic, row.partition, row.offset) for rows in traces.decisions.values() for row in rows}
    traces.records = [found async for found in finding.records_at(settings, places)]
    traces.mishaps = await finding.mishaps_of(settings, subject)
    return traces


def _lines(traces: Traces, pack: PolicyPack, full: bool) -> Iterator[HistoryLine]:
    complaint = traces.complaint
    known = known_values(complaint[1].model_dump(mode="json")) if complaint else ()
    text = complaint[1].text if complaint else ""
    if complaint:
        yield _received(*complaint, full)
    for promise in traces.promises:
        yield _line(promise.noted_at, "promised", "promises", telling.promised(promise.due_at, promise.kind))
    yield from _decided(traces, text, pack)
    for place, record in traces.records:
        if isinstance(record, Classified):
            yield _classified(place, record, pack, known, full)
    yield from _corrected(traces)
    yield from _answered(traces)
    yield from _to_do(traces)
    yield from _mishaps(traces.mishaps)


def _received(place: ConsumerRecord[bytes, bytes], record: Complaint, full: bool) -> HistoryLine:
    whole = record.model_dump(mode="json", exclude_none=True)
    own = {name: value for name, value in whole.items() if name in Complaint.model_fields}
    summary = telling.received(
        record.channel, record.entry, record.language, len(record.attachments), tuple(record.warnings)
    )
    return _line(record.received_at, "received", _at(place), summary, record=own if full else masked(own))


def _decided(traces: Traces, text: str, pack: PolicyPack) -> Iterator[HistoryLine]:
    for row in traces.decisions.get("alarm", ()):
        if row.decision.get("raised"):
            yield _alarmed(row, _text_of(traces, row.revision))
    for row in traces.decisions.get("deduplicate", ()):
        evidence = tuple(Evidence.model_validate(one) for one in row.decision.get("evidence", ()))
        yield _line(
            row.decided_at, "deduplicated", "deduplicate_decisions", telling.placed(row.decision), evidence, text=text
        )
    for row in traces.decisions.get("route", ()):
        yield from _routed(row, pack)
    for row in traces.decisions.get("confirm", ()):
        summary = telling.confirmed(row.decision["outcome"], row.decision["in_time"])
        yield _line(row.decided_at, "acknowledged", "confirm_decisions", summary, record=dict(row.decision))


def _text_of(traces: Traces, revision: int) -> str:
    """What the complaint said then: the words an alarm points at may have come later than the complaint."""
    said = (one.text for _, one in traces.records if isinstance(one, Complaint) and one.revision == revision)
    return next(said, "")


def _alarmed(row: Row[Any], text: str) -> HistoryLine:
    raised = dict(row.decision["raised"])
    evidence = tuple(Evidence.model_validate(one) for one in raised["reasons"])
    return _line(
        row.decided_at, "alarmed", "alarm_decisions", telling.alarmed(raised), evidence, record=raised, text=text
    )


def _routed(row: Row[Any], pack: PolicyPack) -> Iterator[HistoryLine]:
    summary = telling.routed(row.decision, pack)
    yield _line(row.decided_at, "routed", "route_decisions", summary, record=dict(row.decision))
    for one in row.decision.get("raised", ()):
        yield _line(row.decided_at, "escalated", "route_decisions", telling.raised(one), record=dict(one))


def _classified(
    place: ConsumerRecord[bytes, bytes], record: Classified, pack: PolicyPack, known: tuple[str, ...], full: bool
) -> HistoryLine:
    found = record.understanding
    whole = found.model_dump(mode="json", exclude_none=True)
    return _line(
        datetime.fromtimestamp(place.timestamp / 1000, UTC),
        "classified",
        _at(place),
        telling.understood(found, pack),
        found.evidence,
        whole if full else masked(whole, known or ("",)),
        text=record.text,
    )


def _corrected(traces: Traces) -> Iterator[HistoryLine]:
    """What people decided: the newest revision carries all of it."""
    complaints = [record for _, record in traces.records if isinstance(record, Complaint)]
    newest = max(complaints, key=lambda one: one.revision, default=None)
    for one in newest.corrections if newest is not None else ():
        yield _line(one.at, "corrected", "complaints.received.v1", telling.corrected(one))


def _answered(traces: Traces) -> Iterator[HistoryLine]:
    for row in traces.acknowledgements:
        if row.outcome:
            by = "（由兜底任务）" if row.decided_by == "sweeper" else ""
            summary = telling.outcome(row.outcome, row.reason) + by
            yield _line(row.decided_at, "acknowledgement decided", "acknowledgements", summary)
    for row in traces.outbox:
        summary = f"受理回执已写入待发队列：{row.reply_channel}，语言 {row.language}"
        yield _line(row.noted_at, "acknowledgement written", "outbox", summary)
    for row in traces.attempts:
        summary = telling.attempted(row.state, row.attempt, row.error_class)
        yield _line(row.settled_at or row.changed_at, "acknowledgement sent", "outbox_attempts", summary)
    for row in traces.bounces:
        summary = f"回执被退回，顾客没有收到，需人工联系（退信 {row.bounce_id}）"
        yield _line(row.noted_at, "acknowledgement bounced", "acknowledgement_bounces", summary)
    for row in traces.undelivered:
        summary = "渠道回报回执未能送达，需人工联系"
        yield _line(row.noted_at, "acknowledgement not delivered", "undelivered_messages", summary)


def _to_do(traces: Traces) -> Iterator[HistoryLine]:
    for row in traces.tasks:
        yield _line(row.opened_at, "task opened", "tasks", telling.to_do(row.kind, row.due_at, row.owner))
        if row.done_at is not None:
            yield _line(row.done_at, "task done", "tasks", telling.done(row.kind, row.done_by, row.how, row.note))
    for row in traces.reviews:
        if row.opened_at is not None:
            summary = telling.to_look_at(row.drawn_by or "", row.reasons, row.owner)
            yield _line(row.opened_at, "review opened", "reviews", summary)
        if row.outcome in SETTLED and row.done_at is not None:
            summary = telling.looked_at(row.outcome, row.done_by or "", row.label or {})
            yield _line(row.done_at, "review done", "reviews", summary)


def _mishaps(mishaps: Iterable[Suspended | DeadLetter]) -> Iterator[HistoryLine]:
    for one in mishaps:
        at = one.resolved_at or (one.ingested_at if isinstance(one, Suspended) else one.first_seen)
        if isinstance(one, Suspended):
            what, why = "suspended", f"未能读取（{one.reason}：{one.detail}）"
        else:
            what, why = "dead letter", f"处理环节 {one.stage} 无法处理：{one.error}"
        done = {"open": "待处理", "replayed": "已重放", "discarded": "已作废"}[one.state]
        by = f"，经办 {one.resolved_by}：{one.resolution}" if one.resolved_by else ""
        yield _line(at, what, f"complaints.{what.replace(' ', '-')}.v1", f"{why}；{done}{by}")


def _line(
    at: datetime,
    what: str,
    where: str,
    summary: str,
    evidence: tuple[Evidence, ...] = (),
    record: dict[str, Any] | None = None,
    text: str = "",
) -> HistoryLine:
    reasons = tuple(mask_text(telling.evidence_line(one, text)) for one in evidence)
    return HistoryLine(
        at=at, what=what, where=where, summary=summary, reasons=reasons, evidence=evidence, record=record
    )


def _at(place: ConsumerRecord[bytes, bytes]) -> str:
    return f"{place.topic}/{place.partition}@{place.offset}"


def _number(settings: Settings, traces: Traces, subject: UUID) -> str:
    for row in traces.promises:
        return str(row.tracking_number)
    if traces.complaint:
        return traces.complaint[1].tracking_number
    key = settings.keys.number
    return tracking_number(key.get_secret_value().encode(), subject) if key else ""


def _case(traces: Traces) -> UUID | None:
    for row in traces.decisions.get("deduplicate", ()):
        return UUID(row.decision["case_id"])
    return None
