"""The dead letter of a record: where it lies and why it failed, never what it says.

Header names: KIP-1034 (`__streams.errors.*`) beside our own. Sources of the numbers: the record itself, so that a
replay of the batch writes the same letter.
"""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord

from schemas.base import rfc3339
from schemas.identity import named_uuid
from schemas.records import DeadLetter
from schemas.topics import DEAD_LETTER
from schemas.wire import Naming, headers, read_headers, value
from workers.runtime import replays
from workers.runtime.encoding import traceparent_of
from workers.runtime.failures import Failure
from workers.runtime.outcome import Outgoing

MAX_MESSAGE_CHARS = 1024

_PSEUDONYM = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def dead_letter(
    stage: str, naming: Naming, record: "ConsumerRecord[Any, Any]", failure: Failure, now: datetime
) -> Outgoing:
    """The record for `complaints.dead-letter.v1`; its id follows from stage and origin."""
    sent = read_headers(record.headers)
    body = record.value or b""
    letter = DeadLetter(
        dead_letter_id=named_uuid("dead-letter", stage, record.topic, str(record.partition), str(record.offset)),
        stage=stage,
        source_topic=record.topic,
        source_partition=record.partition,
        source_offset=record.offset,
        error_class=failure.error_class,
        error=f"{failure.error_class} at {failure.place}"[:MAX_MESSAGE_CHARS],
        attempt=_attempt(sent),
        first_seen=_first_failed(sent, now),
        complaint_id=_uuid(sent.get("ce_subject", "")),
        key=_pseudonymous(record.key),
        value_sha256=hashlib.sha256(body).hexdigest(),
        value_bytes=len(body),
    )
    fields = headers(
        DEAD_LETTER,
        naming,
        event_id=f"{letter.dead_letter_id}-open",
        time=letter.first_seen,
        subject=letter.complaint_id,
        traceparent=traceparent_of(sent),
        extra=_told(letter, failure, record.timestamp),
    )
    return Outgoing(naming.topic(DEAD_LETTER), str(letter.dead_letter_id).encode(), value(letter), fields)


def _told(letter: DeadLetter, failure: Failure, timestamp_ms: int) -> dict[str, str]:
    place = failure.place[:MAX_MESSAGE_CHARS]
    return {
        "x-error-class": letter.error_class,
        "x-error-message": letter.error,
        "x-error-stage": letter.stage,
        replays.ORIGINAL_TOPIC: letter.source_topic,
        replays.ORIGINAL_PARTITION: str(letter.source_partition),
        replays.ORIGINAL_OFFSET: str(letter.source_offset),
        replays.ORIGINAL_TIMESTAMP: str(timestamp_ms),
        replays.ATTEMPT: str(letter.attempt),
        replays.FIRST_FAILED_AT: rfc3339(letter.first_seen),
        "__streams.errors.exception": letter.error_class,
        "__streams.errors.message": letter.error,
        "__streams.errors.stacktrace": place,
        "__streams.errors.topic": letter.source_topic,
        "__streams.errors.partition": str(letter.source_partition),
        "__streams.errors.offset": str(letter.source_offset),
    }


def _attempt(sent: dict[str, str]) -> int:
    told = sent.get(replays.ATTEMPT, "")
    return int(told) + 1 if told.isdecimal() and len(told) < 6 else 1


def _first_failed(sent: dict[str, str], now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(sent.get(replays.FIRST_FAILED_AT, ""))
    except ValueError:
        return now
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _pseudonymous(key: bytes | None) -> str | None:
    """The record key if it has the form of ours; what others use as a key may be a phone number."""
    text = (key or b"").decode(errors="replace")
    return text if _PSEUDONYM.fullmatch(text) else None
