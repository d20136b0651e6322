"""950-byte complaints, as the gateway writes them."""

from datetime import UTC, datetime
from functools import cache
from uuid import UUID, uuid5

from schemas.complaint import Complaint, RawRef, Sender
from schemas.topics import Personal, Topic
from schemas.wire import Naming, headers, value

BYTES = 950
_SPACE = UUID("6f1d0d5e-58b1-4f0e-9f57-6a6f0e8f6a11")
_AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_TEXT = "I bought milk here yesterday and it was long past its date. I want my money back, please. "


def hop(number: int) -> Topic:
    """The topic before the hop of this number; the records on it are those of `complaints.received.v1`."""
    return Topic(f"hops.{number}.v1", Complaint, "complaint_id", Personal.FULL, "bench", "copied records")


@cache
def complaints(count: int) -> tuple[tuple[bytes, bytes, tuple[tuple[str, bytes], ...]], ...]:
    """Distinct records as (key, value of exactly 950 bytes, CloudEvents headers)."""
    return tuple(_record(number) for number in range(count))


def _record(number: int) -> tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]:
    complaint_id = uuid5(_SPACE, str(number))
    bare = Complaint(
        complaint_id=complaint_id,
        tracking_number=f"{number:012}X",
        channel="web",
        entry="api",
        account="web",
        source_id=f"api:{number:024}",
        received_at=_AT,
        received_at_source="gateway",
        ingested_at=_AT,
        sender=Sender(emails=(f"c{number:08}@customers.example",)),
        reply_to=f"c{number:08}@customers.example",
        text=".",
        language="en",
        raw=RawRef(sha256=f"{number:064x}", size_bytes=BYTES),
    )
    missing = BYTES - len(value(bare))
    text = (_TEXT * (missing // len(_TEXT) + 1))[:missing] + "."
    record = value(bare.model_copy(update={"text": text}))
    pairs = headers(
        hop(0),
        Naming(),
        event_id=f"complaints.received.v1:{complaint_id}:1",
        time=_AT,
        subject=complaint_id,
        traceparent=f"00-{number + 1:032x}-{number + 1:016x}-01",
    )
    return str(complaint_id).encode(), record, tuple(pairs)
