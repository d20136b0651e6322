"""Rules that may only raise: the safety flag, severity, urgency."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from schemas.policy import Facts, PolicyPack
from schemas.policy.lexicon import SafetyRule
from schemas.policy.rules import Level
from schemas.records import Evidence, Found
from workers.classify.lexicon import Hit, Hits, Placed, Role, Word
from workers.text.extract import number_of

_NEAR_CHARS = 12
_RANK = {"regular": 0, "systemic": 1, "urgent": 2}


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
        if rule.rule_id in fired or _close(hit, not_near, rule.unless_window):
            continue
        if rule.near is None or _close(hit, near, _NEAR_CHARS):
            fired[rule.rule_id] = Danger(rule, hit)
    return list(fired.values())


def _close(hit: Hit, others: Placed, chars: int) -> bool:
    return any(
        other.word.owner == hit.word.owner and not (hit.start < other.end and other.start < hit.end)
        for other in others.touching(hit.start - chars, hit.end + chars)
    )


def raised(pack: PolicyPack, facts: Facts) -> tuple[Level, str, list[Evidence]]:
    """Severity and urgency after all rules, with the rules that fired; no rule lowers anything."""
    level: Level = 3
    reasons: list[Evidence] = []
    for rule in pack.severity:
        if rule.when.holds(facts):
            level = min(level, rule.level)
            reasons.append(rule.evidence)
    facts = replace(facts, severity=level)
    urgency = facts.urgency
    for urgent in pack.urgency:
        if urgent.when.holds(facts):
            reasons.append(urgent.evidence)
            urgency = max(urgency, urgent.urgency, key=lambda name: _RANK.get(name, 0))
    return level, urgency, reasons


def largest_amount(found: Sequence[Found], stated: str | None) -> Decimal | None:
    """The largest amount in yuan that the text or a field names."""
    return max(_amounts(found, stated), default=None)


def _amounts(found: Sequence[Found], stated: str | None) -> Iterator[Decimal]:
    yield from (Decimal(one.value) for one in found if one.currency == "CNY")
    if stated:
        number = number_of("".join(char for char in stated if char.isdigit() or char == "."))
        if number is not None:
            yield number


def boxes(found: Sequence[Found], stated: str | None) -> Decimal | None:
    """How many boxes are concerned: units of 箱, the largest number named."""
    counts = [number_of(one.value.removesuffix("箱")) for one in found if one.value.endswith("箱")]
    counts += [
        number_of(one.value.rstrip("aberxston"))
        for one in found
        if one.value.endswith(("box", "boxes", "carton", "cartons"))
    ]
    if stated and stated.strip().endswith("箱"):
        counts.append(number_of(stated.strip().removesuffix("箱").strip()))
    return max((count for count in counts if count is not None), default=None)
