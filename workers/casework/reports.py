"""A report of a department and what may become of it. Pure: the table of `schemas.casework` decides."""

import re
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from schemas.casework import FOLLOWS, MAX_CUSTOMER_CHARS, MAX_NOTE_CHARS, CaseState, EventVerdict, Why
from schemas.records import DepartmentStatus
from workers.casework.cases import Case

_TAG = re.compile(r"<[/!?]?[A-Za-z-][^<>]*>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANKS = re.compile(r"[ \t]*\n[ \t\n]*\n\s*")
_MOST_READ = 20_000
_MOST_NAME = 200


class Report(NamedTuple):
    """What a department says of a case, in words that may be kept. `noted_at` is when it reached the log."""

    event_id: UUID
    case_id: UUID
    complaint_id: UUID | None
    status: CaseState
    department: str
    at: datetime
    noted_at: datetime
    by: str
    text: str | None = None
    note: str | None = None
    suggested: str | None = None


class Judged(NamedTuple):
    """What becomes of a report, and why not."""

    verdict: EventVerdict
    why: Why | None = None


APPLIED = Judged(EventVerdict.APPLIED)


def report_of(status: DepartmentStatus, noted_at: datetime) -> Report:
    """The report with plain, bounded words. A department whose clock is ahead reports nothing from the future."""
    return Report(
        event_id=status.status_id,
        case_id=status.case_id,
        complaint_id=status.complaint_id,
        status=CaseState(status.status),
        department=status.department[:_MOST_NAME],
        at=min(status.at, noted_at),
        noted_at=noted_at,
        by=plain(status.by, _MOST_NAME) or "",
        text=plain(status.text_for_customer, MAX_CUSTOMER_CHARS),
        note=plain(status.internal_note, MAX_NOTE_CHARS),
        suggested=plain(status.suggested_department, _MOST_NAME),
    )


def plain(words: str | None, most: int) -> str | None:
    """Words without markup and control characters, at most so many characters; None when nothing is left."""
    text = (words or "")[:_MOST_READ].replace("\r\n", "\n").replace("\r", "\n")
    before = None
    while text != before:  # what is left of nested tags may be a tag again
        before, text = text, _TAG.sub("", text)
    text = _BLANKS.sub("\n\n", _CONTROL.sub("", text)).strip()
    return (text if len(text) <= most else f"{text[: most - 1]}…") or None


def judge(case: Case | None, copies: frozenset[str], is_member: bool, report: Report) -> Judged:
    """What becomes of a report. `is_member`: its complaint, or any if it names none, is in the case."""
    if case is None:
        return Judged(EventVerdict.UNKNOWN_CASE, Why.NOT_ROUTED_YET)
    if report.department != case.department:
        return APPLIED if report.department in copies else Judged(EventVerdict.FOREIGN, Why.NOT_THEIR_CASE)
    if not is_member:
        return Judged(EventVerdict.LATE, Why.OTHER_CASE)
    if case.state != CaseState.ROUTED and report.at < case.since:
        return Judged(EventVerdict.LATE, Why.OLDER)
    if report.status not in FOLLOWS.get(case.state, frozenset()):
        return Judged(EventVerdict.IMPOSSIBLE, Why.CANNOT_FOLLOW)
    return APPLIED
