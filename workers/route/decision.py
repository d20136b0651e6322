"""What the rules of a pack say about one complaint: department, copies, escalations, clocks. Pure."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel, Field

from schemas.policy import Facts, PolicyPack
from schemas.policy.rules import EscalationRule, RoutingRule, When
from schemas.records import AssignmentKind, Classified, Clock, Judge
from workers.route.leaving import Left, Told
from workers.route.places import Located

_ALWAYS = When()
"""The condition of the catch-all."""
NO_WORK = "none"
"""The urgency of what no department has to act on: automatic mail."""


class Raised(BaseModel):
    """An escalation as it was decided; kept with the decision so that a replay says the same."""

    level: str
    rule_id: str
    reason: str
    informed: tuple[str, ...]


class Accusation(BaseModel):
    """Who judges instead of whom.

    `withhold`: the accused unit does not learn who complains; `apart`: its department is not the one that answers.
    """

    judge: Judge
    reason: str
    withhold: bool
    apart: bool = False
    instead_of: str | None = None


class Routed(BaseModel):
    """The decision for one complaint and revision. Codes and ids only.

    `withdrawn` is the department that had the case before, `left` the cases this complaint belonged to before, or
    has left already. `corrected_by` is a person's decision that was heard here, `refused` why it was not followed.
    """

    kind: AssignmentKind
    department: str
    rule_id: str
    copies: tuple[str, ...] = ()
    withdrawn: str | None = None
    case_id: UUID | None = None
    left: tuple[Left, ...] = ()
    corrected_by: UUID | None = None
    refused: str | None = None
    clocks: tuple[Clock, ...] = ()
    raised: tuple[Raised, ...] = ()
    review: bool = False
    place: str | None = Field(None, description="Store whose QR code or menu key led the sender here")
    located: Located | None = Field(None, description="The place by the organisation file")
    accused: Accusation | None = None
    policy: str


def told(revision: int, written: str) -> Told:
    """What a decision row says of who heard of a complaint."""
    row = Routed.model_validate_json(written)
    departments = tuple(dict.fromkeys((row.department, *row.copies)))
    return Told(revision, row.case_id, departments, row.left)


def facts_of(complaint: Classified) -> Facts:
    """What rules of routing, escalation and clocks are asked about."""
    understood = complaint.understanding
    rules = [one.rule for one in understood.evidence]
    return Facts(
        kind=understood.kind,
        category=understood.primary,
        channel=complaint.channel,
        entry=complaint.entry,
        verdict=complaint.link.verdict.value,
        urgency=understood.urgency,
        severity=understood.severity,
        safety=understood.safety,
        safety_rules=frozenset(rule for rule in rules if rule.startswith("safety.")),
        referral=complaint.referral is not None,
        referral_kind=complaint.referral.kind if complaint.referral else "",
        written_due=complaint.referral.due_at if complaint.referral else None,
        hearing_at=complaint.referral.hearing_at if complaint.referral else None,
        terms={rule.removeprefix("terms."): "" for rule in rules if rule.startswith("terms.")},
        repeat_count=complaint.link.repeat_count,
        systemic=complaint.link.cluster is not None and complaint.link.cluster.systemic,
        dissatisfaction=understood.dissatisfaction,
    )


def own_rule(pack: PolicyPack, facts: Facts) -> RoutingRule:
    """The first routing rule that holds. A checked pack ends with one that always does."""
    return next(rule for rule in pack.routing if rule.when.holds(facts))


def catch_all(pack: PolicyPack) -> RoutingRule:
    """The rule that takes what nobody claims."""
    return next(rule for rule in pack.routing if rule.when == _ALWAYS)


def copies(
    pack: PolicyPack, complaint: Classified, own: RoutingRule, department: str, *, to_own: bool = True
) -> tuple[str, ...]:
    """Departments that get a copy: named by the rule, of second categories, and the one this complaint alone
    would have gone to when its case belongs to another; the catch-all needs none.

    `to_own` is false where a person has taken the case from that one.
    """
    wanted = [*own.copies]
    if own.when != _ALWAYS and to_own:
        wanted.append(own.responsible)
    wanted += [rule.responsible for rule in _rules_of(pack, complaint.understanding.secondary)]
    return tuple(code for code in dict.fromkeys(wanted) if code != department)


def _rules_of(pack: PolicyPack, categories: Iterable[str]) -> Iterable[RoutingRule]:
    for category in categories:
        rule = own_rule(pack, Facts(category=category))
        if rule.when != _ALWAYS:
            yield rule


def escalations(pack: PolicyPack, facts: Facts) -> dict[str, EscalationRule]:
    """The levels this complaint reaches, each with the first rule that says so."""
    reached: dict[str, EscalationRule] = {}
    for rule in pack.escalation:
        if rule.level not in reached and rule.when.holds(facts):
            reached[rule.level] = rule
    return reached


def as_raised(rule: EscalationRule) -> Raised:
    """The escalation as the decision keeps it."""
    return Raised(level=rule.level, rule_id=rule.rule_id, reason=rule.reason, informed=rule.informed)
