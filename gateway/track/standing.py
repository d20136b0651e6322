"""Where a complaint stands, in the words of its customer: a status, the steps so far, what may be done now. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.track.facts import Event, Facts
from schemas.policy import PolicyPack


class Status(StrEnum):
    """What a customer reads in large letters."""

    RECEIVED = "received"
    UNREADABLE = "unreadable"
    READING = "reading"
    WITH_DEPARTMENT = "with-department"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    NEED_INFORMATION = "need-information"
    ANSWERED = "answered"
    REMEDY_DONE = "remedy-done"
    CLOSED = "closed"
    REOPENED = "reopened"


_OF_STATE: Mapping[str, Status] = {
    "routed": Status.WITH_DEPARTMENT,
    "not-ours": Status.WITH_DEPARTMENT,
    "accepted": Status.ACCEPTED,
    "in-progress": Status.IN_PROGRESS,
    "need-information": Status.NEED_INFORMATION,
    "answered": Status.ANSWERED,
    "remedy-done": Status.REMEDY_DONE,
    "closed": Status.CLOSED,
    "reopened": Status.REOPENED,
}
"""State of a case, kind of an event → what the customer reads; other events are for staff."""
SETTLED = frozenset({Status.ANSWERED, Status.REMEDY_DONE, Status.CLOSED})
_UNTOUCHED = frozenset({Status.RECEIVED, Status.UNREADABLE, Status.READING})


class Coarse(StrEnum):
    """All that the last four digits of a telephone tell."""

    RECEIVED = "received"
    IN_PROGRESS = "in-progress"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: a status, or `sent-on` for a department that passed it on."""

    what: str
    at: datetime
    department: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where it stands now. `asked` is what a department wants to know, `answer` what it
    answered last, as far as this sender may read them; `answer_by` None where nothing is promised."""

    status: Status
    steps: tuple[Step, ...]
    asked: str | None
    answer: str | None
    answer_by: datetime | None
    is_late: bool
    may_rate: bool


def standing(facts: Facts, pack: PolicyPack | None, now: datetime) -> Standing:
    """Where a complaint stands."""
    status = status_of(facts)
    answer_by = None if status in SETTLED else _answer_by(facts, pack)
    return Standing(
        status=status,
        steps=tuple(sorted(_steps(facts), key=lambda step: step.at)),
        asked=_last_words(facts, {Status.NEED_INFORMATION}) if status is Status.NEED_INFORMATION else None,
        answer=_last_words(facts, SETTLED) if status in SETTLED else None,
        answer_by=answer_by,
        is_late=answer_by is not None and answer_by < now,
        may_rate=status in SETTLED and facts.may_know,
    )


def status_of(facts: Facts) -> Status:
    """The state of the case, else what the events this sender may see say, else how far the pipeline came."""
    told = [event.kind for event in facts.events if event.kind in _OF_STATE]
    state = facts.state if facts.state in _OF_STATE else next(reversed(told), None)
    if state is not None:
        return _OF_STATE[state]
    if facts.is_routed:
        return Status.WITH_DEPARTMENT
    if not facts.is_read:
        return Status.UNREADABLE
    return Status.READING if facts.case_id is not None else Status.RECEIVED


def coarse(facts: Facts) -> Coarse:
    """What the last four digits tell of a status."""
    status = status_of(facts)
    if status in SETTLED:
        return Coarse.ANSWERED
    return Coarse.RECEIVED if status in _UNTOUCHED else Coarse.IN_PROGRESS


def _steps(facts: Facts) -> Iterator[Step]:
    yield Step(Status.RECEIVED, facts.received_at)
    routed = [event for event in facts.events if event.kind == "routed"]
    if not routed and facts.routed_at is not None:
        yield Step(Status.WITH_DEPARTMENT, facts.routed_at, facts.department)
    for event in facts.events:
        if event.kind in _OF_STATE:
            yield Step(_what(event), event.at, event.department, event.text)


def _what(event: Event) -> str:
    return "sent-on" if event.kind == "not-ours" else _OF_STATE[event.kind]


def _last_words(facts: Facts, of: Collection[Status]) -> str | None:
    """The last thing that was written with one of these."""
    told = (event.text for event in reversed(facts.events) if event.text and _OF_STATE.get(event.kind) in of)
    return next(told, None)


def _answer_by(facts: Facts, pack: PolicyPack | None) -> datetime | None:
    """The clock the acknowledgement promises, as it was computed; before that, the one promised to everybody."""
    if pack is None:
        return None
    words = pack.acknowledgement
    due = facts.understood.due if facts.understood is not None else {}
    known = due.get(words.promised_clock) or due.get(words.promised_clock_unclassified)
    return known or pack.due_at(words.promised_clock_unclassified, facts.received_at)
