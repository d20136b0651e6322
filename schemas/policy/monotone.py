"""Severity and urgency may only rise: no raising rule may ask that something is missing, or mild."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from schemas.policy.rules import When

if TYPE_CHECKING:
    from schemas.policy.pack import PolicyPack

Problem = tuple[tuple[str | int, ...], str]


def only_raising(pack: "PolicyPack") -> Iterator[Problem]:
    """Yield each condition of a severity or urgency rule that one fact more could make untrue."""
    for section in ("severity", "urgency"):
        for index, rule in enumerate(getattr(pack, section)):
            for key, why in _lowering(rule.when):
                yield (section, index, "when", key), why


def _lowering(when: When) -> Iterator[tuple[str, str]]:
    for key in ("safety", "referral", "systemic"):
        if getattr(when, key) is False:
            yield key, f"{key}: false would let a fact lower a level: ask for what is there, not for what is missing"
    if "new" in (when.verdicts or ()):
        yield "verdicts", "new would let a link lower a level: name the links that raise it"
    if when.urgencies is not None:
        yield "urgencies", "rules that raise cannot ask for the urgency they make: ask for what makes it urgent"
    if when.severities is not None and set(when.severities) != set(range(1, max(when.severities) + 1)):
        worst = list(range(1, max(when.severities) + 1))
        yield "severities", f"a worse level must count as well: write {worst}"
