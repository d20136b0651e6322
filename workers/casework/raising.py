"""What casework raises: a case that nobody accepted in time, a case that goes from hand to hand. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.casework import NOT_ACCEPTED, NOT_OURS_AGAIN
from schemas.policy import Facts, PolicyPack
from schemas.records import Assignment, Escalation, Evidence
from workers.casework.cases import Case

_KEPT = frozenset(
    {
        "case_seq", "complaint_id", "revision", "tracking_number", "severity", "urgency", "safety", "category", "unit",
        "received_at", "channel", "entry", "sealed", "complaint_kind", "policy", "referral",
    }
)  # fmt: skip
_REASONS: Mapping[str, str] = {
    NOT_ACCEPTED: "{department} 在 {hours} 个工作小时内未受理",
    NOT_OURS_AGAIN: "{department} 认为不归其处理，须由人工指定部门",
}
"""Level → what people read."""


def opener_of(assignment: Assignment) -> dict[str, Any]:
    """What an escalation of the case may say later; the referral only as the fact that there is one."""
    kept = assignment.model_dump(mode="json", include=set(_KEPT), exclude_none=True)
    return kept | {"referral": assignment.referral is not None}


def is_earlier(assignment: Assignment, opener: Mapping[str, Any]) -> bool:
    """Whether it says more of how the case began: an earlier complaint, or a later revision of the same."""
    if not opener or assignment.case_seq < opener["case_seq"]:
        return True
    return assignment.case_seq == opener["case_seq"] and assignment.revision >= int(opener["revision"])


def escalation(
    pack: PolicyPack, case: Case, opener: Mapping[str, Any], level: str, occasion: UUID, due_at: datetime | None = None
) -> Escalation:
    """The record for those who are told: the lists of the rules that hold for the case, else the mildest."""
    fields = {name: value for name, value in opener.items() if name not in {"entry", "complaint_kind", "referral"}}
    hours = pack.not_accepted_after.working_hours
    reason = _REASONS[level].format(department=_title(pack, case.department), hours=hours)
    return Escalation.model_validate(
        fields
        | {
            "case_id": case.case_id,
            "department": case.department,
            "reasons": (Evidence(rule=f"casework.{level}", detail=reason),),
            "informed": _informed(pack, opener),
            "level": level,
            "sealed": opener.get("sealed") or None,
            "occasion": occasion,
            "due_at": due_at,
        }
    )


def _informed(pack: PolicyPack, opener: Mapping[str, Any]) -> tuple[str, ...]:
    facts = Facts(
        kind=opener["complaint_kind"],
        category=opener["category"],
        channel=opener["channel"],
        entry=opener["entry"],
        urgency=opener["urgency"],
        severity=opener["severity"],
        safety=opener["safety"],
        referral=opener["referral"],
    )
    reached = [rule for rule in pack.escalation if rule.when.holds(facts)] or list(pack.escalation[-1:])
    return tuple(dict.fromkeys(role for rule in reached for role in rule.informed))


def _title(pack: PolicyPack, code: str) -> str:
    return next((one.title.zh_hans for one in pack.departments if one.code == code), code)
