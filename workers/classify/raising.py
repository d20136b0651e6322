"""Rules that may only raise: the safety flag, severity, urgency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import takewhile
from zoneinfo import ZoneInfo

from schemas.complaint import Stated
from schemas.normalise import fold
from schemas.policy import Facts, PolicyPack
from schemas.policy.counting import Counting
from schemas.policy.lexicon import SafetyRule
from schemas.policy.promising import Promise
from schemas.policy.rules import Level, RaisingRule
from schemas.records import Evidence, Found
from workers.classify.lexicon import Hit, Hits, Placed, Role, Word
from workers.text.extract import extract, number_of

_NEAR_CHARS = 12
RANK = {"regular": 0, "systemic": 1, "urgent": 2}
"""Urgency → how urgent: what is raised never falls."""


@dataclass(frozen=True, slots=True)
class Danger:
    """A safety rule that fired, with the word that made it."""

    rule: SafetyRule
    hit: Hit

    def as_topic(self) -> Hit:
        """The word as a sign of what the message is about; `other` when the rule names no category."""
        return self.hit._replace(word=Word(Role.TOPIC, self.rule.category or "other"))


def dangers(pack: PolicyPack, hits: Hits, standing: Iterable[Hit]) -> list[Danger]:
    """The safety rules that fire, once each; recall first: one word is enough."""
    fired: dict[str, Danger] = {}
    rules = {rule.rule_id: rule for rule in pack.safety}
    near = Placed(hits.of(Role.SAFETY_NEAR))
    not_near = Placed(hits.of(Role.SAFETY_NOT_NEAR))
    for hit in standing:
        rule = rules[hit.word.owner]
        if rule.rule_id in fired or _close(hit, not_near, rule.unless_window) or _part_of(hit, not_near):
            continue
        if rule.near is None or _close(hit, near, _NEAR_CHARS):
            fired[rule.rule_id] = Danger(rule, hit)
    return list(fired.values())


def _close(hit: Hit, others: Placed, chars: int) -> bool:
    return any(
        other.word.owner == hit.word.owner and not (hit.start < other.end and other.start < hit.end)
        for other in others.touching(hit.start - chars, hit.end + chars)
    )


def _part_of(hit: Hit, others: Placed) -> bool:
    """Whether the hit is a piece of a longer word of its rule that means something else (住院 in 住院部)."""
    return any(
        other.word.owner == hit.word.owner and other.start <= hit.start and hit.end <= other.end and other != hit
        for other in others.touching(hit.start, hit.end)
    )


def raised(pack: PolicyPack, facts: Facts) -> tuple[Level, str, list[Evidence]]:
    """Severity and urgency after all rules, with the rules that fired; no rule lowers anything."""
    level: Level = 3
    reasons: list[Evidence] = []
    for rule in pack.severity:
        if rule.when.holds(facts):
            level = min(level, rule.level)
            reasons.append(_with_number(rule, facts))
    facts = replace(facts, severity=level)
    urgency = facts.urgency
    for urgent in pack.urgency:
        if urgent.when.holds(facts):
            reasons.append(_with_number(urgent, facts))
            urgency = max(urgency, urgent.urgency, key=lambda name: RANK.get(name, 0))
    return level, urgency, reasons


def promise(
    pack: PolicyPack, facts: Facts, severity: Level, urgency: str, received_at: datetime | None
) -> Promise | None:
    """What an acknowledgement promises, by what the message says alone; None without a time to count from.

    With what linking knows of its sender or of others, the date would tell a stranger that an earlier case exists.
    """
    if received_at is None:
        return None
    alone = facts.alone
    if alone != facts:
        severity, urgency, _ = raised(pack, alone)
    return pack.promised(replace(alone, severity=severity, urgency=urgency), received_at)


def _with_number(rule: RaisingRule, facts: Facts) -> Evidence:
    """The rule's words and, where it asked for a number, the number it found."""
    when, number = rule.when, ""
    if when.amount_at_least is not None:
        number = f"{facts.amount:f}元"
    elif when.boxes_at_least is not None:
        number = f"{facts.boxes:f}箱"
    elif when.repeat_at_least is not None:
        number = f"第{facts.repeat_count}次"
    return rule.evidence.model_copy(update={"detail": f"{rule.reason}（{number}）"}) if number else rule.evidence


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers of a message that severity rules ask for; of a range the upper end counts."""

    counting: Counting
    zone: ZoneInfo
    text: str
    fields: Mapping[str, Sequence[Found]]
    stated: Stated

    @property
    def amount(self) -> Decimal | None:
        """The largest amount in yuan that the text or a field names; what one piece costs is none."""
        found = (one for one in self.fields.get("amount", ()) if self._is_amount(one))
        named = [*found, *self._read(self.stated.amount).get("amount", ())]
        numbers = [number_of(one.high or one.value) for one in named if one.currency == "CNY"]
        if self.stated.amount and len(numbers) == 0:
            numbers.append(number_of(self.stated.amount.strip().removesuffix("元").strip()))
        return max((number for number in numbers if number is not None), default=None)

    @property
    def boxes(self) -> Decimal | None:
        """How many boxes are concerned: the largest number named."""
        named = (*self.fields.get("quantity", ()), *self._read(self.stated.quantity).get("quantity", ()))
        numbers = (_of_unit(one.high or one.value, self.counting.box_units) for one in named)
        return max((number for number in numbers if number is not None), default=None)

    def _read(self, stated: str | None) -> Mapping[str, Sequence[Found]]:
        return extract(fold(stated), None, self.zone) if stated else {}

    def _is_amount(self, found: Found) -> bool:
        before, after = self.text[max(0, found.start - _NEAR_CHARS) : found.start], self.text[found.end :][:_NEAR_CHARS]
        return self.counting.is_amount(fold(before).text, fold(after).text)


def _of_unit(written: str, units: Iterable[str]) -> Decimal | None:
    """The number in front of one of the units, None for another unit."""
    figures = "".join(takewhile(lambda char: char.isdigit() or char in ".,", written))
    return number_of(figures) if figures and written[len(figures) :].strip() in units else None
