"""From what rules and model say to one decision. Rules raise the safety flag alone; the model may only add to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from schemas.policy.lexicon import Weights
from workers.classify.model import Description, Reading
from workers.classify.rules import RuleReading

_LEAST_P = 0.02
_UNSAID = log(_LEAST_P)
_IMPOSSIBLE = -60.0
_NEVER = -3.0
"""No threshold lies at a probability below 5 %."""
_LIKELY = {"praise": 0.5, "withdrawal": 0.5}
_LIKELY_IN_SPITE_OF_GRIEVANCE = {"praise": 0.65, "withdrawal": 0.7}
"""How likely the model alone must find a kind after which nobody acts upon the trouble."""
_SURE = {"praise": 0.65, "withdrawal": 0.8}
_SURE_IN_SPITE_OF_GRIEVANCE = {"praise": 0.9, "withdrawal": 0.95}
"""Below these a person looks whether it is a complaint after all."""
FURIOUS_KINDS = ("complaint", "other")
_NAMED_SECOND = 0.1
"""The probability at which a second category counts of which the text names a defect."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a message is. `ranked` are the categories with their probabilities, best first, summing to 1."""

    kind: str
    kind_p: float | None
    ranked: tuple[tuple[str, float], ...]
    secondary: tuple[str, ...]
    safety: bool
    safety_p: float
    dissatisfaction: int | None = None

    @property
    def primary(self) -> str:
        """The first category."""
        return self.ranked[0][0]

    @property
    def best_p(self) -> float:
        """Its probability."""
        return self.ranked[0][1]

    @property
    def margin(self) -> float:
        """How far it is ahead of the next."""
        return self.best_p - (self.ranked[1][1] if len(self.ranked) > 1 else 0.0)


def by_rules(rules: RuleReading, weights: Weights) -> Decision:
    """Decide without a model."""
    ranked = tuple(rules.scores.items())
    first, best = ranked[0]
    seconds = (code for code, p in ranked[1:] if code != "other" and p >= weights.secondary_share * best)
    return Decision(
        kind=rules.kind,
        kind_p=None,
        ranked=ranked,
        secondary=tuple(seconds) if first != "other" else (),
        safety=bool(rules.harm),
        safety_p=max((one.rule.p for one in rules.harm), default=0.0),
    )


def by_both(rules: RuleReading, reading: Reading, about: Description, weights: Weights) -> Decision:
    """Decide by rules and model together, with the factors that were fitted on texts neither was made from."""
    ranked = tuple(sorted(category_ps(rules, reading, about, weights).items(), key=lambda pair: -pair[1]))
    kinds = kind_ps(rules, reading, about)
    kind = _kind(kinds, about.blend.kind_leaning, rules)
    safety_p = max(model_safety(reading, about), *(one.rule.p for one in rules.harm), 0.0)
    return Decision(
        kind=kind,
        kind_p=kinds[kind],
        ranked=ranked,
        secondary=_secondary(ranked[0][0], rules, reading, about),
        safety=bool(rules.harm) or safety_p >= about.thresholds.safety,
        safety_p=safety_p,
        dissatisfaction=_dissatisfaction(kind, rules, reading, about),
    )


def _kind(kinds: Mapping[str, float], leaning: Mapping[str, float], rules: RuleReading) -> str:
    """The likeliest kind. Praise or a withdrawal that no word bears out must be likely: a complaint read so is lost."""
    kind = max(kinds, key=lambda code: kinds[code] * exp(leaning.get(code, 0.0)))
    return "complaint" if _unfounded(kind, kinds[kind], rules, _LIKELY, _LIKELY_IN_SPITE_OF_GRIEVANCE) else kind


def may_hide_a_complaint(decision: Decision, rules: RuleReading) -> bool:
    """Whether only the model says, without being sure, that nobody has to act upon a message."""
    return _unfounded(decision.kind, decision.kind_p or 0.0, rules, _SURE, _SURE_IN_SPITE_OF_GRIEVANCE)


def _unfounded(
    kind: str, p: float, rules: RuleReading, least: Mapping[str, float], in_spite_of_grievance: Mapping[str, float]
) -> bool:
    bar = (in_spite_of_grievance if rules.grievance else least).get(kind, 0.0)
    return p < bar and all(hit.word.owner != kind for hit in rules.kinds)


