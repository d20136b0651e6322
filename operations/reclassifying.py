"""Saying what a complaint really is: checked against the pack, sent as a correction, followed to its revision."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from operations.correcting import Told, correct, newest_revision
from schemas.correction import Correction, Reclassified
from schemas.errors import InvalidRequest
from schemas.identity import named_uuid
from schemas.policy import PolicyPack
from schemas.review_lines import ReviewActReport, ReviewLine
from schemas.settings import Settings


def unknown_code(said: Reclassified, pack: PolicyPack) -> str | None:
    """The first kind or category that the pack does not know, None when it knows all."""
    if said.kind is not None and pack.kind(said.kind) is None:
        return said.kind
    codes = (*filter(None, (said.primary,)), *(said.secondary or ()))
    return next((code for code in codes if pack.category(code) is None), None)


async def reclassify(
    settings: Settings, engine: AsyncEngine, review: ReviewLine, said: Reclassified, by: str, reason: str
) -> ReviewActReport:
    """Correct what machine or people said of a complaint; it becomes a new revision and goes the way of all.

    May be repeated: what holds already is not sent again. Raises `InvalidRequest` for a sealed or forgotten complaint,
    `Unreachable` when a stage does not work; what was sent is kept and followed later.
    """
    new, old = _new(said), _old(review)
    if new.items() <= old.items():
        whose = f"what {review.done_by} said" if review.label else "what the machine says: `intake review confirm`"
        return ReviewActReport(action="correct", by=by, done=False, detail=f"that is {whose}", review=review)
    base = await newest_revision(settings, engine, review.complaint_id)
    if base.sealed:
        raise InvalidRequest("a sealed report is looked at by regulator-affairs alone")
    correction = Correction(
        correction_id=named_uuid("correction", str(review.complaint_id), str(base.revision), said.model_dump_json()),
        by=by,
        at=datetime.now(UTC),
        reason=reason,
        reclassify=said,
    )
    arguments = {f"new_{name}": value for name, value in new.items()}
    arguments |= {f"old_{name}": old[name] for name in new if name in old}
    done = await correct(settings, engine, base, correction, Told(review.case_id, arguments))
    detail = f"revision {done.revision}" if done.revision else "said before"
    return ReviewActReport(action="correct", by=by, done=True, detail=detail, revision=done.revision)


def _new(said: Reclassified) -> dict[str, str]:
    return {name: _text(value) for name, value in said.model_dump(exclude_none=True).items()}


def _old(review: ReviewLine) -> dict[str, str]:
    """What holds now: the last person's word, else the machine's."""
    holds = review.label or review.machine
    old = {name: _text(value) for name, value in holds.model_dump().items()} if holds else {}
    return old | ({"severity": str(review.severity)} if review.severity and not review.label else {})


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
