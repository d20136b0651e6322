"""From words to probabilities of categories, by the weights of a pack."""

from collections.abc import Iterable

from schemas.policy.lexicon import Weights
from workers.classify.lexicon import Hit, Role


def weight(hit: Hit, weights: Weights, body_start: int) -> float:
    """What one word says about its category; words in the subject count a little more."""
    role = hit.word.role
    base = weights.defect if role is Role.DEFECT else weights.topic if role is Role.TOPIC else weights.hint
    return base * weights.in_subject if hit.start < body_start else base


def score(hits: Iterable[Hit], weights: Weights, body_start: int, stated: str | None) -> dict[str, float]:
    """Categories by their distinct words, best first, summing to 1 with `other` for the doubt that remains.

    `stated` is the category a sender chose.
    """
    best: dict[tuple[str, str], float] = {}
    for hit in hits:
        key = (hit.word.owner, hit.term)
        best[key] = max(best.get(key, 0.0), weight(hit, weights, body_start))
    sums: dict[str, float] = {stated: weights.stated} if stated else {}
    for (code, _), points in best.items():
        sums[code] = sums.get(code, 0.0) + points
    total = sum(sums.values()) + weights.doubt
    sums["other"] = sums.get("other", 0.0) + weights.doubt
    ranked = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0] == "other", pair[0]))
    return {code: points / total for code, points in ranked}
