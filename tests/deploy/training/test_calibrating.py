"""Factors and thresholds are set so that each promise holds on the texts they were set on."""

from dataclasses import replace

import numpy as np

from deploy.training.calibrating import (
    FURIOUS_PRECISION,
    LEAST_PRECISION,
    MOST_FALSE_ALARMS,
    PRECISION,
    Unseen,
    calibrate,
    leaning,
)
from deploy.training.corpus import Example
from deploy.training.fitting import CATEGORIES, HEADS, KINDS
from schemas.policy import load_pack
from workers.classify.rules import Rules

DRAW = np.random.default_rng(5)


def unseen(count: int) -> Unseen:
    """A model that is right four times of five, with texts in which the rules see nothing."""
    examples, scores = [], DRAW.normal(0, 1, (count, 30))
    for number in range(count):
        category, kind = number % len(CATEGORIES), number % len(KINDS)
        harmed = number % 7 == 0
        name = f"x/01.tsv:{number}"
        examples.append(
            Example(name, "嗯", "嗯", "v", "sms", KINDS[kind], CATEGORIES[category], (), harmed, number % 4)
        )
        if number % 5:
            scores[number, HEADS["category"].start + category] += 3
            scores[number, HEADS["kind"].start + kind] += 3
        scores[number, HEADS["safety"].start] += 4 * harmed
    rules = Rules(load_pack())
    return Unseen(examples, scores, [rules.read("嗯")] * count)


UNSEEN = unseen(1_200)
BLEND, THRESHOLDS = calibrate(UNSEEN)


def test_the_safety_flag_keeps_false_alarms_bearable() -> None:
    score = UNSEEN.of("safety")[:, 0]
    p = 1 / (1 + np.exp(-(BLEND.safety_model * score + BLEND.safety_offset)))
    harmed = np.array([one.safety for one in UNSEEN.examples])

    assert (p[~harmed] >= THRESHOLDS.safety).mean() <= MOST_FALSE_ALARMS + 0.01
    assert (p[harmed] >= THRESHOLDS.safety).mean() > 0.9


def test_what_is_above_its_threshold_is_right_as_often_as_promised() -> None:
    scores = BLEND.category_model * UNSEEN.of("category")
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    best = p.argmax(axis=1)
    least = np.array([THRESHOLDS.category[CATEGORIES[place]] for place in best])
    decided = p.max(axis=1) >= least - 1e-4
    right = np.array([CATEGORIES[place] == one.primary for place, one in zip(best, UNSEEN.examples, strict=True)])

    assert decided.any()
    assert right[decided].mean() >= PRECISION - 0.02


def test_the_same_scores_give_the_same_factors() -> None:
    assert calibrate(UNSEEN) == (BLEND, THRESHOLDS)


def test_words_of_fury_lower_the_bar_only_as_far_as_so_many_are_furious() -> None:
    count = len(UNSEEN.examples)
    scores = UNSEEN.scores.copy()
    start = HEADS["dissatisfaction"].start
    for number, example in enumerate(UNSEEN.examples):
        scores[number, start + 3] += 2 * (example.dissatisfaction == 3)
    said = Rules(load_pack()).read("再也不来了")
    blend, found = calibrate(Unseen(UNSEEN.examples, scores, [said] * count))
    levels = np.exp(blend.dissatisfaction_model * scores[:, start : start + 4])
    worst = levels[:, 3] / levels.sum(axis=1)
    furious = np.array([one.dissatisfaction == 3 for one in UNSEEN.examples])
    kinds = np.array([one.kind in {"complaint", "other"} for one in UNSEEN.examples])

    assert found.furious_unsaid <= 1.01
    assert furious[kinds & (worst >= found.furious)].mean() >= FURIOUS_PRECISION - 0.1
    assert THRESHOLDS.furious == 1.01


def test_every_class_that_decides_is_right_nine_times_of_ten() -> None:
    scores = BLEND.category_model * UNSEEN.of("category")
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    best = p.argmax(axis=1)

    for place, code in enumerate(CATEGORIES):
        decided = (best == place) & (p.max(axis=1) >= THRESHOLDS.category[code] - 1e-4)
        right = [one.primary == code for one, is_decided in zip(UNSEEN.examples, decided, strict=True) if is_decided]
        assert not right or np.mean(right) >= LEAST_PRECISION - 0.02


def test_a_second_category_that_the_writer_named_is_no_mistake() -> None:
    def first_is_another(second: bool) -> dict[str, float]:
        examples = [
            replace(one, primary=CATEGORIES[number // 3 % 8], secondary=(one.primary,) if second else ())
            if number % 3 == 0
            else one
            for number, one in enumerate(UNSEEN.examples)
        ]
        return calibrate(Unseen(examples, UNSEEN.scores, UNSEEN.rules))[1].category

    with_second, without = first_is_another(second=True), first_is_another(second=False)

    assert sum(least < 1 for least in with_second.values()) > sum(least < 1 for least in without.values())


def test_a_rare_kind_counts_as_much_as_a_common_one_where_one_is_chosen() -> None:
    common, rare = KINDS.index("complaint"), KINDS.index("praise")
    right = np.array([common] * 900 + [rare] * 100)
    scores = np.full((1_000, len(KINDS)), -9.0)
    scores[:, common] = DRAW.normal(0, 0.1, 1_000)
    scores[:, rare] = np.where(right == rare, -0.5, -2.5)

    found = leaning(scores, right)

    assert found.get("praise", 0.0) - found.get("complaint", 0.0) > 0.3
