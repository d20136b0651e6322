"""Conditions of rules, and what they are asked about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from schemas.policy.base import Code, PolicyPart, RuleId, Words

Level = Literal[1, 2, 3]
"""Severity as the manufacturer's procedure counts it: 1 is the worst."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a complaint when a rule is asked. `terms` maps a term set to the words found of it."""

    kind: str = "complaint"
    category: str = "other"
    channel: str = ""
    entry: str = ""
    verdict: str = "new"
    urgency: str = "regular"
    severity: int = 3
    safety: bool = False
    safety_rules: frozenset[str] = frozenset()
    referral: bool = False
    amount: Decimal | None = None
    boxes: Decimal | None = None
    terms: Mapping[str, str] = field(default_factory=dict)


class When(PolicyPart):
    """A condition: every key that is given must hold; of a list one entry is enough. No key: always."""

    kinds: tuple[Code, ...] | None = None
    categories: tuple[Code, ...] | None = None
    channels: tuple[str, ...] | None = None
    entries: tuple[str, ...] | None = None
    verdicts: tuple[str, ...] | None = None
    urgencies: tuple[Code, ...] | None = None
    severities: tuple[Level, ...] | None = None
    safety: bool | None = None
    safety_rules: tuple[RuleId, ...] | None = None
    referral: bool | None = None
    terms: tuple[Code, ...] | None = None
    amount_at_least: Decimal | None = None
    boxes_at_least: Decimal | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether the condition is met."""
        listed: tuple[tuple[tuple[object, ...] | None, object], ...] = (
            (self.kinds, facts.kind),
            (self.categories, facts.category),
            (self.channels, facts.channel),
            (self.entries, facts.entry),
            (self.verdicts, facts.verdict),
            (self.urgencies, facts.urgency),
            (self.severities, facts.severity),
        )
        return (
            all(wanted is None or value in wanted for wanted, value in listed)
            and (self.safety is None or self.safety == facts.safety)
            and (self.safety_rules is None or not facts.safety_rules.isdisjoint(self.safety_rules))
            and (self.referral is None or self.referral == facts.referral)
            and (self.terms is None or any(name in facts.terms for name in self.terms))
            and _at_least(facts.amount, self.amount_at_least)
            and _at_least(facts.boxes, self.boxes_at_least)
        )


def _at_least(value: Decimal | None, bound: Decimal | None) -> bool:
    return bound is None or (value is not None and value >= bound)


class RaisingRule(PolicyPart):
    """A rule that raises severity or urgency, with words a clerk understands."""

    rule_id: RuleId
    reason: Words
    when: When


class SeverityRule(RaisingRule):
    """Raises severity to `level`; the number itself belongs to the higher level."""

    level: Level


class UrgencyRule(RaisingRule):
    """Raises urgency."""

    urgency: Code


class EscalationRule(RaisingRule):
    """Somebody must look now: one escalation per case and `level`."""

    level: Code
    informed: tuple[Words, ...]


class RoutingRule(PolicyPart):
    """Which department answers, which others get a copy. The first rule that holds decides."""

    rule_id: RuleId
    when: When = When()
    responsible: str
    copies: tuple[str, ...] = ()
