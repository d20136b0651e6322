"""From words to probabilities of categories, and to the kind of message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.policy import PolicyPack
from schemas.policy.lexicon import Weights
from schemas.records import CategoryScore
from workers.classify.lexicon import Hit, Role

_KINDS_WITHOUT_COMPLAINT = ("praise", "suggestion", "inquiry")


@dataclass(frozen=True, slots=True)
class Scores:
    """Categories with probabilities, best first; they sum to 1 with `other` for the doubt that remains."""

    ranked: tuple[CategoryScore, ...]
    primary: str
    secondary: tuple[str, ...]
    margin: float

    @property
    def best_p(self) -> float:
        """Probability of the first one."""
        return self.ranked[0].p


def weight(hit: Hit, weights: Weights, body_start: int) -> float:
    """What one word says about its category; words in the subject count a little more."""
    role = hit.word.role
    base = weights.defect if role is Role.DEFECT else weights.topic if role is Role.TOPIC else weights.hint
    return base * weights.in_subject if hit.start < body_start else base


def score(hits: Iterable[Hit], weights: Weights, body_start: int, stated: str | None) -> Scores:
    """Score categories by their distinct words; `stated` is the category a sender chose."""
    best: dict[tuple[str, str], float] = {}
    for hit in hits:
        key = (hit.word.owner, hit.term)
        best[key] = max(best.get(key, 0.0), weight(hit, weights, body_start))
    sums: dict[str, float] = {stated: weights.stated} if stated else {}
    for (code, _), points in best.items():
        sums[code] = sums.get(code, 0.0) + points
    total = sum(sums.values()) + weights.doubt
    sums["other"] = sums.get("other", 0.0) + weights.doubt
    ranked = tuple(
        CategoryScore(code=code, p=round(points / total, 4))
        for code, points in sorted(sums.items(), key=lambda pair: (-pair[1], pair[0] == "other", pair[0]))
    )
    first = ranked[0]
    second_p = ranked[1].p if len(ranked) > 1 else 0.0
    secondary = tuple(
        one.code for one in ranked[1:] if one.code != "other" and one.p >= weights.secondary_share * first.p
    )
    return Scores(ranked, first.code, secondary if first.code != "other" else (), first.p - second_p)


def kind_of(
    pack: PolicyPack, kind_hits: Sequence[Hit], category_hits: Sequence[Hit], text: str, *, safety: bool
) -> str:
    """The kind of message: a decisive word decides; then any complaint in it makes it one."""
    found = {hit.word.owner for hit in kind_hits}
    for kind in pack.kinds:
        if kind.decisive and kind.code in found:
            return kind.code
    defects = any(hit.word.role is Role.DEFECT for hit in category_hits)
    if safety or defects or "complaint" in found:
        return "complaint"
    for kind_code in _KINDS_WITHOUT_COMPLAINT:
        if kind_code in found:
            return kind_code
    if text.rstrip().endswith(("?", "吗", "呢")):
        return "inquiry"
    return "complaint" if category_hits else "other"
