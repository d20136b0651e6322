"""How a record travels: JSON value, CloudEvents 1.0 binary mode headers, W3C trace context.

Source: CloudEvents Kafka protocol binding 1.0.2 (binary content mode); W3C Trace Context, `traceparent`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from schemas.base import Record, rfc3339
from schemas.topics import Topic

CONTENT_TYPE = "application/json; charset=utf-8"
SOURCE = "ce_source"
"""The header that says which installation wrote a record."""
REPLAY_STAGE = "x-replay-stage"
"""A record with this header is meant for the named stage only; the others commit past it."""


@dataclass(frozen=True, slots=True)
class Naming:
    """How an installation names its topics and events; both are settings."""

    prefix: str = ""
    source: str = "/complaint-intake"

    def topic(self, topic: Topic) -> str:
        """The topic's name on the broker, `[prefix.]name`."""
        return f"{self.prefix}.{topic.name}" if self.prefix else topic.name

    def group(self, stage: str) -> str:
        """The consumer group of a stage, `[prefix.]stage`; also the name its stored stops carry."""
        return f"{self.prefix}.{stage}" if self.prefix else stage

    def event_type(self, topic: Topic) -> str:
        """The `ce_type` of records on this topic."""
        return (
            self.topic(topic)
            if not topic.type_name
            else (f"{self.prefix}.{topic.type_name}" if self.prefix else topic.type_name)
        )


@dataclass(frozen=True, slots=True)
class Message:
    """One record as it travels; `topic` is the broker's name of the topic."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def headers(
    topic: Topic,
    naming: Naming,
    *,
    event_id: str,
    time: datetime,
    subject: UUID | str | None = None,
    traceparent: str | None = None,
    extra: Mapping[str, str] | None = None,
) -> list[tuple[str, bytes]]:
    """The headers of one record. `event_id` is unique per source and stable over replays."""
    named = [
        *_fixed(naming.source, naming.event_type(topic)),
        ("ce_id", event_id.encode()),
        ("ce_time", _time(time)),
    ]
    if subject is not None:
        named.append(("ce_subject", str(subject).encode()))
    if traceparent:
        named.append(("traceparent", traceparent.encode()))
    if extra:
        named = [pair for pair in named if pair[0] not in extra]
        named += [(name, value.encode()) for name, value in extra.items()]
    return named


@lru_cache(maxsize=256)
def _time(moment: datetime) -> bytes:
    return rfc3339(moment).encode()


@lru_cache(maxsize=1024)
def _fixed(source: str, event_type: str) -> tuple[tuple[str, bytes], ...]:
    named = {"ce_specversion": "1.0", SOURCE: source, "ce_type": event_type, "content-type": CONTENT_TYPE}
    return tuple((name, value.encode()) for name, value in named.items())


def read_headers(pairs: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as text; bytes that are no UTF-8 are shown with replacement characters, the last of a name wins."""
    return {name: (value or b"").decode(errors="replace") for name, value in pairs}


def value(record: Record) -> bytes:
    """The record's JSON as it travels."""
    return record.to_json()
