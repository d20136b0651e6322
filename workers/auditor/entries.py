"""One broker record to one ledger row: ids from headers where they are, from the value only where they must. Pure.

A record nobody can read still has a place: it becomes a row without an id, never an exception.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.alarm import SAFETY_ALARM
from schemas.base import storable
from schemas.records import AssignmentKind, DeadLetter, Suspended
from schemas.reply import ACKNOWLEDGEMENT
from schemas.tables.auditor import Kind
from schemas.topics import (
    ADDITIONS,
    COMMANDS,
    DEAD_LETTER,
    DELIVERIES_RAW,
    ESCALATED,
    OUTBOX_RESULTS,
    RECEIVED,
    SEALED_ALARMS,
    SIGNALS,
    STATUS,
    SUSPENDED,
)
from schemas.wire import REPLAY_STAGE

DEPARTMENTS = re.compile(r"departments\.[^.]+\.v\d+")
"""Names of department topics without prefix, also of departments that left the pack."""

Headers = Mapping[str, bytes | None]

_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RESPONSIBLE = re.compile(rb'\{"kind":"([^"]*)","department":"[^"]*","responsible":(true|false)')
_OF_ROUTE = frozenset({b"None", b""})
_ITEMS = b'"complaint_ids":['
_KIND, _ACKNOWLEDGES = b'"kind":', b'"kind":"acknowledgement"'
_FILES = b'"attachments":[{'
_ENDS = {"open": Kind.RECORD, "replayed": Kind.REPLAYED, "discarded": Kind.DISCARDED}
_LAST_MS = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000)
_MOST_PARTITIONS, _MOST_OFFSETS = 2**31, 2**63


class Letter(NamedTuple):
    """A dead letter, or what became of it: which record of which stage it is about."""

    dead_letter_id: str
    kind: Kind
    stage: str
    topic: str
    partition: int
    offset: int
    complaint_id: str | None


class Entry(NamedTuple):
    """What the ledger keeps of one record besides its place and time."""

    subject: str | None
    revision: int = 1
    kind: Kind = Kind.RECORD
    items: tuple[str, ...] = ()
    letter: Letter | None = None


UNREADABLE = Entry(None, kind=Kind.UNREADABLE)
Read = Callable[[Headers, bytes], Entry]


def reader_of(topic: str) -> Read:
    """How records of a topic (its name without prefix) are read."""
    if DEPARTMENTS.fullmatch(topic):
        return _assignment
    return _readers().get(topic, partial(_by_headers, field="complaint_id"))


@cache
def _readers() -> Mapping[str, Read]:
    """Of every topic whose records are not named by their complaint alone."""
    return {
        DELIVERIES_RAW.name: _delivery,
        RECEIVED.name: _received,
        SUSPENDED.name: _suspended,
        DEAD_LETTER.name: _letter,
        ADDITIONS.name: _addition,
        OUTBOX_RESULTS.name: _result,
        ESCALATED.name: _escalation,
        SEALED_ALARMS.name: _escalation,
        COMMANDS.name: partial(_by_headers, field="command_id"),
        STATUS.name: partial(_by_headers, field="status_id"),
        SIGNALS.name: partial(_by_headers, field="signal_id"),
    }


def moment(timestamp_ms: int) -> str:
    """A record's time as PostgreSQL reads it; what no calendar knows becomes the nearest it does."""
    seconds, rest = divmod(min(max(timestamp_ms, 0), _LAST_MS), 1000)
    return f"{_second(seconds)}.{rest:03d}+00:00"


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _by_headers(headers: Headers, value: bytes, field: str) -> Entry:
    """Id and revision as the CloudEvents headers tell them; `field` of the value where a writer left them out."""
    subject = _ID.fullmatch(headers.get("ce_subject") or b"")
    kind = Kind.REPLAY if REPLAY_STAGE in headers else Kind.RECORD
    if subject is None:
        return _by_value(value, field, kind)
    _, _, behind = (headers.get("ce_id") or b"").partition(subject[0])  # as in classify/<complaint_id>/<revision>
    revision = behind[1:].partition(b"/")[0]
    return Entry(subject[0].decode(), int(revision) if revision.isdigit() and len(revision) < 5 else 1, kind)


