"""Conditions of rules, and what they are asked about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from operator import attrgetter
from typing import Any, Literal

from schemas.policy.base import Code, PolicyPart, RuleId, Words
from schemas.records import Evidence

Level = Literal[1, 2, 3]
"""Severity as the manufacturer's procedure counts it: 1 is the worst."""

Standing = Literal["key", "important"]
"""What a customer is to the company; a key customer is an important one too."""


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
    referral_kind: str = ""
    written_due: datetime | None = None
    hearing_at: datetime | None = None
    amount: Decimal | None = None
    boxes: Decimal | None = None
    terms: Mapping[str, str] = field(default_factory=dict)
    repeat_count: int | None = None
    systemic: bool = False
    dissatisfaction: int | None = None
    customer: Standing | None = None

    @property
    def alone(self) -> "Facts":
        """What the message itself says, without what is known of its sender or of others."""
        return replace(self, verdict="new", repeat_count=None, systemic=False, customer=None)


Check = Callable[[Facts], bool]


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
    referral_kinds: tuple[Code, ...] | None = None
    terms: tuple[Code, ...] | None = None
    amount_at_least: Decimal | None = None
    boxes_at_least: Decimal | None = None
    repeat_at_least: int | None = None
    dissatisfaction_at_least: int | None = None
    systemic: bool | None = None
    customers: tuple[Standing, ...] | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether the condition is met."""
        for check in self._checks:  # noqa: SIM110 - thousands a second: a loop takes half the time of all()
            if not check(facts):
                return False
        return True

    @cached_property
    def _checks(self) -> "tuple[Check, ...]":
        """One check for each key that is given: most conditions give one or two of all."""
        given = ((check_of, getattr(self, name)) for name, check_of in _CHECKS.items())
        return tuple(check_of(wanted) for check_of, wanted in given if wanted is not None)


def _is_one_of(name: str) -> "Callable[[Any], Check]":
    value_of = attrgetter(name)
    return lambda wanted: lambda facts: value_of(facts) in wanted


def _is(name: str) -> "Callable[[Any], Check]":
    value_of = attrgetter(name)
    return lambda wanted: lambda facts: value_of(facts) == wanted


def _at_least(name: str) -> "Callable[[Any], Check]":
    value_of = attrgetter(name)
    return lambda bound: lambda facts: value_of(facts) is not None and value_of(facts) >= bound


_CHECKS: "Mapping[str, Callable[[Any], Check]]" = {
    "kinds": _is_one_of("kind"),
    "categories": _is_one_of("category"),
    "channels": _is_one_of("channel"),
    "entries": _is_one_of("entry"),
    "verdicts": _is_one_of("verdict"),
    "urgencies": _is_one_of("urgency"),
    "severities": _is_one_of("severity"),
    "safety": _is("safety"),
    "safety_rules": lambda wanted: lambda facts: not facts.safety_rules.isdisjoint(wanted),
    "referral": _is("referral"),
    "referral_kinds": _is_one_of("referral_kind"),
    "terms": lambda wanted: lambda facts: any(name in facts.terms for name in wanted),
    "amount_at_least": _at_least("amount"),
    "boxes_at_least": _at_least("boxes"),
    "repeat_at_least": _at_least("repeat_count"),
    "dissatisfaction_at_least": _at_least("dissatisfaction"),
    "systemic": _is("systemic"),
    "customers": lambda wanted: (
        lambda facts: facts.customer in wanted or (facts.customer == "key" and "important" in wanted)
    ),
}
"""What each key of a condition asks."""


class RaisingRule(PolicyPart):
    """A rule that raises severity or urgency, with words a clerk understands."""

    rule_id: RuleId
    reason: Words
    when: When

    @cached_property
    def evidence(self) -> Evidence:
        """What a decision says when the rule has fired."""
        return Evidence(rule=self.rule_id, detail=self.reason)


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
