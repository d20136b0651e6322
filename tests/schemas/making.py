"""Complaints for tests, with everything a test does not care about filled in."""

from datetime import UTC, datetime
from typing import Any

from schemas.complaint import Complaint, RawRef
from schemas.identity import complaint_id, first_case_id, tracking_number
from schemas.records import Classified, Deduplicated, Link, Understanding, Verdict

RECEIVED_AT = datetime(2026, 11, 22, 7, 31, tzinfo=UTC)


def complaint(source_id: str = "1", **fields: Any) -> Complaint:
    """A complaint by web form; `source_id` makes it another one."""
    identifier = complaint_id("web", "form", source_id, "content")
    basis: dict[str, Any] = {
        "complaint_id": identifier,
        "tracking_number": tracking_number(b"n" * 32, identifier),
        "channel": "web",
        "account": "form",
        "source_id": source_id,
        "received_at": RECEIVED_AT,
        "received_at_source": "gateway",
        "ingested_at": RECEIVED_AT,
        "text": "买的牛奶过期了",
        "language": "zh-Hans",
        "raw": RawRef(sha256="0" * 64, size_bytes=1),
    }
    return Complaint(**basis | fields)


def deduplicated(
    source_id: str = "1",
    *,
    case_of: str | None = None,
    verdict: Verdict = Verdict.NEW,
    case_seq: int = 1,
    **fields: Any,
) -> Deduplicated:
    """The same with its case; `case_of` names the complaint that opened it."""
    opener = complaint(case_of or source_id).complaint_id
    return Deduplicated(
        **complaint(source_id, **fields).model_dump(),
        case_id=first_case_id(opener),
        case_seq=case_seq,
        link=Link(verdict=verdict, of=None if case_of is None else opener),
    )


def classified(source_id: str = "1", *, understanding: Understanding, **fields: Any) -> Classified:
    """The same with an understanding."""
    return Classified(**deduplicated(source_id, **fields).model_dump(), understanding=understanding)
