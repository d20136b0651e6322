"""Labelled texts for training: what people said of complaints, with every personal value masked."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from operations.reading import parse, read_all
from schemas.masking import Known, mask_text
from schemas.records import Classified
from schemas.review import Drawn
from schemas.review_lines import ReviewLine
from schemas.settings import Settings
from schemas.task import UNHEARD
from schemas.topics import CLASSIFIED
from schemas.wire import read_headers
from workers.route.projection import known_values


async def labelled(settings: Settings, reviews: Mapping[UUID, ReviewLine]) -> AsyncIterator[dict[str, Any]]:
    """Yield one labelled text for each review whose complaint still lies on the log, in the order of the reviews."""
    if not reviews:
        return
    wanted = {str(one) for one in reviews}
    newest: dict[UUID, Classified] = {}
    async for record in read_all(settings.kafka, {settings.kafka.naming.topic(CLASSIFIED)}):
        if read_headers(record.headers).get("ce_subject") not in wanted:
            continue
        found = parse(Classified, record)
        if found is not None and found.revision > getattr(newest.get(found.complaint_id), "revision", 0):
            newest[found.complaint_id] = found
    for complaint, review in reviews.items():
        if complaint in newest and not newest[complaint].sealed:
            line = example(newest[complaint], review)
            if line is not None:
                yield line


def example(record: Classified, review: ReviewLine) -> dict[str, Any] | None:
    """One line of what `make train` reads; None without a label or words."""
    label = review.label
    text = mask_text(record.text, known := Known(known_values(record)))
    if label is None or label.primary == UNHEARD or not text.strip():
        return None
    line: dict[str, Any] = {"text": text}
    if record.subject and record.entry != "call":
        line["subject"] = mask_text(record.subject, known)
    line |= {
        "kind": label.kind,
        "primary": label.primary,
        "secondary": list(label.secondary),
        "safety": label.safety,
    }
    if label.dissatisfaction is not None:
        line["dissatisfaction"] = label.dissatisfaction
    return line | {"drawn_by": _drawn_by(review)}


def _drawn_by(review: ReviewLine) -> str:
    """Why it is in the training set. `random` only of the random part: whatever else people chose is not by chance."""
    if review.part in set(Drawn):
        return str(review.part)
    return (Drawn.DISAGREEMENT if review.disagreement else Drawn.UNCERTAIN).value
