"""Clocks as data: what starts one, what stops it, when it is due, from when until when it is law."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from schemas.calendar import Due, china_calendar
from schemas.calendar.hours import CLOSES, OPENS, add_working_hours
from schemas.calendar.working import ZONE
from schemas.policy.base import Hyphenated, PolicyPart, RuleId, Words
from schemas.policy.rules import Facts, When
from schemas.records import Clock


class Span(PolicyPart):
    """A length of time. Give hours, days, or both; by a calendar days only."""

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


class Written(PolicyPart):
    """A date that the referral itself gives; without it the clock does not start."""

    written: Literal["due_at", "hearing_at"]

    def of(self, facts: Facts) -> datetime | None:
        """The date in a referral."""
        return facts.written_due if self.written == "due_at" else facts.hearing_at


class WorkingSpan(PolicyPart):
    """A length of working time by the Chinese working calendar."""

    working_hours: int = Field(gt=0)
    opens: time = Field(OPENS, description="Office hours begin, in the pack's time zone")
    closes: time = Field(CLOSES, description="Office hours end")

    @model_validator(mode="after")
    def _open_before_closed(self) -> "WorkingSpan":
        if not self.opens < self.closes:
            raise ValueError("opens must be before closes")
        return self

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """When it has passed since `start`."""
        return add_working_hours(start, self.working_hours, self.opens, self.closes, zone)


class EndOfDay(PolicyPart):
    """24:00 of the day of the start (0) or so many days later, in Asia/Shanghai."""

    end_of_day: int = Field(ge=0, le=31)


class Pause(PolicyPart):
    """While this lasts the clock stands still for those who answer; the dates on records and pages do not move."""

    rule_id: RuleId
    during: Literal["waiting-for-customer", "waiting-for-evidence", "mediation", "examination"]
    at_most: Span | None = None


class Extended(PolicyPart):
    """A later end, once, for a reason that is written down; the dates on records and pages do not move."""

    rule_id: RuleId
    reason: Words
    by: Span
    approved_by: Hyphenated = Field(description="The role that allows it; customer: his consent")


Event = Literal["received", "passed-on", "evidence-received", "solved"]
"""What a clock may start on: receipt, or what casework reports later."""


class ClockRule(PolicyPart):
    """One clock. `starts_on` and `stops_on` name events; what starts on receipt counts from `received_at`.

    `calendar`: `wall` counts hours; `working-days` and `calendar-days` end at 24:00 of a day in Asia/Shanghai, the day
    of receipt does not count, and calendar days that end on a day off end with the next working day. `received_from`
    and `received_before` are days there, the first inclusive: the law in force on the day of receipt counts.
    """

    clock: Hyphenated
    rule_id: RuleId
    applies_if: When = When()
    starts_on: Event = "received"
    stops_on: Literal["acknowledged", "answered", "closed", "passed-on", "handled", "adjudicated", "followed-up"]
    not_before: Span | None = Field(None, description="A window: what stops the clock must not happen earlier")
    due: Span | Written | EndOfDay
    calendar: Literal["wall", "working-days", "calendar-days"] = "wall"
    received_from: date | None = None
    received_before: date | None = None
    paused: tuple[Pause, ...] = ()
    extended: tuple[Extended, ...] = ()
    info: bool = Field(False, description="Binds the authority, for us to know only")
    source: Words | None = Field(None, description="Where the rule comes from")

    @model_validator(mode="after")
    def _days_by_calendar(self) -> "ClockRule":
        if self.calendar != "wall" and (not isinstance(self.due, Span) or self.due.hours):
            raise ValueError(f"due counts days when the calendar is {self.calendar}: give days only")
        return self

    def holds(self, facts: Facts, received_at: datetime) -> bool:
        """Whether it applies to a complaint with these facts that reached the company then."""
        if not self.applies_if.holds(facts) or (isinstance(self.due, Written) and self.due.of(facts) is None):
            return False
        if self.received_from is None and self.received_before is None:
            return True
        day = received_at.astimezone(ZONE).date()
        return (self.received_from or day) <= day and (self.received_before is None or day < self.received_before)

    def due_at(self, received_at: datetime) -> datetime:
        """When the clock runs out for a complaint that reached the company then and gives no date itself."""
        return self._due(Facts(), received_at).at

    def started(self, received_at: datetime, facts: Facts) -> Clock:
        """The clock as records carry it."""
        due = self._due(facts, received_at)
        return Clock(
            clock=self.clock,
            rule_id=self.rule_id,
            due_at=due.at,
            provisional=due.provisional,
            info=True if self.info else None,
        )

    def _due(self, facts: Facts, received_at: datetime) -> Due:
        if isinstance(self.due, EndOfDay):
            day = received_at.astimezone(ZONE).date() + timedelta(days=self.due.end_of_day + 1)
            return Due(datetime.combine(day, time(0), ZONE).astimezone(UTC), provisional=False, rule=self.rule_id)
        if isinstance(self.due, Written):
            return Due(self.due.of(facts) or received_at, provisional=False, rule=self.rule_id)
        if self.calendar == "working-days":
            return china_calendar().end_after_working_days(received_at, self.due.days, self.rule_id)
        if self.calendar == "calendar-days":
            return china_calendar().end_after_days(received_at, self.due.days, self.rule_id)
        return Due(received_at + self.due.delta, provisional=False, rule=self.rule_id)


def clocks_for(
    rules: Iterable[ClockRule], facts: Facts, received_at: datetime, event: Event = "received"
) -> tuple[Clock, ...]:
    """The clocks that an event starts at its time; of several rules for one clock the first that holds counts."""
    started: dict[str, Clock] = {}
    for rule in rules:
        if rule.starts_on == event and rule.clock not in started and rule.holds(facts, received_at):
            started[rule.clock] = rule.started(received_at, facts)
    return tuple(started.values())


def deadlines(
    rules: Iterable[ClockRule],
    kind: str,
    received_at: datetime,
    *,
    written_due: datetime | None = None,
    hearing_at: datetime | None = None,
) -> tuple[Clock, ...]:
    """The clocks of a referral of this kind alone: a written date wins in its clock, the legal one is kept beside."""
    own = [rule for rule in rules if rule.applies_if.referral_kinds is not None or rule.applies_if.referral]
    facts = Facts(referral=True, referral_kind=kind, written_due=written_due, hearing_at=hearing_at)
    return clocks_for(own, facts, received_at)
