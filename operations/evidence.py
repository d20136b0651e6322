"""Why a machine decided as it did, in one language.

Records carry the reason in Chinese; the English one follows from the rule.
"""

from collections.abc import Callable, Mapping

from operations.vocabulary import in_one
from operations.wording import Wording
from schemas.policy.rules import When
from schemas.records import Evidence


def meaning(say: Wording, one: Evidence) -> str:
    """What a reason says, without its rule, points and the words of the message."""
    if say.lang == "zh":
        return in_one(one.detail or "", "zh")
    return _by_rule(say, one.rule) or in_one(one.detail or "", "en") or one.rule.replace("_", " ").replace("-", " ")


def line(say: Wording, one: Evidence, text: str) -> str:
    """One reason for a decision, with the words of the message it rests on."""
    parts = [say.pick(f"依据 {one.rule}", f"by {one.rule}")]
    if told := meaning(say, one):
        parts.append(told)
    first = say.pick("：", ": ").join(parts)
    rest = []
    if one.start is not None and one.end is not None and (quoted := text[one.start : one.end]):
        rest.append(say.pick(f"原文「{quoted}」", f"the words “{quoted}”"))
    if one.points is not None:
        rest.append(say.pick(f"{one.points:g} 分", f"{one.points:g} points"))
    return say.pick("，", ", ").join([first, *rest])


def condition(say: Wording, rule_id: str) -> str:
    """When a rule of the pack that raises something holds; empty when the pack has no such rule."""
    rules: dict[str, When] = {rule.rule_id: rule.when for rule in say.pack.escalation}
    rules |= {rule.rule_id: rule.when for rule in say.pack.accused}
    rules |= {rule.rule_id: rule.when for rule in say.pack.urgency}
    rules |= {rule.rule_id: rule.when for rule in say.pack.severity}
    return say.condition(rules[rule_id]) if rule_id in rules else ""


def _by_rule(say: Wording, rule: str) -> str:
    """What the name of a rule says in English."""
    if any(rule == one.rule_id for one in say.pack.safety):
        return "a sign of harm"
    if told := condition(say, rule):
        return told
    source, _, rest = rule.partition(".")
    if source == "model":
        source, _, rest = rest.partition(".")
        source = f"model.{source}"
    sentence = _SENTENCES.get(source)
    return sentence(say, rest.partition(".")[0]) if sentence else ""


_SENTENCES: Mapping[str, Callable[[Wording, str], str]] = {
    "lexicon": lambda say, code: f"a word about {say.category(code)}",
    "stated": lambda say, code: f"chosen by the customer: {say.category(code)}",
    "kind": lambda say, code: f"a word of {say.called(code)}",
    "terms": lambda _, name: f"words of {name}",
    "model.safety": lambda *_: "somebody may have been harmed",
    "model.category": lambda say, code: f"sounds like {say.category(code)}",
    "model.kind": lambda say, code: f"sounds like {say.called(code)}",
    "correction": lambda *_: "decided by a person",
    "corrected-by-person": lambda *_: "decided by a person",
    "place": lambda _, how: f"found by {how}",
}
