"""The policy pack as a whole."""

from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import Field

from schemas.policy.acknowledging import Acknowledging
from schemas.policy.base import Code, Hyphenated, PolicyPart, Titles, Words
from schemas.policy.clocks import ClockRule, WorkingSpan, clocks_for
from schemas.policy.lexicon import Category, Kind, Negation, SafetyRule, Weights
from schemas.policy.linking import Linking
from schemas.policy.rules import EscalationRule, Facts, RoutingRule, SeverityRule, UrgencyRule
from schemas.records import Clock


class Department(PolicyPart):
    """A department: its code is part of its topic's name."""

    code: Hyphenated
    title: Titles


class PolicyPack(PolicyPart):
    """How a company handles complaints. Every decision names pack, version and rule."""

    name: Hyphenated
    version: Words
    time_zone: Words = "Asia/Shanghai"
    kinds: tuple[Kind, ...]
    categories: tuple[Category, ...]
    term_sets: dict[Code, tuple[Words, ...]]
    negation: Negation
    weights: Weights = Weights()
    safety: tuple[SafetyRule, ...]
    severity: tuple[SeverityRule, ...]
    urgency: tuple[UrgencyRule, ...]
    departments: tuple[Department, ...]
    routing: tuple[RoutingRule, ...]
    escalation: tuple[EscalationRule, ...]
    clocks: tuple[ClockRule, ...]
    not_accepted_after: WorkingSpan = Field(description="Routed but not accepted by then: escalated")
    acknowledgement: Acknowledging
    linking: Linking = Linking()

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {category.code: category for category in self.categories}

    @property
    def reference(self) -> str:
        """What decisions name: `default@1`."""
        return f"{self.name}@{self.version}"

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the customers' wall clock hangs."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def department_codes(self) -> tuple[str, ...]:
        """The departments, in the pack's order."""
        return tuple(department.code for department in self.departments)

    def category(self, code: str) -> Category | None:
        """The category of this code; None for one the pack does not know."""
        return self._categories.get(code)

    def kind(self, code: str) -> Kind | None:
        """The kind of this code; None for one the pack does not know."""
        return next((kind for kind in self.kinds if kind.code == code), None)

    def clocks_for(self, facts: Facts, received_at: datetime) -> tuple[Clock, ...]:
        """The clocks a complaint with these facts starts, all counted from `received_at`."""
        return clocks_for(self.clocks, facts, received_at)

    def due_at(self, clock: str, received_at: datetime) -> datetime:
        """When the named clock runs out, whether or not it applies. Raises KeyError for a clock the pack lacks."""
        rule = next((rule for rule in self.clocks if rule.clock == clock), None)
        if rule is None:
            raise KeyError(clock)
        return rule.due_at(received_at)