def category_ps(rules: RuleReading, reading: Reading, about: Description, weights: Weights) -> dict[str, float]:
    """Category → probability: the model's scores, moved by the words the rules found and by what was stated."""
    head, blend = about.heads["category"], about.blend
    scores = [blend.category_model * score for score in reading.of(head)]
    if rules.found:
        said = {code: log(p) for code, p in rules.scores.items() if p > _LEAST_P}
        scores = [
            score + blend.category_rules * said.get(code, _UNSAID)
            for score, code in zip(scores, head.classes, strict=True)
        ]
    harmed = {str(one.rule.category) for one in rules.harm}.intersection(head.classes)
    for code in harmed:
        scores[head.classes.index(code)] += blend.category_harm
    for code in weights.harmless if harmed else ():
        if code in head.classes and code not in harmed and rules.scores.get(code, 0.0) <= _LEAST_P:
            scores[head.classes.index(code)] -= weights.harmless_where_harmed
    for code in rules.ruled_out.intersection(head.classes):
        scores[head.classes.index(code)] = _IMPOSSIBLE
    if rules.stated in head.classes:
        scores[head.classes.index(rules.stated)] += weights.stated_with_model
    return dict(zip(head.classes, _softmax(scores), strict=True))


def kind_ps(rules: RuleReading, reading: Reading, about: Description) -> dict[str, float]:
    """Kind → probability. Where a rule sees danger it is no praise: nobody who was hurt is thanked for kind words."""
    head, blend = about.heads["kind"], about.blend
    scores = [blend.kind_model * score for score in reading.of(head)]
    complaint = head.classes.index("complaint")
    scores[complaint] += blend.kind_complaint
    if rules.grievance:
        scores[complaint] += blend.kind_grievance
    if rules.decided and rules.kind in head.classes:
        scores[head.classes.index(rules.kind)] += blend.kind_decisive
    elif not rules.grievance and rules.kind in head.classes:
        scores[head.classes.index(rules.kind)] += blend.kind_rules
    if rules.harm and "praise" in head.classes:
        scores[head.classes.index("praise")] = _IMPOSSIBLE
    return dict(zip(head.classes, _softmax(scores), strict=True))


def _dissatisfaction(kind: str, rules: RuleReading, reading: Reading, about: Description) -> int:
    """The likeliest level; the worst one where it is likely enough, by whether words of fury bear it out.

    They do so in complaints: a lawyer's letter threatens in cold blood.
    """
    levels = _softmax(reading.of(about.heads["dissatisfaction"]), about.blend.dissatisfaction_model)
    borne_out = rules.furious and kind in FURIOUS_KINDS
    least = about.thresholds.furious if borne_out else about.thresholds.furious_unsaid
    worst = len(levels) - 1
    return worst if levels[worst] >= least else max(range(worst), key=levels.__getitem__)


def model_safety(reading: Reading, about: Description) -> float:
    """The model's probability that somebody was or could have been harmed."""
    [score] = reading.of(about.heads["safety"])
    return _sigmoid(about.blend.safety_model * score + about.blend.safety_offset)


def _secondary(primary: str, rules: RuleReading, reading: Reading, about: Description) -> tuple[str, ...]:
    """What else it is about: as sure as the model has to be; less so where the text names a defect of it."""
    head, least, defects = about.heads["also"], about.thresholds.also, rules.defects
    left_out = {primary, *rules.ruled_out}
    named = [
        (-score, code)
        for code, score in zip(head.classes, reading.of(head), strict=True)
        if score > _NEVER
        and code not in left_out
        and _sigmoid(score) >= (_NAMED_SECOND if code in defects else least.get(code, 1.0))
    ]
    return tuple(code for _, code in sorted(named))


def _softmax(scores: Sequence[float], factor: float = 1.0) -> list[float]:
    most = max(scores)
    powers = [exp(factor * (score - most)) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _sigmoid(score: float) -> float:
    return 1 / (1 + exp(-min(max(score, -30.0), 30.0)))
