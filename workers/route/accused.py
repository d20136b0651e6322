"""Who is accused does not judge: finds the rule that holds, who judges instead, and who must learn of it. Pure."""

from schemas.normalise import fold
from schemas.policy import Facts, PolicyPack
from schemas.policy.accused import AccusedRule
from schemas.policy.rules import RoutingRule
from schemas.records import Classified, Judge
from workers.route.decision import Accusation, Raised
from workers.route.places import Located

LEVEL = "accused"
"""The escalation that tells the level above."""
MOST_CHARS = 4_000
"""As much as the stage before reads."""


def accusation(
    pack: PolicyPack, complaint: Classified, facts: Facts, place: Located | None
) -> tuple[AccusedRule, Accusation] | None:
    """The first rule that holds, with who judges by it; None when nobody of a unit is accused."""
    if complaint.sealed or complaint.referral is not None:
        return None
    salesperson = bool((complaint.stated.salesperson or "").strip())
    rule = next((one for one in pack.accused if one.holds(facts, salesperson=salesperson)), None)
    if rule is None or (not salesperson and rule.only_asked_for(_words(complaint), pack.term_sets)):
        return None
    role, unit, accused = rule.role, None, None
    if place is not None and place.code is not None:
        manager, above = (place.manager_role, place.code), (place.above_role, place.above_code)
        found_role, found_unit = above if rule.judge == "above" else manager
        role, unit = (found_role, found_unit) if found_role else (rule.role, None)
        accused = place.manager_role if rule.judge == "above" else None
    return rule, Accusation(
        judge=Judge(role=role, unit=unit, rule_id=rule.rule_id),
        reason=rule.reason,
        withhold=rule.identity_for_unit is None,
        apart=rule.responsible is not None,
        instead_of=accused,
    )


def _words(complaint: Classified) -> str:
    return fold(f"{complaint.subject or ''}\n{complaint.text[:MOST_CHARS]}").text


def routed_above(own: RoutingRule, rule: AccusedRule) -> RoutingRule:
    """The routing rule with the department that judges in place of the accused one, which gets a copy."""
    if rule.responsible is None or rule.responsible == own.responsible:
        return own
    copies = tuple(code for code in (own.responsible, *own.copies) if code != rule.responsible)
    changed = {"rule_id": rule.rule_id, "responsible": rule.responsible, "copies": copies}
    return own.model_copy(update=changed)


def as_raised(found: Accusation) -> Raised:
    """The escalation that tells who judges."""
    return Raised(level=LEVEL, rule_id=found.judge.rule_id, reason=found.reason, informed=(found.judge.role,))


def without_accused(raised: Raised, found: Accusation) -> Raised:
    """An escalation of which the accused role does not hear; who judges does."""
    kept = (role for role in raised.informed if role != found.instead_of)
    return raised.model_copy(update={"informed": tuple(dict.fromkeys((*kept, found.judge.role)))})
