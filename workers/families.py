"""Which kind of problem a complaint is about, for the stage that links complaints: the rules' quick answer."""

from collections.abc import Callable

from schemas.complaint import Complaint
from schemas.policy import PolicyPack
from workers.classify import Message, RuleUnderstander

_SURE = 0.4
_NO_FAMILY = frozenset({"other", "unheard"})


def family_by_rules(pack: PolicyPack) -> Callable[[Complaint], str | None]:
    """Name the category that the rules of a pack find; None where they find none or are not sure."""
    understander = RuleUnderstander(pack)

    def family(complaint: Complaint) -> str | None:
        understood = understander.understand(
            Message(complaint.text, complaint.subject, complaint.stated, received_at=complaint.received_at)
        )
        sure = understood.primary not in _NO_FAMILY and understood.categories[0].p >= _SURE
        return understood.primary if sure else None

    return family
