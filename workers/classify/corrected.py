"""What a person decided instead of the machine, put over what the machine understands. The newest decision holds."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from schemas.correction import Correction, Reclassified, newest
from schemas.masking import mask_text
from schemas.policy import Facts, PolicyPack
from schemas.policy.rules import Level, RaisingRule, When
from schemas.records import Evidence, Understanding
from workers.classify.message import Message
from workers.classify.raising import RANK, Counted

RULE = "correction.reclassify"
NOT_ABOUT_CLASSES = frozenset({"suspected_link"})
"""Reasons to look that saying what a message is about does not answer."""
_OF_SAFETY = ("safety.", "model.safety")
_SAID = ("kinds", "categories", "severities", "safety", "safety_rules", "dissatisfaction_at_least")
"""Keys of a condition that ask for what a person may say."""
_NAMES = {
    "kind": "类型",
    "primary": "主要类别",
    "secondary": "其他类别",
    "safety": "安全",
    "dissatisfaction": "不满程度",
    "severity": "严重程度",
}


def corrected(
    machine: Understanding, message: Message, corrections: Sequence[Correction], pack: PolicyPack | None = None
) -> Understanding:
    """Return the understanding by the newest `reclassify` correction; the machine's where nobody corrected it.

    What the person did not say stays the machine's; `categories` stay what the machine thinks. Rules of the pack raise
    severity and urgency by what the person said. They fall only where the person says so, or takes back what a rule
    had fired for.
    """
    correction = newest(corrections, "reclassify")
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
    severity, urgency, evidence = _raised(machine, person, said, message, pack)
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
    machine: Understanding, person: Understanding, said: Reclassified, message: Message, pack: PolicyPack | None
) -> tuple[Level, str, tuple[Evidence, ...]]:
    """Severity, urgency and the evidence that is left after the rules of the pack were asked anew."""
    harmless = machine.safety and not person.safety
    evidence = tuple(one for one in machine.evidence if not (harmless and one.rule.startswith(_OF_SAFETY)))
    if pack is None:
        return said.severity or machine.severity, machine.urgency, evidence
    fired = {one.rule for one in machine.evidence}
    facts = _facts(person, message, evidence, pack)
    severities = [rule for rule in pack.severity if _stands(rule, fired, facts)]
    by_rules: Level = min((rule.level for rule in severities), default=3)
    severity: Level = said.severity or by_rules
    facts = replace(facts, severity=severity)
    urgencies = [rule for rule in pack.urgency if _stands(rule, fired, facts)]
    urgency = max((facts.urgency, *(rule.urgency for rule in urgencies)), key=lambda name: RANK.get(name, 0))
    standing: list[RaisingRule] = [*severities, *urgencies]
    names = {rule.rule_id for rule in standing}
    raising = {rule.rule_id for rule in (*pack.severity, *pack.urgency)}
    kept = [one for one in evidence if one.rule not in raising or one.rule in names]
    return severity, urgency, (*kept, *(rule.evidence for rule in standing if rule.rule_id not in fired))


def _stands(rule: RaisingRule, fired: Set[str], facts: Facts) -> bool:
    """Whether a rule raises after what the person said.

    One that had fired falls only by what a person can say; everything else it asked for is as it was.
    """
    if rule.rule_id not in fired:
        return rule.when.holds(facts)
    asked = {name: value for name in _SAID if (value := getattr(rule.when, name)) is not None}
    return When(**asked).holds(facts)


def _facts(person: Understanding, message: Message, evidence: Iterable[Evidence], pack: PolicyPack) -> Facts:
    """What the raising rules are asked about: what the person said, what the message and its history say."""
    rules = [one.rule for one in evidence]
    counted = Counted(pack.counting, pack.zone, message.text, person.fields, message.stated)
    return Facts(
        kind=person.kind,
        category=person.primary,
        channel=message.channel,
        entry=message.entry,
        verdict=message.verdict,
        safety=person.safety,
        safety_rules=frozenset(rule for rule in rules if rule.startswith("safety.")),
        referral=message.referral,
        amount=counted.amount,
        boxes=counted.boxes,
        terms={rule.removeprefix("terms."): "" for rule in rules if rule.startswith("terms.")},
        repeat_count=message.repeat_count,
        systemic=message.systemic,
        dissatisfaction=person.dissatisfaction,
        written_due=message.written_due,
        customer=pack.customers.standing(message.known_as),
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
