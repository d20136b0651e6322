"""What people do in the queue: claim, release, confirm. Pure: the answer says whether it took effect, or why not."""

from collections.abc import Callable, Mapping

from schemas.masking import mask_text
from schemas.records import Command
from schemas.review import REVISION, Drawn, ReviewAct, ReviewOutcome, ReviewState
from workers.review.state import Memory, Review


class Refused(Exception):
    """The act does not take effect; the text says why."""


def perform(memory: Memory, command: Command) -> str:
    """Do what the command says and return what was done. Raises `Refused`, then nothing has changed."""
    review = memory.reviews.get(command.complaint_id) if command.complaint_id else None
    if review is None or review.machine is None or review.outcome == ReviewOutcome.SEALED:
        raise Refused("nothing is known of this complaint here")
    if review.is_settled:
        raise Refused(f"already {review.outcome} by {review.done_by}: `intake review correct` says something else")
    if not command.by.strip():
        raise Refused("nobody has signed")
    done = _ACTS[ReviewAct(command.kind)](review, command)
    memory.keep(review)
    return done


def _claim(review: Review, command: Command) -> str:
    if review.owner not in {None, command.by}:
        raise Refused(f"claimed by {review.owner}")
    if review.state == ReviewState.UNASKED or review.state == ReviewState.DONE:
        raise Refused("nobody has to look at it: confirm or correct it as it is")
    review.owner, review.state = command.by, ReviewState.CLAIMED.value
    return "claimed"


def _release(review: Review, command: Command) -> str:
    if review.owner is None:
        raise Refused("nobody has claimed it")
    review.owner, review.state = None, ReviewState.OPEN.value
    return "released"


def _confirm(review: Review, command: Command) -> str:
    if review.owner not in {None, command.by}:
        raise Refused(f"claimed by {review.owner}: to be released first")
    if command.arguments.get(REVISION) != str(review.revision):
        raise Refused("a newer revision has come: look at it again")
    review.outcome, review.done_by, review.done_at = ReviewOutcome.CONFIRMED.value, mask_text(command.by), command.at
    review.label, review.answered = review.machine, list(review.reasons)
    review.settle_state(command.at, Drawn.BY_HAND.value)
    review.drawn_by = review.drawn_by or Drawn.BY_HAND.value
    return "confirmed"


_ACTS: Mapping[ReviewAct, Callable[[Review, Command], str]] = {
    ReviewAct.CLAIM: _claim,
    ReviewAct.RELEASE: _release,
    ReviewAct.CONFIRM: _confirm,
}
