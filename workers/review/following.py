"""How records change a review: classified revisions, the machine's questions. Pure; in any order to the same end."""

from datetime import datetime

from schemas.correction import newest
from schemas.records import ReviewRequest
from schemas.review import ReviewOutcome, ReviewState, ReviewView, drawn_by, facts
from workers.review.state import Memory, Review


def classified(memory: Memory, view: ReviewView, at: datetime) -> bool:
    """Follow a classified revision; False when it is older than what is known, or automatic mail."""
    if view.automatic.is_automatic:
        return False
    review = memory.reviews.get(view.complaint_id)
    if review is None:
        review = Review(view.complaint_id, view.case_id, view.tracking_number, view.received_at)
    if view.revision <= review.revision:
        return False
    if view.sealed:
        _forget(review, view)
    else:
        _take_over(review, view)
        review.classified_at = review.classified_at or at
        review.settle_state(at, drawn_by(tuple(review.reasons)))
    memory.keep(review)
    return True


def requested(memory: Memory, request: ReviewRequest, at: datetime) -> bool:
    """Follow the machine's question; False when a newer revision has come, or it was asked before."""
    review = memory.reviews.get(request.complaint_id)
    if review is None:
        review = Review(request.complaint_id, request.case_id, request.tracking_number, request.received_at)
    stale = request.revision < review.revision or request.revision <= review.asked_revision
    if stale or review.outcome == ReviewOutcome.SEALED:
        return False
    review.asked_revision, review.reasons = request.revision, list(request.reasons)
    review.settle_state(at, drawn_by(request.reasons))
    memory.keep(review)
    return True


def _take_over(review: Review, view: ReviewView) -> None:
    """The newest revision; once a person has corrected it, what the machine said of it stays what it was."""
    understood, correction = view.understanding, newest(view.corrections, "reclassify")
    if correction is None or review.machine is None:
        for name, value in facts(understood).items():
            setattr(review, name, value)
    review.revision, review.case_id, review.channel = view.revision, view.case_id, view.channel
    review.needs_review = understood.needs_review
    if view.revision > review.asked_revision:
        review.reasons = list(understood.review_reasons)
    if correction is not None and (review.outcome != ReviewOutcome.CORRECTED or review.done_at != correction.at):
        review.outcome, review.done_by, review.done_at = ReviewOutcome.CORRECTED.value, correction.by, correction.at
        review.answered = []
    if correction is not None:
        review.label = understood.label.model_dump(mode="json")


def _forget(review: Review, view: ReviewView) -> None:
    """Of a sealed report nobody here hears: what was kept of it goes, the mark that it came stays."""
    kept = Review(
        review.complaint_id, review.case_id, review.tracking_number, review.received_at, version=review.version
    )
    for name in Review.__slots__:
        setattr(review, name, getattr(kept, name))
    review.revision, review.state, review.outcome = view.revision, ReviewState.DONE.value, ReviewOutcome.SEALED.value
