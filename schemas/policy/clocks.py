"""Clocks as data: what starts one, what stops it, when it is due."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field, model_validator

from schemas.policy.base import Hyphenated, PolicyPart, RuleId
from schemas.policy.rules import Facts, When
from schemas.records import Clock


class Span(PolicyPart):
    """A length of time by the wall clock. Give hours, days, or both."""

    hours: int = Field(0, ge=0)
    days: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _some_time(self) -> "Span":
        if not self.hours and not self.days:
            raise ValueError("give hours or days above 0")
        return self

    @property
    def delta(self) -> timedelta:
        """The span as a time difference."""
        return timedelta(days=self.days, hours=self.hours)


class WorkingSpan(PolicyPart):
    """A length of working time by the Chinese working calendar."""

    working_hours: int = Field(gt=0)


class ClockRule(PolicyPart):
    """One clock. `starts_on` and `stops_on` name events; all clocks of a complaint count from `received_at`."""

    clock: Hyphenated
    rule_id: RuleId
    applies_if: When = When()
    starts_on: Literal["received"] = "received"
    stops_on: Literal["acknowledged", "answered", "closed"]
    due: Span
    calendar: Literal["wall"] = "wall"

    def due_at(self, received_at: datetime) -> datetime:
        """When the clock runs out for a complaint that reached the company then."""
        return received_at + self.due.delta

    def started(self, received_at: datetime) -> Clock:
        """The clock as records carry it."""
        return Clock(clock=self.clock, rule_id=self.rule_id, due_at=self.due_at(received_at))


def clocks_for(rules: Iterable[ClockRule], facts: Facts, received_at: datetime) -> tuple[Clock, ...]:
    """The clocks that a complaint starts; of several rules for one clock the first that holds counts."""
    started: dict[str, Clock] = {}
    for rule in rules:
        if rule.clock not in started and rule.applies_if.holds(facts):
            started[rule.clock] = rule.started(received_at)
    return tuple(started.values())