def _by_value(value: bytes, field: str, kind: Kind) -> Entry:
    fields = _object(value)
    subject, revision = _id(fields.get(field)), fields.get("revision", 1)
    if subject is None:
        return Entry(None, kind=Kind.REPLAY) if kind is Kind.REPLAY else UNREADABLE
    return Entry(subject, revision if type(revision) is int and 0 <= revision < 10_000 else 1, kind)


def _delivery(headers: Headers, value: bytes) -> Entry:
    """What was read from a delivery stands behind its bytes: only the end of the value is looked at."""
    found = _by_headers(headers, value, "delivery_id")
    at = value.rfind(_ITEMS)
    fields = _object(b"{" + value[at:]) if at >= 0 else {}
    if "complaint_ids" not in fields or "suspended_ids" not in fields:
        fields = _object(value)
    ids = [*_list(fields.get("complaint_ids")), *_list(fields.get("suspended_ids"))]
    return found._replace(items=tuple(filter(None, map(_id, ids))))


def _received(headers: Headers, value: bytes) -> Entry:
    found = _by_headers(headers, value, "complaint_id")
    if _FILES not in value:
        return found
    files = [one for one in _list(_object(value).get("attachments")) if isinstance(one, dict) and one.get("object_key")]
    return found._replace(items=tuple(filter(None, (_id(one.get("attachment_id")) for one in files))))


def _addition(headers: Headers, value: bytes) -> Entry:
    """An addition is about its complaint, which is in flight until it has been merged."""
    return _by_value(value, "complaint_id", Kind.REPLAY if REPLAY_STAGE in headers else Kind.RECORD)


def _escalation(headers: Headers, value: bytes) -> Entry:
    """Route names no level. An alarm may come before its case is known, casework raises a complaint more than once."""
    found = _by_headers(headers, value, "complaint_id")
    level = headers["x-level"] if "x-level" in headers else str(_object(value).get("level")).encode()
    if found.kind is not Kind.RECORD or level in _OF_ROUTE:
        return found
    return found._replace(kind=Kind.ALARM if level == SAFETY_ALARM.encode() else Kind.CASEWORK)


def _result(headers: Headers, value: bytes) -> Entry:
    """What became of another message says nothing of the duty to acknowledge."""
    found = _by_headers(headers, value, "complaint_id")
    if found.kind is not Kind.RECORD or _KIND not in value or _ACKNOWLEDGES in value:
        return found
    acknowledges = _object(value).get("kind", ACKNOWLEDGEMENT) == ACKNOWLEDGEMENT
    return found if acknowledges else found._replace(kind=Kind.MESSAGE)


def _suspended(headers: Headers, value: bytes) -> Entry:
    """The end of a suspended item says in words which complaints it became."""
    found = _by_headers(headers, value, "suspended_id")
    try:
        record = Suspended.model_validate_json(value)
    except ValidationError:
        return found
    became = _ID.findall((record.resolution or "").encode(errors="replace")) if record.state == "replayed" else []
    return Entry(str(record.suspended_id), 1, _ENDS[record.state], tuple(one.decode() for one in became))


def _assignment(headers: Headers, value: bytes) -> Entry:
    found = _by_headers(headers, value, "complaint_id")
    if found.kind is not Kind.RECORD:
        return found
    start = _RESPONSIBLE.match(value)
    fields = (
        {"kind": start[1].decode(errors="replace"), "responsible": start[2] == b"true"} if start else _object(value)
    )
    if fields.get("kind") == AssignmentKind.WITHDRAWN.value:
        return found._replace(kind=Kind.WITHDRAWN)
    return found if fields.get("responsible", True) else found._replace(kind=Kind.COPY)


def _letter(headers: Headers, value: bytes) -> Entry:
    """A letter is its own subject: the complaint may have one of several stages, or be unknown."""
    try:
        record = DeadLetter.model_validate_json(value)
    except ValidationError:
        return UNREADABLE
    if not (0 <= record.source_partition < _MOST_PARTITIONS and 0 <= record.source_offset < _MOST_OFFSETS):
        return UNREADABLE
    letter = Letter(
        str(record.dead_letter_id),
        _ENDS[record.state],
        storable(record.stage),
        storable(record.source_topic),
        record.source_partition,
        record.source_offset,
        str(record.complaint_id) if record.complaint_id else None,
    )
    return Entry(letter.dead_letter_id, kind=letter.kind, letter=letter)


def _object(value: bytes) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return value if _ID.fullmatch(value.encode(errors="replace")) else None
