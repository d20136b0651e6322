"""What people decided about who answers: another department by name, or by another category. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.casework import BY
from schemas.correction import Correction, newest
from schemas.masking import mask_text
from schemas.policy.rules import RoutingRule
from schemas.records import Classified, Evidence
from workers.route.state import Fixed

BY_PERSON = "reroute.by-person"
"""The rule id of a department that a person named."""
BY_RULE = "reroute.not-ours"
"""The rule id of a department that gets what another said is not its case."""
_LONGEST = 500
_LOCAL = ZoneInfo("Asia/Shanghai")


class Refusal(StrEnum):
    """Why a case stays with its department."""

    DEPARTMENT = "unknown-department"
    SEALED = "sealed"


_WHY = {
    Refusal.DEPARTMENT: "没有这个部门 / there is no such department",
    Refusal.SEALED: "举报件只由监管事务部门处理 / a sealed report stays with who answers authorities",
}


@dataclass(frozen=True, slots=True)
class Ordered:
    """A person's decision that is newer than what holds for the case: the department from now on, or a refusal."""

    correction_id: UUID
    fixed: Fixed | None = None
    refused: Refusal | None = None


def ordered(
    complaint: Classified, fixed: Fixed, *, is_opener: bool, own: RoutingRule, departments: Collection[str]
) -> Ordered | None:
    """What the newest decision means for the case; None where there is none, or it holds already.

    A department that a person named holds against every category. What was decided in another case says nothing of
    this one. `is_opener`: this complaint fixed the department, so that its category may change it.
    """
    said = _in_this_case(complaint, "reroute")
    if said is not None and said.reroute is not None and _is_newer(said, fixed):
        refused = _refusal(complaint, said.reroute.department, departments)
        if refused is not None:
            return Ordered(said.correction_id, refused=refused)
        rule = BY_RULE if said.by == BY else BY_PERSON
        held = Fixed(said.reroute.department, rule, False, said.correction_id, said.at, rerouted=True)
        return Ordered(said.correction_id, held)
    said = _in_this_case(complaint, "reclassify")
    if said is None or not is_opener or complaint.sealed or fixed.rerouted or not _is_newer(said, fixed):
        return None
    return Ordered(said.correction_id, Fixed(own.responsible, own.rule_id, False, said.correction_id, said.at))


def evidence(complaint: Classified, corrected_by: UUID | None, why: str | None) -> Iterable[Evidence]:
    """Who decided and why, in words; from the complaint itself, so that no decision row names anybody."""
    said = next((one for one in complaint.corrections if one.correction_id == corrected_by), None)
    if said is None:
        return
    signed = f"{mask_text(said.by)}：{mask_text(said.reason[:_LONGEST])}"
    if why in set(Refusal):
        yield Evidence(rule=f"correction-refused-{why}", detail=f"人工更正未执行：{_WHY[Refusal(why)]}（{signed}）")
    elif said.by == BY:
        yield Evidence(rule="sent-on-by-rule", detail=f"按规则转办：{mask_text(said.reason[:_LONGEST])}")
    else:
        yield Evidence(rule="corrected-by-person", detail=f"人工更正：{signed}")


def reopened(complaint: Classified) -> Iterable[Evidence]:
    """That the customer was not satisfied, with when: the department takes the case again."""
    times = [one.at for one in complaint.corrections if one.reopened]
    if times:
        day = max(times).astimezone(_LOCAL).strftime("%Y-%m-%d %H:%M")
        yield Evidence(rule="reopened-by-customer", detail=f"顾客对处理结果不满意（{day}），须重新处理")


def _in_this_case(complaint: Classified, topic: str) -> Correction | None:
    """The newest decision of a kind since the complaint came into its case."""
    said = newest(complaint.corrections, "reroute" if topic == "reroute" else "reclassify")
    came = newest(complaint.corrections, "relink")
    if said is None or (topic == "reroute" and came is not None and _order(said) < _order(came)):
        return None
    return said


def _is_newer(said: Correction, fixed: Fixed) -> bool:
    if fixed.corrected_at is None or fixed.corrected_by is None:
        return True
    return _order(said) > (fixed.corrected_at, fixed.corrected_by)


def _order(said: Correction) -> tuple[datetime, UUID]:
    return said.at, said.correction_id


def _refusal(complaint: Classified, department: str, departments: Collection[str]) -> Refusal | None:
    if complaint.sealed:
        return Refusal.SEALED
    return None if department in departments else Refusal.DEPARTMENT
