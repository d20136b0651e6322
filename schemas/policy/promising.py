"""By when a customer is told to hear from us: the clock that fits what he says, as data."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.policy.base import Hyphenated, PolicyPart, RuleId
from schemas.policy.clocks import ClockRule, clocks_for
from schemas.policy.rules import Facts, When
from schemas.records import Clock


class PromiseRule(PolicyPart):
    """Which clock the acknowledgement names. The first rule that holds and whose clock has started decides.

    `clock: null` promises no answer: what is sent is noted with thanks.
    """

    rule_id: RuleId
    when: When = When()
    clock: Hyphenated | None


class Promise(NamedTuple):
    """What an acknowledgement promises: the clock it names, None for the pack's own; whether an answer is owed."""

    clock: Clock | None
    answer_owed: bool = True


def promised(rules: Iterable[PromiseRule], clocks: Sequence[ClockRule], facts: Facts, received_at: datetime) -> Promise:
    """What a complaint with these facts is promised, by the clocks that it really starts."""
    started = {one.clock: one for one in clocks_for(clocks, facts, received_at)}
    for rule in rules:
        if (rule.clock is None or rule.clock in started) and rule.when.holds(facts):
            return Promise(started.get(rule.clock or ""), rule.clock is not None)
    return Promise(None)
