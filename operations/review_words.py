"""What a person reads who reviews a complaint: its words, and on what grounds the machine judged it."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from operations.evidence import line as evidence_line
from operations.reviewing import classified_records, opinion_on
from operations.wording import Wording
from schemas.masking import Known, mask_text
from schemas.records import Classified
from schemas.review_lines import OpinionLine, ReviewLine
from schemas.settings import Settings
from workers.route.projection import known_values


@dataclass(frozen=True, slots=True)
class ReviewWords:
    """`text` is None when its record is no longer on the log."""

    subject: str | None
    text: str | None
    evidence: tuple[str, ...]
    opinion: OpinionLine | None


async def words_of(
    settings: Settings, engine: AsyncEngine, review: ReviewLine, say: Wording, *, full: bool
) -> ReviewWords:
    """Read them from the log, personal data masked unless `full`."""
    records = await classified_records(settings, engine, [review.complaint_id])
    opinion = await opinion_on(engine, review.complaint_id)
    record = records[0] if records else None
    known = Known(known_values(record)) if record else Known()
    subject, text = _words(record, known, full)
    evidence = record.understanding.evidence if record else ()
    sentences = (mask_text(evidence_line(say, one, record.text if record else ""), known) for one in evidence)
    return ReviewWords(subject, text, tuple(sentences), opinion)


def _words(record: Classified | None, known: Known, full: bool) -> tuple[str | None, str | None]:
    if record is None:
        return None, None
    if full:
        return record.subject, record.text
    return mask_text(record.subject, known) if record.subject else None, mask_text(record.text, known)
