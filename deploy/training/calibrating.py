"""Fits how rules and model are put together, and from when on a decision stands, on texts neither was made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import f1_score

from deploy.training.corpus import Example
from deploy.training.fitting import CATEGORIES, HEADS, KINDS, LEVELS
from workers.classify.deciding import FURIOUS_KINDS
from workers.classify.model import Blend
from workers.classify.model.describing import Thresholds
from workers.classify.rules import RuleReading

_LEAST_P = 0.02
PRECISION = 0.95
"""Of all categories that are decided without a person, those the writer named, first or second."""
LEAST_PRECISION = 0.90
"""The same of each class by itself."""
KIND_PRECISION = 0.90
SAFETY_RECALL = 0.97
MOST_FALSE_ALARMS = 0.10
_STEPS = (-0.6, -0.3, -0.15, 0.15, 0.3, 0.6)
_ROUNDS = 2
_WORTH_A_STEP = 2e-4
"""Less is chance."""
FURIOUS_PRECISION = 0.8
FEWEST_FURIOUS = 30
"""Fewer texts than these prove no threshold."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unseen:
    """Examples with what rules and a model said that was made without their voice. `scores`: one row a text."""

    examples: Sequence[Example]
    scores: Floats
    rules: Sequence[RuleReading]

    def of(self, head: str) -> Floats:
        """The scores of one head."""
        start = HEADS[head].start
        return self.scores[:, start : start + len(HEADS[head].classes)]


def calibrate(unseen: Unseen) -> tuple[Blend, Thresholds]:
    """The factors that make the true labels most probable, and the thresholds that keep each promise."""
    examples, rules = unseen.examples, unseen.rules
    words = np.array([_logs(one) for one in rules])
    primary = np.array([CATEGORIES.index(example.primary) for example in examples])
    harms = np.array([_harms(one) for one in rules])
    category = _least_surprise(
        lambda f: f[0] * unseen.of("category") + f[1] * words + f[2] * harms, primary, [1.0, 0.3, 0.7]
    )
    kinds = np.array([KINDS.index(example.kind) for example in examples])
    signs = _kind_signs(rules)
    kind = _least_surprise(lambda f: f[0] * unseen.of("kind") + signs @ f[1:], kinds, [1.0, 0.5, 0.5, 0.5, 1.0])
    kind_p = _softmax(kind[0] * unseen.of("kind") + signs @ np.array(kind[1:]))
    leans = leaning(np.log(np.maximum(kind_p, 1e-12)), kinds)
    harmed = np.array([example.safety for example in examples])
    score = unseen.of("safety")[:, 0]
    safety = _least_surprise(
        lambda f: np.stack([np.zeros_like(score), f[0] * score + f[1]], axis=1), harmed.astype(int), [1.0, 0.0]
    )
    rated = [row for row, example in enumerate(examples) if example.dissatisfaction is not None]
    levels = np.array([LEVELS.index(str(examples[row].dissatisfaction)) for row in rated])
    level = _least_surprise(lambda f: f[0] * unseen.of("dissatisfaction")[rated], levels, [1.0])
    blend = Blend(
        category_model=category[0], category_rules=category[1], category_harm=category[2],
        kind_model=kind[0], kind_complaint=kind[1], kind_grievance=kind[2], kind_rules=kind[3], kind_decisive=kind[4],
        kind_leaning=leans,
        safety_model=safety[0], safety_offset=safety[1], dissatisfaction_model=level[0],
    )  # fmt: skip
    category_p = _softmax(category[0] * unseen.of("category") + category[1] * words + category[2] * harms)
    safety_p = 1 / (1 + np.exp(-(safety[0] * score + safety[1])))
    alarmed = np.array([bool(one.harm) for one in rules])
    said = [rules[row].furious and KINDS[kind_p[row].argmax()] in FURIOUS_KINDS for row in rated]
    furious = np.array(said, dtype=bool)
    worst_p, worst = _softmax(level[0] * unseen.of("dissatisfaction")[rated])[:, -1], levels == len(LEVELS) - 1
    thresholds = Thresholds(
        category=_by_class(category_p, _named(examples)),
        kind=_surest(kind_p.max(1), kind_p.argmax(1) == kinds, KIND_PRECISION),
        safety=_alarm(safety_p, alarmed, harmed),
        also=_also(unseen, category_p.argmax(1)),
        furious=_furious(worst_p[furious], worst[furious]),
        furious_unsaid=_furious(worst_p[~furious], worst[~furious]),
    )
    return blend, thresholds


def leaning(scores: Floats, right: NDArray[np.int64]) -> dict[str, float]:
    """What to add to each kind where one is chosen, for the highest macro-F1: one kind after the other, by steps."""
    added, best = np.zeros(len(KINDS)), _macro_f1(scores, right)
    for place, step in [(place, step) for _ in range(_ROUNDS) for place in range(len(KINDS)) for step in _STEPS]:
        tried = added.copy()
        tried[place] += step
        if (found := _macro_f1(scores + tried, right)) > best + _WORTH_A_STEP:
            added, best = tried, found
    return {code: round(float(value), 4) for code, value in zip(KINDS, added, strict=True) if value}


def _macro_f1(scores: Floats, right: NDArray[np.int64]) -> float:
    return float(f1_score(right, scores.argmax(1), average="macro"))


