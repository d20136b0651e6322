"""When a person should look: the reasons, each with a name that does not change."""

from schemas.policy.lexicon import Weights
from workers.classify.deciding import Decision, may_hide_a_complaint, model_safety
from workers.classify.message import Message
from workers.classify.model import Description, Reading
from workers.classify.rules import RuleReading

_SURE_OF_SAFETY = 0.8


def doubts(
    message: Message,
    text: str,
    decision: Decision,
    rules: RuleReading,
    weights: Weights,
    model: tuple[Description, Reading] | None,
) -> tuple[str, ...]:
    """The reasons for a person to look at this decision; none: it stands."""
    judged = _with_model(decision, rules, weights, *model) if model else _by_rules(decision, weights)
    judged |= {
        "very_short": len("".join(text.split())) < weights.review_shorter_than,
        "suspected_link": message.verdict == "suspected",
    }
    return tuple(reason for reason, holds in judged.items() if holds)


def _by_rules(decision: Decision, weights: Weights) -> dict[str, bool]:
    about_goods = decision.kind in {"complaint", "other"}
    known = decision.primary != "other"
    return {
        "no_hit": not known and about_goods,
        "low_confidence": known and about_goods and decision.best_p < weights.review_below,
        "narrow_margin": known and about_goods and decision.margin < weights.review_margin,
        "safety_uncertain": decision.safety and decision.safety_p < _SURE_OF_SAFETY,
    }


def _with_model(
    decision: Decision, rules: RuleReading, weights: Weights, about: Description, reading: Reading
) -> dict[str, bool]:
    thresholds = about.thresholds
    harm_p = model_safety(reading, about)
    return {
        "low_confidence": decision.best_p < thresholds.category.get(decision.primary, 1.0),
        "narrow_margin": decision.margin < weights.review_margin,
        "kind_uncertain": (decision.kind_p or 0.0) < thresholds.kind or may_hide_a_complaint(decision, rules),
        "safety_disagreement": bool(rules.harm) and harm_p < thresholds.safety,
        "safety_uncertain": not rules.harm and thresholds.safety <= harm_p < weights.review_safety_below,
        "unfamiliar": reading.familiarity < weights.review_familiarity_below,
    }
