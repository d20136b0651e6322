"""What a person decided instead of the machine, put over what the machine understands. The newest decision holds."""

from collections.abc import Iterable, Sequence

from schemas.correction import Correction, Reclassified, newest
from schemas.masking import mask_text
from schemas.policy import Facts, PolicyPack
from schemas.policy.rules import Level, RaisingRule
from schemas.records import Deduplicated, Evidence, Understanding

RULE = "correction.reclassify"
NOT_ABOUT_CLASSES = frozenset({"suspected_link"})
"""Reasons to look that saying what a message is about does not answer."""
_OF_SAFETY = ("safety.", "model.safety")
_RANK = {"regular": 0, "systemic": 1, "urgent": 2}
_NAMES = {
    "kind": "类型",
    "primary": "主要类别",
    "secondary": "其他类别",
    "safety": "安全",
    "dissatisfaction": "不满程度",
    "severity": "严重程度",
}


def corrected(machine: Understanding, complaint: Deduplicated, pack: PolicyPack | None = None) -> Understanding:
    """Return the understanding by the newest `reclassify` correction; the machine's where nobody corrected it.

    What the person did not say stays the machine's; `categories` stay what the machine thinks. Rules of the pack raise
    severity and urgency by what the person said; they fall only where the person says so, or takes the harm back.
    """
    correction = newest(complaint.corrections, "reclassify")
    if correction is None or correction.reclassify is None:
        return machine
    said = correction.reclassify
    changed: dict[str, object] = {
        name: value
        for name in ("kind", "primary", "safety", "dissatisfaction")
        if (value := getattr(said, name)) is not None
    }
    if said.primary is not None or said.secondary is not None:
        given = machine.secondary if said.secondary is None else said.secondary
        primary = said.primary or machine.primary
        changed["secondary"] = tuple(code for code in dict.fromkeys(given) if code != primary)
    if said.safety is not None:
        changed["safety_p"] = float(said.safety)
    if said.kind is not None:
        changed["kind_p"] = 1.0
    person = machine.model_copy(update=changed)
    severity, urgency, evidence = _raised(machine, person, said, complaint, pack)
    doubts = tuple(reason for reason in machine.review_reasons if reason in NOT_ABOUT_CLASSES)
    return person.model_copy(
        update={
            "severity": severity,
            "urgency": urgency,
            "evidence": (_evidence(correction, machine, person, severity), *evidence),
            "needs_review": bool(doubts),
            "review_reasons": doubts,
        }
    )


def _raised(
    machine: Understanding, person: Understanding, said: Reclassified, complaint: Deduplicated, pack: PolicyPack | None
) -> tuple[Level, str, tuple[Evidence, ...]]:
    """Severity, urgency and the evidence that is left: a rule that fired stands unless it was about harm taken back."""
    harmless = machine.safety and not person.safety
    evidence = [one for one in machine.evidence if not (harmless and one.rule.startswith(_OF_SAFETY))]
    fired = {one.rule for one in machine.evidence}
    facts = _facts(person, complaint, evidence)
    severities = [rule for rule in pack.severity if _stands(rule, fired, facts, harmless)] if pack else []
    by_rules = min((rule.level for rule in severities), default=3 if pack else machine.severity)
    severity: Level = said.severity or (by_rules if harmless else min(machine.severity, by_rules))
    facts = _facts(person.model_copy(update={"severity": severity}), complaint, evidence)
    lowered = harmless or severity > machine.severity
    urgencies = [rule for rule in pack.urgency if _stands(rule, fired, facts, lowered)] if pack else []
    start = "regular" if lowered and pack else machine.urgency
    urgency = max((start, *(rule.urgency for rule in urgencies)), key=lambda name: _RANK.get(name, 0))
    raising = {rule.rule_id for rule in (*pack.severity, *pack.urgency)} if pack else set()
    standing: list[RaisingRule] = [*severities, *urgencies]
    kept = [one for one in evidence if one.rule not in raising]
    return severity, urgency, (*kept, *(rule.evidence for rule in standing))


def _stands(rule: RaisingRule, fired: Iterable[str], facts: Facts, lowered: bool) -> bool:
    """Whether a rule raises: it holds by what the person said, or it fired before for a reason that is still there."""
    if rule.when.holds(facts):
        return True
    when = rule.when
    taken_back = lowered and (when.safety is not None or when.safety_rules is not None or when.severities is not None)
    return rule.rule_id in fired and not taken_back


def _facts(person: Understanding, complaint: Deduplicated, evidence: Iterable[Evidence]) -> Facts:
    """What rules are asked about, as far as the record tells it; what fired besides is known from the evidence."""
    rules = [one.rule for one in evidence]
    return Facts(
        kind=person.kind,
        category=person.primary,
        channel=complaint.channel,
        entry=complaint.entry,
        verdict=complaint.link.verdict.value,
        severity=person.severity,
        safety=person.safety,
        safety_rules=frozenset(rule for rule in rules if rule.startswith("safety.")),
        referral=complaint.referral is not None,
        terms={rule.removeprefix("terms."): "" for rule in rules if rule.startswith("terms.")},
    )


def _evidence(correction: Correction, machine: Understanding, person: Understanding, severity: Level) -> Evidence:
    """Who said what, and why: personal data masked, for the record goes to departments."""
    final = person.model_copy(update={"severity": severity})
    changes = [
        f"{title} {_shown(getattr(machine, name))}→{_shown(getattr(final, name))}"
        for name, title in _NAMES.items()
        if getattr(machine, name) != getattr(final, name)
    ]
    what = "，".join(changes) or "与系统判断一致"
    reason = f"；原因：{mask_text(correction.reason)}" if correction.reason.strip() else ""
    return Evidence(rule=RULE, detail=f"人工更正（{mask_text(correction.by)}）：{what}{reason}")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "涉及" if value else "不涉及"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(map(str, value)) or "无"
    return "未判断" if value is None else str(value)
