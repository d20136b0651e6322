"""The policy pack as a whole."""

from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import Field

from schemas.policy.accused import AccusedRule
from schemas.policy.acknowledging import Acknowledging
from schemas.policy.aftercare import Approval, Cause, FollowUp, Remedy, Replying, Retention
from schemas.policy.alarming import SafetyAlarm
from schemas.policy.base import Code, Hyphenated, PolicyPart, Titles, Words
from schemas.policy.clocks import ClockRule, Event, WorkingSpan, clocks_for
from schemas.policy.clusters import ClusterRule, QuickNotice
from schemas.policy.counting import Counting
from schemas.policy.customers import Customers
from schemas.policy.lexicon import Category, Kind, Negation, SafetyRule, Weights
from schemas.policy.linking import Linking
from schemas.policy.naming import Names
from schemas.policy.notices import Notices
from schemas.policy.products import Product
from schemas.policy.promising import Promise, PromiseRule, promised
from schemas.policy.reporting import CaseClass, Report
from schemas.policy.reviewing import Reviewing
from schemas.policy.roles import Role
from schemas.policy.rules import EscalationRule, Facts, RoutingRule, SeverityRule, UrgencyRule
from schemas.policy.temper import Temper
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
    accused: tuple[AccusedRule, ...] = ()
    roles: tuple[Role, ...] = Field((), description="Empty: roles are used without being declared")
    classes: tuple[CaseClass, ...] = ()
    replying: Replying = Replying()
    remedies: tuple[Remedy, ...] = ()
    causes: tuple[Cause, ...] = ()
    approvals: tuple[Approval, ...] = ()
    follow_up: tuple[FollowUp, ...] = ()
    reports: tuple[Report, ...] = ()
    retention: Retention = Retention()
    linking: Linking = Linking()
    clusters: tuple[ClusterRule, ...] = Field((), description="In the order of importance, each `by` once")
    quick_notices: tuple[QuickNotice, ...] = ()
    customers: Customers = Customers()
    products: tuple[Product, ...] = ()
    counting: Counting = Counting()
    reviewing: Reviewing = Reviewing()
    safety_alarm: SafetyAlarm = SafetyAlarm()
    promises: tuple[PromiseRule, ...] = ()
    temper: Temper = Temper()
    names: Names = Names()
    notices: Notices = Notices()

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

    def clocks_for(self, facts: Facts, received_at: datetime, event: Event = "received") -> tuple[Clock, ...]:
        """The clocks a complaint with these facts starts, all counted from `received_at`.

        With another event: those it starts, counted from its time, given in place of `received_at`.
        """
        return clocks_for(self.clocks, facts, received_at, event)

    def class_of(self, category: str) -> CaseClass | None:
        """The company's own class of a category; None where the pack has none for it."""
        return next((one for one in self.classes if category in one.categories), None)

    def promised(self, facts: Facts, received_at: datetime) -> Promise:
        """What an acknowledgement promises for a complaint with these facts; without a clock: `promised_clock`."""
        return promised(self.promises, self.clocks, facts, received_at)

    def due_at(self, clock: str, received_at: datetime) -> datetime:
        """When the named clock runs out, whether or not it applies. Raises KeyError for a clock the pack lacks."""
        rule = next((rule for rule in self.clocks if rule.clock == clock), None)
        if rule is None:
            raise KeyError(clock)
        return rule.due_at(received_at)
