"""Evidence a clerk understands: which words of the text made the machine think so, and where they stand."""

from collections.abc import Iterable, Mapping

from schemas.normalise import Folded
from schemas.policy import PolicyPack
from schemas.records import Evidence
from workers.classify.lexicon import Hit, Role
from workers.classify.raising import Danger
from workers.classify.scoring import weight

_MOST_WORDS = 8
_ROLES = {Role.DEFECT: "defect", Role.TOPIC: "topic", Role.HINT: "hint"}


class Explainer:
    """Turns hits of one message into evidence, spans counted in the text as it was sent."""

    def __init__(self, pack: PolicyPack, body: Folded, body_start: int) -> None:
        self._pack = pack
        self._body = body
        self._body_start = body_start

    def explain(
        self,
        words: Iterable[Hit],
        kinds: Iterable[Hit],
        kind: str,
        harm: Iterable[Danger],
        named: Mapping[str, str],
        stated: str | None,
    ) -> tuple[Evidence, ...]:
        """Safety first, then what was stated, the weightiest words, the words of the kind, named sets of terms."""
        evidence = [self._at(one.hit, one.rule.rule_id, one.rule.reason, one.rule.p) for one in harm]
        if stated:
            detail = f"提交时选择的类别：{self._title(stated)}"
            evidence.append(Evidence(rule=f"stated.{stated}", detail=detail, points=self._pack.weights.stated))
        evidence += [self._word(hit) for hit in self._weightiest(words)]
        evidence += [self._at(hit, f"kind.{kind}", None, None) for hit in kinds if hit.word.owner == kind][:2]
        evidence += [Evidence(rule=f"terms.{name}", detail=f"提到“{term}”") for name, term in named.items()]
        return tuple(evidence)

    def _weightiest(self, words: Iterable[Hit]) -> list[Hit]:
        distinct: dict[str, Hit] = {}
        for hit in words:
            distinct.setdefault(f"{hit.word.owner} {hit.term}", hit)
        ranked = sorted(distinct.values(), key=lambda hit: (-self._weight(hit), hit.start))
        return ranked[:_MOST_WORDS]

    def _weight(self, hit: Hit) -> float:
        return weight(hit, self._pack.weights, self._body_start)

    def _word(self, hit: Hit) -> Evidence:
        category = hit.word.owner
        rule = f"lexicon.{category}.{_ROLES[hit.word.role]}"
        return self._at(hit, rule, self._title(category), round(self._weight(hit), 2))

    def _at(self, hit: Hit, rule: str, meaning: str | None, points: float | None) -> Evidence:
        where = "标题提到" if hit.start < self._body_start else "提到"
        span = self._span(hit)
        shown = hit.term if span is None else self._body.original[slice(*span)]
        detail = f"{where}“{shown}”" + (f"：{meaning}" if meaning else "")
        start, end = span or (None, None)
        return Evidence(rule=rule, detail=detail, points=points, start=start, end=end)

    def _span(self, hit: Hit) -> tuple[int, int] | None:
        """Where the word stands in the text as sent; None for one in the subject."""
        if hit.start < self._body_start:
            return None
        return self._body.span(hit.start - self._body_start, hit.end - self._body_start)

    def _title(self, code: str) -> str:
        category = self._pack.category(code)
        return category.title.zh_hans if category else code
