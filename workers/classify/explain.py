"""Evidence a clerk understands: which words of the text made the machine think so, and where they stand."""

from collections.abc import Iterable, Iterator

from schemas.normalise import Folded
from schemas.policy import PolicyPack
from schemas.records import Evidence
from workers.classify.deciding import Decision
from workers.classify.lexicon import Hit, Role
from workers.classify.model import Reading, TextModel
from workers.classify.rules import RuleReading
from workers.classify.scoring import weight
from workers.classify.snippets import Snippet, snippets

_MOST_WORDS = 8
_ROLES = {Role.DEFECT: "defect", Role.TOPIC: "topic", Role.HINT: "hint"}
_OF_SAFETY, _OF_CATEGORY, _OF_KIND = 2, 3, 2


class Explainer:
    """Turns what was found in one message into evidence, spans counted in the text as it was sent."""

    def __init__(self, pack: PolicyPack, text: str, body: Folded, body_start: int) -> None:
        self._pack = pack
        self._text = text
        self._body = body
        self._body_start = body_start

    def by_rules(self, rules: RuleReading, kind: str) -> tuple[Evidence, ...]:
        """Safety first, then what was stated, the weightiest words, the words of the kind, named sets of terms."""
        evidence = [self._of_hit(one.hit, one.rule.rule_id, one.rule.reason, one.rule.p) for one in rules.harm]
        if rules.stated:
            detail = f"提交时选择的类别：{self._title(rules.stated)}"
            evidence.append(Evidence(rule=f"stated.{rules.stated}", detail=detail, points=self._pack.weights.stated))
        evidence += [self._word(hit) for hit in self._weightiest(rules.words)]
        evidence += [self._of_hit(hit, f"kind.{kind}", None, None) for hit in rules.kinds if hit.word.owner == kind][:2]
        evidence += [Evidence(rule=f"terms.{name}", detail=f"提到“{term}”") for name, term in rules.named.items()]
        return tuple(evidence)

    def by_model(self, model: TextModel, reading: Reading, decision: Decision, *, alarm: bool) -> tuple[Evidence, ...]:
        """The pieces of the text that moved the model: to the alarm it raised, to the category, to the kind."""
        return tuple(self._by_model(model, reading, decision, alarm=alarm))

    def _by_model(self, model: TextModel, reading: Reading, decision: Decision, *, alarm: bool) -> Iterator[Evidence]:
        heads = model.description.heads

        def pieces(head: str, code: str, most: int) -> list[Snippet]:
            column = heads[head].start + heads[head].classes.index(code)
            return snippets(model, reading, self._text, column, most)

        if alarm:
            for piece in pieces("safety", "safety", _OF_SAFETY):
                yield self._of_piece(piece, "model.safety", "可能有人受到伤害")
        code = decision.primary
        if code in heads["category"].classes:
            for piece in pieces("category", code, _OF_CATEGORY):
                yield self._of_piece(piece, f"model.category.{code}", f"像是{self._title(code)}")
        if decision.kind != "complaint":
            for piece in pieces("kind", decision.kind, _OF_KIND):
                yield self._of_piece(piece, f"model.kind.{decision.kind}", f"像是{self._kind(decision)}")

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
        return self._of_hit(hit, rule, self._title(category), round(self._weight(hit), 2))

    def _of_hit(self, hit: Hit, rule: str, meaning: str | None, points: float | None) -> Evidence:
        where, shown, start, end = self._place(hit.start, hit.end, hit.term)
        detail = f"{where}“{shown}”" + (f"：{meaning}" if meaning else "")
        return Evidence(rule=rule, detail=detail, points=points, start=start, end=end)

    def _of_piece(self, piece: Snippet, rule: str, meaning: str) -> Evidence:
        where, shown, start, end = self._place(piece.start, piece.end, self._text[piece.start : piece.end])
        detail = f"{where}“{shown}”：{meaning}"
        return Evidence(rule=rule, detail=detail, points=round(piece.weight, 2), start=start, end=end)

    def _place(self, start: int, end: int, folded: str) -> tuple[str, str, int | None, int | None]:
        """Where it is said, the words as they were sent, their span in the text; no span for one in the subject."""
        if start < self._body_start:
            return "标题提到", folded.strip(), None, None
        first, last = self._body.span(start - self._body_start, end - self._body_start)
        return "提到", self._body.original[first:last], first, last

    def _title(self, code: str) -> str:
        category = self._pack.category(code)
        return category.title.zh_hans if category else code

    def _kind(self, decision: Decision) -> str:
        kind = self._pack.kind(decision.kind)
        return kind.words.zh_hans.format(category=self._title(decision.primary)) if kind else decision.kind
