"""Which words a text takes back: denied (不是质量问题), absent (没有过期) or praised (物流很快)."""

from collections.abc import Iterable, Iterator

from schemas.policy.lexicon import Negation
from workers.classify.lexicon import Hit, Hits, Placed, Role

_QUESTION_ENDS = frozenset("吗嘛么?？")
_RIGHT_BEFORE = 2
_MAY_BE_ABSENT = (Role.DEFECT, Role.SAFETY)
_MAY_BE_PRAISED = (Role.TOPIC, Role.HINT)


class Polarity:
    """What of the found words still stands after reading the words around them."""

    def __init__(self, rules: Negation, hits: Hits, text: str) -> None:
        self._rules = rules
        self._hits = hits
        self._text = text
        exceptions = Placed(hits.of(Role.UNLESS))
        self._denials = Placed(hit for hit in hits.of(Role.DENIAL) if not _inside(hit, exceptions))
        exceptions = Placed(hits.of(Role.UNLESS, Role.DENIAL))
        self._absences = Placed(hit for hit in hits.of(Role.ABSENCE) if not _inside(hit, exceptions))
        self._praises = Placed(hits.of(Role.PRAISE))

    def standing(self, found: Iterable[Hit]) -> Iterator[Hit]:
        """The hits that are not taken back. Only a defect can be absent, only a topic praised."""
        for hit in found:
            if self._denied(hit):
                continue
            if hit.word.role in _MAY_BE_ABSENT and self._absent(hit):
                continue
            if hit.word.role in _MAY_BE_PRAISED and self.praised(hit):
                continue
            yield hit

    def praised(self, hit: Hit) -> bool:
        """Whether the clause praises it: close behind, or right in front (不错的质量)."""
        around = self._praises.touching(hit.start - _RIGHT_BEFORE, hit.end + self._rules.praise_window)
        return bool(around) and any(
            self._same_clause(hit, praise) and (praise.start >= hit.end or praise.end <= hit.start) for praise in around
        )

    def _denied(self, hit: Hit) -> bool:
        return (
            self._after(self._denials, hit, self._rules.denial_window)
            and not self._is_question(hit)
            and not self._goes_on_with_then(hit)
        )

    def _absent(self, hit: Hit) -> bool:
        return self._after(self._absences, hit, self._rules.absence_window)

    def _after(self, placed: Placed, hit: Hit, window: int) -> bool:
        """Whether one of the words stands before the hit, at most `window` characters away, in its clause."""
        near = placed.touching(hit.start - window, hit.start)
        return bool(near) and any(word.end <= hit.start and self._same_clause(hit, word) for word in near)

    def _same_clause(self, one: Hit, other: Hit) -> bool:
        return self._hits.clause(one.start) == self._hits.clause(other.start)

    def _is_question(self, hit: Hit) -> bool:
        """A denial in a question (这不是过期了吗) affirms."""
        return any(char in _QUESTION_ENDS for char in self._text[hit.end : hit.end + 6])

    def _goes_on_with_then(self, hit: Hit) -> bool:
        """不是过期就是发霉 says both."""
        return "就是" in self._text[hit.end : hit.end + 8]


def _inside(hit: Hit, others: Placed) -> bool:
    return any(other.start <= hit.start and hit.end <= other.end for other in others.touching(hit.start, hit.end))


def _longest_first(hit: Hit) -> tuple[int, int]:
    return hit.start, -hit.end


def most_specific(found: Iterable[Hit]) -> list[Hit]:
    """Drop each hit that lies within a longer one: 退款没到账 is about the payment, not the 退款 in it."""
    hits = sorted(found, key=_longest_first)
    kept: list[Hit] = []
    reach = (-1, -1)
    for hit in hits:
        if hit.end <= reach[1] and (hit.start, hit.end) != reach:
            continue
        kept.append(hit)
        if hit.end > reach[1]:
            reach = (hit.start, hit.end)
    return kept
