"""The classify stage: pure, one `Classified` for each `Deduplicated`."""

from collections.abc import Sequence

from schemas.policy import PolicyPack
from schemas.records import Classified, Deduplicated
from schemas.task import WORDS_MAY_COME
from schemas.topics import CLASSIFIED, DEDUPLICATED, Topic
from schemas.wrapping import wrap
from workers.classify.corrected import corrected
from workers.classify.message import Message, Understander
from workers.runtime.stage import Emit, Incoming


class ClassifyStage:
    """Adds the understanding to each complaint; what it says depends on the record and the policy alone."""

    name = "classify"
    reads: tuple[Topic, ...] = (DEDUPLICATED,)
    writes: tuple[Topic, ...] = (CLASSIFIED,)

    def __init__(self, understander: Understander, pack: PolicyPack | None = None) -> None:
        """By the rules of `pack` what a person says of a complaint raises its severity and urgency."""
        self._understander = understander
        self._pack = pack

    def decide(self, item: Incoming[Deduplicated]) -> Sequence[Emit]:
        """Understand one complaint."""
        complaint = item.record
        understanding = corrected(self._understander.understand(message_of(complaint)), complaint, self._pack)
        classified = wrap(Classified, complaint, understanding=understanding)
        event_id = f"classify/{complaint.complaint_id}/{complaint.revision}"
        return [Emit(CLASSIFIED, classified, str(complaint.case_id), event_id, complaint.complaint_id)]


def message_of(complaint: Deduplicated) -> Message:
    """What an understander may look at: the words and what was stated; who says them for the lists of customers only.

    A call has no subject of the customer's: what stands there says when it was and how long it took.
    """
    return Message(
        text=complaint.text,
        subject=complaint.subject if complaint.entry != "call" else None,
        stated=complaint.stated,
        channel=complaint.channel,
        entry=complaint.entry,
        verdict=complaint.link.verdict.value,
        automatic=complaint.automatic.is_automatic,
        referral=complaint.referral is not None,
        attachments=len(complaint.attachments),
        words_may_come=not WORDS_MAY_COME.isdisjoint(complaint.tasks),
        received_at=complaint.received_at,
        repeat_count=complaint.link.repeat_count,
        systemic=complaint.link.cluster is not None and complaint.link.cluster.systemic,
        known_as=_known_as(complaint),
        written_due=complaint.referral.due_at if complaint.referral is not None else None,
    )


def _known_as(complaint: Deduplicated) -> tuple[str, ...]:
    """What the pack's lists of customers are looked up by; never what somebody said of others."""
    sender = complaint.sender
    return tuple(filter(None, (sender.customer_no, sender.name))) if sender is not None else ()