def _kind_signs(rules: Sequence[RuleReading]) -> Floats:
    """For each text and kind what the rules see: a possible complaint, a grievance, their guess, a decisive word."""
    signs = np.zeros((len(rules), len(KINDS), 4))
    complaint = KINDS.index("complaint")
    for row, one in enumerate(rules):
        signs[row, complaint, 0] = 1.0
        signs[row, complaint, 1] = one.grievance
        if one.kind in KINDS:
            signs[row, KINDS.index(one.kind), 2] = not one.decided and not one.grievance
            signs[row, KINDS.index(one.kind), 3] = one.decided
    return signs


def _logs(rules: RuleReading) -> list[float]:
    if not rules.found:
        return [0.0] * len(CATEGORIES)
    return [float(np.log(max(rules.scores.get(code, 0.0), _LEAST_P))) for code in CATEGORIES]


def _harms(rules: RuleReading) -> list[bool]:
    """The categories that the safety rules name."""
    named = {one.rule.category for one in rules.harm}
    return [code in named for code in CATEGORIES]


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _least_surprise(scores: Callable[[Floats], Floats], right: NDArray[np.int64], start: list[float]) -> list[float]:
    """The factors under which the right classes have the highest probability; none is negative but the last."""

    def surprise(factors: Floats) -> float:
        p = _softmax(scores(factors))[np.arange(len(right)), right]
        return float(-np.log(np.maximum(p, 1e-12)).mean())

    limits = {"xatol": 1e-3, "fatol": 1e-6, "maxiter": 2_000}
    found = minimize(surprise, np.array(start), method="Nelder-Mead", options=limits)
    return [round(float(factor), 4) for factor in found.x]


def _named(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """For each example and category whether its writer named it: a complaint of two things may stand under either."""
    return np.array([[code in example.categories for code in CATEGORIES] for example in examples])


def _by_class(p: Floats, named: NDArray[np.bool_]) -> dict[str, float]:
    """The thresholds that leave most to the machine while as many are right as promised, of all and of each class.

    Each class goes as far down as its answers stay worth the same price in wrong ones; one price for all.
    """
    best = p.argmax(1)
    surest, right = p.max(1), named[np.arange(len(p)), best]
    classes = [np.flatnonzero(best == place) for place in range(len(CATEGORIES))]
    floors = [_surest(surest[rows], right[rows], LEAST_PRECISION) for rows in classes]
    least = [1.01] * len(CATEGORIES)
    for price in np.arange(0.5, 1.0, 0.01):
        least = [
            max(floor, _worth(surest[rows], right[rows], price)) for floor, rows in zip(floors, classes, strict=True)
        ]
        decided = surest >= np.array(least)[best]
        if not decided.any() or right[decided].mean() >= PRECISION:
            break
    return dict(zip(CATEGORIES, least, strict=True))


def _worth(p: Floats, right: NDArray[np.bool_], price: float) -> float:
    """The probability down to which right answers outweigh wrong ones most, each answer costing `price`."""
    order = np.argsort(-p, kind="stable")
    gain = np.cumsum(right[order] - price)
    return round(float(p[order][gain.argmax()]), 4) if len(gain) and gain.max() > 0 else 1.01


def _surest(p: Floats, correct: NDArray[np.bool_], precision: float = PRECISION) -> float:
    """The lowest probability from which on so many of the answers are right; above 1 where none is."""
    order = np.argsort(-p, kind="stable")
    share = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(share >= precision)
    return round(float(p[order][enough[-1]]), 4) if len(enough) else 1.01


def _furious(p: Floats, worst: NDArray[np.bool_]) -> float:
    """The lowest probability from which on so many are; above 1 where too few are above it to tell."""
    least = _surest(p, worst, FURIOUS_PRECISION)
    return least if (p >= least).sum() >= FEWEST_FURIOUS else 1.01


def _alarm(p: Floats, alarmed: NDArray[np.bool_], harmed: NDArray[np.bool_]) -> float:
    """Where rules and model find `SAFETY_RECALL` of the harmed; no lower than false alarms stay bearable."""
    quiet = ~alarmed
    missing = max(0.0, SAFETY_RECALL * harmed.sum() - (alarmed & harmed).sum())
    left = np.sort(p[quiet & harmed])[::-1]
    enough = float(left[min(int(np.ceil(missing)), len(left)) - 1]) if len(left) and missing else 1.0
    bearable = MOST_FALSE_ALARMS * (~harmed).sum() - (alarmed & ~harmed).sum()
    false = np.sort(p[quiet & ~harmed])[::-1]
    floor = float(false[max(0, min(int(bearable), len(false) - 1))]) if len(false) else 0.0
    return round(max(enough, floor), 4)


def _also(unseen: Unseen, primary: NDArray[np.int64]) -> dict[str, float]:
    """For each category the probability from which naming it as a second one is right most often (F1)."""
    p = 1 / (1 + np.exp(-unseen.of("also")))
    found = {}
    for place, code in enumerate(CATEGORIES):
        asked = primary != place
        named = np.array([code in example.categories for example in unseen.examples])[asked]
        best = max(np.arange(0.3, 0.96, 0.05), key=lambda least: _f1(p[asked, place] >= least, named))
        found[code] = round(float(best), 2)
    return found


def _f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    both = float((said & true).sum())
    return 2 * both / (said.sum() + true.sum()) if both else 0.0
