"""What the words and rules of a policy pack say of a text: categories, kind, danger. No number here is learned."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.normalise import Folded, fold
from schemas.policy import PolicyPack
from workers.classify.combining import Combinations, Exclusions
from workers.classify.lexicon import Hit, Hits, Lexicon, Role
from workers.classify.negation import Polarity, most_specific
from workers.classify.raising import Danger, dangers
from workers.classify.scoring import score

_OF_CATEGORIES = (Role.DEFECT, Role.TOPIC, Role.HINT)
_KINDS_WITHOUT_COMPLAINT = ("praise", "suggestion", "inquiry")


@dataclass(frozen=True, slots=True)
class RuleReading:
    """What the rules found. `scores` maps each category with a sign to its probability, best first.

    `decided`: the kind is named by a decisive word. `grievance`: a defect, danger or anger is named, so it is a
    complaint. `furious`: words of fury are found. `excluded`: categories it is not about.
    `named`: term sets with the word found of each.
    """

    words: list[Hit]
    kinds: list[Hit]
    kind: str
    decided: bool
    grievance: bool
    excluded: frozenset[str]
    furious: bool
    harm: list[Danger]
    scores: Mapping[str, float]
    stated: str | None
    named: dict[str, str]

    @property
    def found(self) -> bool:
        """Whether anything says what category it is."""
        return bool(self.words or self.harm or self.stated)

    @property
    def defects(self) -> frozenset[str]:
        """The categories of which a defect is named."""
        return frozenset(hit.word.owner for hit in self.words if hit.word.role is Role.DEFECT)

    @property
    def ruled_out(self) -> frozenset[str]:
        """The excluded, and those that words of danger only look like: they are neither named defect nor topic.

        Where the danger says itself what it is about, a topic alone is none: 吃了外卖被送到医院 is about the food.
        """
        looked_like = {code for one in self.harm for code in one.rule.never}
        if not looked_like:
            return self.excluded - {self.stated}
        told = any(one.rule.category for one in self.harm)
        named = self.defects if told else {hit.word.owner for hit in self.words}
        return (self.excluded | looked_like.difference(named)) - {self.stated}


class Rules:
    """The rules of one pack, ready to read texts."""

    def __init__(self, pack: PolicyPack) -> None:
        self._pack = pack
        self._lexicon = Lexicon(pack)
        self._combinations = Combinations(pack)
        self._exclusions = Exclusions(pack)
        self._decisive = tuple(kind.code for kind in pack.kinds if kind.decisive)
        self._aliases = {fold(alias).text: c.code for c in pack.categories for alias in (*c.aliases, c.code)}

    def read(self, text: str, body_start: int = 0, stated: str | None = None) -> RuleReading:
        """Read a folded text whose body begins at `body_start`; `stated` is what a sender chose in a form."""
        hits = self._lexicon.find(text)
        polarity = Polarity(self._pack.negation, hits, text)
        excluded = self._exclusions.found(hits, text)
        words = list(polarity.standing(most_specific(_without(hits.of(*_OF_CATEGORIES), excluded))))
        words += _without(polarity.standing(self._combinations.found(hits, text, words)), excluded)
        harm = dangers(self._pack, hits, polarity.standing(hits.of(Role.SAFETY)))
        chosen = self._aliases.get(fold(stated).text.strip()) if stated else None
        kinds = list(polarity.standing(hits.of(Role.KIND)))
        grievance = _is_grievance(kinds, words, harm)
        kind, decided = self._kind(kinds, words, text, grievance=grievance)
        terms = _named(hits, polarity)
        signs: Iterable[Hit] = [*words, *(one.as_topic() for one in harm if one.rule.category)]
        return RuleReading(
            words=words,
            kinds=kinds,
            kind=kind,
            decided=decided,
            grievance=grievance,
            excluded=excluded,
            furious=not terms.keys().isdisjoint(self._pack.temper.furious_terms),
            harm=harm,
            scores=score(signs, self._pack.weights, body_start, chosen),
            stated=chosen,
            named=terms,
        )

    def _kind(self, kinds: Sequence[Hit], words: Sequence[Hit], text: str, *, grievance: bool) -> tuple[str, bool]:
        """The kind of message: a decisive word decides; then any complaint in it makes it one."""
        found = {hit.word.owner for hit in kinds}
        for code in self._decisive:
            if code in found:
                return code, True
        if grievance:
            return "complaint", False
        return next(_milder(found, words, text)), False


def _without(found: Iterable[Hit], excluded: frozenset[str]) -> Iterable[Hit]:
    return [hit for hit in found if hit.word.owner not in excluded] if excluded else found


def _is_grievance(kinds: Sequence[Hit], words: Sequence[Hit], harm: Sequence[Danger]) -> bool:
    return (
        bool(harm)
        or any(hit.word.owner == "complaint" for hit in kinds)
        or any(hit.word.role is Role.DEFECT for hit in words)
    )


def _milder(found: set[str], words: Sequence[Hit], text: str) -> Iterator[str]:
    yield from (code for code in _KINDS_WITHOUT_COMPLAINT if code in found)
    if text.rstrip().endswith(("?", "吗", "呢")):
        yield "inquiry"
    yield "complaint" if words else "other"


def _named(hits: Hits, polarity: Polarity) -> dict[str, str]:
    return {hit.word.owner: hit.term for hit in polarity.standing(hits.of(Role.TERM_SET))}


def joined(subject: str | None, body: Folded, most_chars: int) -> tuple[str, int]:
    """The folded text that is read, and where the body begins in it."""
    if not subject:
        return body.text, 0
    head = fold(subject[:most_chars]).text
    return f"{head}\n{body.text}", len(head) + 1
