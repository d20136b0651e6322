"""Records that open, end and change reviews."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from schemas.correction import Correction, Reclassified
from schemas.records import CategoryScore, Command, Evidence, ReviewRequest, Understanding
from schemas.review import REVISION, ReviewAct, ReviewView
from tests.schemas.making import RECEIVED_AT, classified

UNSURE = ("low_confidence",)


def understood(*reasons: str, primary: str = "quality", p: float = 0.9, **fields: Any) -> Understanding:
    """What the machine says; with reasons it asks."""
    given: dict[str, Any] = {
        "kind": "complaint",
        "categories": (CategoryScore(code=primary, p=p), CategoryScore(code="other", p=round(1 - p, 4))),
        "primary": primary,
        "needs_review": bool(reasons),
        "review_reasons": reasons,
        "policy": "default@1",
    }
    return Understanding(**given | fields)


def view(*reasons: str, source_id: str = "1", by_person: Correction | None = None, **fields: Any) -> ReviewView:
    """A classified complaint as the stage reads it."""
    machine = {name: fields.pop(name) for name in ("primary", "p", "evidence", "model") if name in fields}
    if by_person is not None:
        fields["corrections"] = (by_person,)
    record = classified(source_id, understanding=understood(*reasons, **machine), **fields)
    return ReviewView.model_validate_json(record.to_json())


def request(of: ReviewView, *reasons: str) -> ReviewRequest:
    """The machine's question about it."""
    return ReviewRequest(
        case_id=of.case_id,
        complaint_id=of.complaint_id,
        revision=of.revision,
        tracking_number=of.tracking_number,
        category=of.understanding.primary,
        reasons=reasons or of.understanding.review_reasons,
        evidence=(Evidence(rule="lexicon.quality.topic", points=1.5),),
        received_at=of.received_at,
        policy="default@1",
    )


def act(kind: ReviewAct, of: ReviewView, by: str = "Li", **fields: Any) -> Command:
    """What a person does in the queue."""
    arguments = {REVISION: str(of.revision)} if kind is ReviewAct.CONFIRM else {}
    given: dict[str, Any] = {
        "command_id": uuid4(),
        "kind": kind.value,
        "case_id": of.case_id,
        "complaint_id": of.complaint_id,
        "arguments": arguments,
        "reason": "",
        "at": RECEIVED_AT + timedelta(hours=3),
        "by": by,
    }
    return Command.model_validate(given | fields)


def correction(primary: str = "service", number: int = 1) -> Correction:
    """A person says what it is about."""
    return Correction(
        correction_id=UUID(int=number),
        by="Wang",
        at=RECEIVED_AT + timedelta(hours=number),
        reason="读过原文",
        reclassify=Reclassified(primary=primary),
    )
