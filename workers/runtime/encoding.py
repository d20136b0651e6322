"""Emits as bytes: JSON value, CloudEvents headers, trace context; their size is checked before anything is stored."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from infra.kafka import MAX_REQUEST_BYTES
from schemas.base import Record
from schemas.wire import SOURCE, Naming, headers, value
from schemas.wrapping import wrapped_json
from workers.runtime.outcome import Outgoing, TooLargeToProduce
from workers.runtime.stage import Emit, Incoming

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-(?P<flags>[0-9a-f]{2})")
_NO_TRACE = "0" * 32


class Encoder:
    """Turns what a stage emits into records of this installation. Pure: a replay gives the same bytes."""

    def __init__(self, naming: Naming, max_bytes: int = MAX_REQUEST_BYTES) -> None:
        self.naming = naming
        self._max_bytes = max_bytes
        self._surely_fits = max_bytes // 2

    def encode(self, item: Incoming[Any], emits: Sequence[Emit]) -> tuple[Outgoing, ...]:
        """Encode everything emitted for one record. Raises `TooLargeToProduce`."""
        return tuple([self._one(item, emit) for emit in emits])

    def _one(self, item: Incoming[Any], emit: Emit) -> Outgoing:
        fields = headers(
            emit.topic,
            self.naming,
            event_id=emit.event_id,
            time=item.at,
            subject=emit.subject,
            traceparent=next_traceparent(item, emit.event_id),
            extra=emit.headers,
        )
        return self.checked(
            Outgoing(self.naming.topic(emit.topic), emit.key.encode(), self._value(item, emit.record), fields)
        )

    def _value(self, item: Incoming[Any], record: Record) -> bytes:
        """The record as JSON. What this installation wrote before is kept as it came, and what is new put behind."""
        if item.headers.get(SOURCE) == self.naming.source:
            wrapped = wrapped_json(record, item.record, item.raw)
            if wrapped is not None:
                return wrapped
        return value(record)

    def checked(self, outgoing: Outgoing) -> Outgoing:
        """Return the record if the broker will take it by size, else raise `TooLargeToProduce`."""
        if len(outgoing.value) < self._surely_fits:  # key and headers are ours and small; the broker would refuse them
            return outgoing
        size = DefaultRecordBatchBuilder.estimate_size_in_bytes(outgoing.key, outgoing.value, outgoing.headers)
        if size > self._max_bytes:
            raise TooLargeToProduce(f"{outgoing.topic}: {size} bytes, at most {self._max_bytes}")
        return outgoing


def traceparent_of(headers: Mapping[str, str]) -> str | None:
    """The trace context a record came with; None when it has none, or what cannot be one."""
    found = headers.get("traceparent", "")
    return found if _TRACEPARENT.fullmatch(found) else None


def next_traceparent(item: Incoming[Any], event_id: str) -> str:
    """Carry the trace of the input on under a new span id; an input without one begins a trace at its origin.

    The span id is derived, not drawn, so that a replay writes the same bytes.
    """
    before = item.headers.get("traceparent", "")
    origin = item.origin
    found = _TRACEPARENT.fullmatch(before)
    if found is None or found["trace"] == _NO_TRACE:
        before = f"{origin.topic}-{origin.partition}-{origin.offset}"
        trace, flags = hashlib.sha256(before.encode()).hexdigest()[:32], "01"
    else:
        trace, flags = found.group("trace", "flags")
    span = hashlib.sha256(f"{before} {event_id}".encode()).hexdigest()[:16]
    return f"00-{trace}-{span}-{flags}"
