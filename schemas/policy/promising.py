"""By when a customer is told to hear from us: the clock that fits what he says, as data."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from schemas.policy.base import Hyphenated, PolicyPart, RuleId
from schemas.policy.clocks import ClockRule, clocks_for
from schemas.policy.rules import Facts, When
from schemas.records import Clock


class PromiseRule(PolicyPart):
    """Which clock the acknowledgement names. The first rule that holds and whose clock has started decides."""

    rule_id: RuleId
    when: When = When()
    clock: Hyphenated


def promised(
    rules: Iterable[PromiseRule], clocks: Sequence[ClockRule], facts: Facts, received_at: datetime
) -> Clock | None:
    """The clock a complaint with these facts is promised; None when no rule names one that it starts."""
    started = {one.clock: one for one in clocks_for(clocks, facts, received_at)}
    return next((started[rule.clock] for rule in rules if rule.clock in started and rule.when.holds(facts)), None)
