"""What is told of a complaint: each trace becomes a line with its sentence, in one language."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from aiokafka import ConsumerRecord
from sqlalchemy import Row

from operations.evidence import line as evidence_line
from operations.history import acting, telling
from operations.history.masked import known_values, masked
from operations.history.traces import Traces
from operations.keyless import keyless
from operations.wording import Wording
from schemas.commands import HistoryLine
from schemas.complaint import Complaint
from schemas.masking import mask_text
from schemas.records import Classified, DeadLetter, Deduplicated, Evidence, Suspended
from schemas.review import SETTLED


def lines_of(traces: Traces, say: Wording, *, full: bool) -> Iterator[HistoryLine]:
    """Every line, in no order. Personal data is masked unless `full`."""
    complaint = traces.complaint
    known = known_values(complaint[1].model_dump(mode="json")) if complaint else ()
    text = complaint[1].text if complaint else ""
    if complaint:
        yield _received(say, *complaint, full)
    for promise in traces.promises:
        yield _line(say, promise.noted_at, "promised", "promises", acting.promised(say, promise.due_at, promise.kind))
    yield from _decided(traces, text, say)
    yield from _clustered(traces, say)
    for place, record in traces.records:
        if isinstance(record, Classified):
            yield _classified(place, record, say, known, full)
    yield from _corrected(traces, say)
    yield from _answered(traces, say)
    for row in traces.events:
        yield _line(say, row.at, "department", "case_events", acting.worked(say, row))
    yield from _to_do(traces, say)
    yield from _mishaps(traces.mishaps, say)


def _received(say: Wording, place: ConsumerRecord[bytes, bytes], record: Complaint, full: bool) -> HistoryLine:
    whole = record.model_dump(mode="json", exclude_none=True)
    own = {name: value for name, value in whole.items() if name in Complaint.model_fields}
    summary = telling.received(
        say, record.channel, record.entry, record.language, len(record.attachments), tuple(record.warnings)
    )
    return _line(say, record.received_at, "received", _at(place), summary, record=keyless(own) if full else masked(own))


def _decided(traces: Traces, text: str, say: Wording) -> Iterator[HistoryLine]:
    for row in traces.decisions.get("alarm", ()):
        if row.decision.get("raised"):
            yield _alarmed(say, row, _text_of(traces, row.revision))
    for row in traces.decisions.get("deduplicate", ()):
        evidence = tuple(Evidence.model_validate(one) for one in row.decision.get("evidence", ()))
        yield _line(
            say,
            row.decided_at,
            "deduplicated",
            "deduplicate_decisions",
            telling.placed(say, row.decision),
            evidence,
            text=text,
        )
    for row in traces.decisions.get("route", ()):
        yield from _routed(row, say)
    for row in traces.decisions.get("confirm", ()):
        summary = acting.confirmed(say, row.decision["outcome"], row.decision["in_time"])
        yield _line(say, row.decided_at, "acknowledged", "confirm_decisions", summary, record=dict(row.decision))


def _text_of(traces: Traces, revision: int) -> str:
    """What the complaint said then: the words an alarm points at may have come later than the complaint."""
    said = (one.text for _, one in traces.records if isinstance(one, Complaint) and one.revision == revision)
    return next(said, "")


def _alarmed(say: Wording, row: Row[Any], text: str) -> HistoryLine:
    raised = dict(row.decision["raised"])
    evidence = tuple(Evidence.model_validate(one) for one in raised["reasons"])
    return _line(
        say,
        row.decided_at,
        "alarmed",
        "alarm_decisions",
        telling.alarmed(say, raised),
        evidence,
        record=raised,
        text=text,
    )


def _routed(row: Row[Any], say: Wording) -> Iterator[HistoryLine]:
    summary = telling.routed(say, row.decision)
    yield _line(say, row.decided_at, "routed", "route_decisions", summary, record=dict(row.decision))
    for one in row.decision.get("raised", ()):
        yield _line(say, row.decided_at, "escalated", "route_decisions", telling.raised(say, one), record=dict(one))


def _classified(
    place: ConsumerRecord[bytes, bytes], record: Classified, say: Wording, known: tuple[str, ...], full: bool
) -> HistoryLine:
    found = record.understanding
    whole = found.model_dump(mode="json", exclude_none=True)
    return _line(
        say,
        datetime.fromtimestamp(place.timestamp / 1000, UTC),
        "classified",
        _at(place),
        telling.understood(say, found),
        found.evidence,
        whole if full else masked(whole, known or ("",)),
        text=record.text,
    )


def _clustered(traces: Traces, say: Wording) -> Iterator[HistoryLine]:
    """The systemic problem the case belongs to, by its newest record; how many it counts by now."""
    linked = [(place, one) for place, one in traces.records if isinstance(one, Deduplicated) and one.link.cluster]
    place, newest = max(linked, key=lambda found: found[1].revision, default=(None, None))
    if place is None or newest is None or newest.link.cluster is None:
        return
    found = newest.link.cluster
    row = traces.clusters.get(found.cluster_id)
    size = max(found.size, row.size) if row else found.size
    shown = found.model_copy(update={"systemic": bool(row.systemic) if row else found.systemic, "size": size})
    batches = (one.understanding.fields.get("batch_no") for _, one in traces.records if isinstance(one, Classified))
    batch = newest.stated.batch_no or next((values[0].value for values in batches if values), None)
    at = datetime.fromtimestamp(place.timestamp / 1000, UTC)
    summary = telling.clustered(say, shown, size, mask_text(batch) if batch else None)
    yield _line(say, at, "clustered", "clusters", summary, record=shown.model_dump(mode="json", exclude_none=True))


def _corrected(traces: Traces, say: Wording) -> Iterator[HistoryLine]:
    """What people decided: the newest revision carries all of it."""
    complaints = [record for _, record in traces.records if isinstance(record, Complaint)]
    newest = max(complaints, key=lambda one: one.revision, default=None)
    for one in newest.corrections if newest is not None else ():
        yield _line(say, one.at, "corrected", "complaints.received.v1", telling.corrected(say, one))


def _answered(traces: Traces, say: Wording) -> Iterator[HistoryLine]:
    for row in traces.acknowledgements:
        if row.outcome:
            summary = acting.outcome(say, row.outcome, row.reason, by_sweeper=row.decided_by == "sweeper")
            yield _line(say, row.decided_at, "acknowledgement decided", "acknowledgements", summary)
    kinds = {row.outbox_id: (row.kind, row.occasion) for row in traces.outbox}
    for row in traces.outbox:
        summary = acting.written(say, row.reply_channel, row.language, what=acting.message(say, *kinds[row.outbox_id]))
        yield _line(say, row.noted_at, f"{row.kind} written", "outbox", summary)
    for row in traces.attempts:
        kind, occasion = kinds[row.outbox_id]
        what = acting.message(say, kind, occasion)
        summary = acting.attempted(say, row.state, row.attempt, row.error_class, what=what)
        yield _line(say, row.settled_at or row.changed_at, f"{kind} sent", "outbox_attempts", summary)
    for row in traces.untold:
        what = acting.message(say, row.kind, row.occasion)
        summary = acting.untold(say, row.outcome, row.reason, what=what)
        yield _line(say, row.decided_at, f"{row.kind} not sent", "notify_decisions", summary)
    for row in traces.bounces:
        kind, occasion = kinds[row.outbox_id]
        summary = acting.came_back(say, row.bounce_id, what=acting.message(say, kind, occasion))
        yield _line(say, row.noted_at, f"{kind} bounced", "acknowledgement_bounces", summary)
    for row in traces.undelivered:
        kind, occasion = kinds[row.outbox_id]
        summary = acting.came_back(say, None, what=acting.message(say, kind, occasion))
        yield _line(say, row.noted_at, f"{kind} not delivered", "undelivered_messages", summary)


def _to_do(traces: Traces, say: Wording) -> Iterator[HistoryLine]:
    for row in traces.tasks:
        yield _line(say, row.opened_at, "task opened", "tasks", acting.to_do(say, row.kind, row.due_at, row.owner))
        if row.done_at is not None:
            yield _line(
                say, row.done_at, "task done", "tasks", acting.done(say, row.kind, row.done_by, row.how, row.note)
            )
    for row in traces.reviews:
        if row.opened_at is not None:
            summary = acting.to_look_at(say, row.drawn_by or "", row.reasons, row.owner)
            yield _line(say, row.opened_at, "review opened", "reviews", summary)
        if row.outcome in SETTLED and row.done_at is not None:
            summary = acting.looked_at(say, row.outcome, row.done_by or "", row.label or {})
            yield _line(say, row.done_at, "review done", "reviews", summary)


def _mishaps(mishaps: Iterable[Suspended | DeadLetter], say: Wording) -> Iterator[HistoryLine]:
    for one in mishaps:
        at = one.resolved_at or (one.ingested_at if isinstance(one, Suspended) else one.first_seen)
        if isinstance(one, Suspended):
            what, why = "suspended", say.pick("未能读取", "could not be read")
            found = f"{one.reason}: {one.detail}"
        else:
            what, why = "dead letter", say.pick(f"处理环节 {one.stage} 无法处理", f"{one.stage} could not process it")
            found = one.error
        told = f"{why}{telling.aside(say, found)}"
        summary = acting.mishap(say, told, one.state, one.resolved_by, one.resolution)
        yield _line(say, at, what, f"complaints.{what.replace(' ', '-')}.v1", summary)


def _line(
    say: Wording,
    at: datetime,
    what: str,
    where: str,
    summary: str,
    reasons: tuple[Evidence, ...] = (),
    record: dict[str, Any] | None = None,
    text: str = "",
) -> HistoryLine:
    told = tuple(mask_text(evidence_line(say, one, text)) for one in reasons)
    return HistoryLine(at=at, what=what, where=where, summary=summary, reasons=told, evidence=reasons, record=record)


def _at(place: ConsumerRecord[bytes, bytes]) -> str:
    return f"{place.topic}/{place.partition}@{place.offset}"
