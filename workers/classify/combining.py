"""Finds words that say something together only, 排队 and 小时, or that exclude something, 空调 and 修了."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from schemas.policy import PolicyPack
from schemas.policy.lexicon import Category, Combination
from workers.classify.lexicon import Hit, Hits, Placed, Role, Word, part_name

_NOTHING: frozenset[str] = frozenset()


class Combinations:
    """The combinations of a pack, each with the owners of the words in its places."""

    def __init__(self, pack: PolicyPack) -> None:
        self._all = [
            (category, combination, owners, frozenset(owners))
            for category in pack.categories
            for number, combination in enumerate(category.combinations)
            for owners in [[part_name(category.code, number, place) for place in range(len(combination.words))]]
        ]

    def found(self, hits: Hits, text: str, words: Iterable[Hit]) -> Iterator[Hit]:
        """One hit for each combination that the text holds, spanning all its words.

        A combination says nothing new where one of the `words` names a defect of its category already.
        """
        by_owner: defaultdict[str, list[Hit]] = defaultdict(list)
        for hit in hits.of(Role.PART):
            by_owner[hit.word.owner].append(hit)
        named = Placed(hit for hit in words if hit.word.role is Role.DEFECT)
        for category, combination, owners, owners_needed in self._all:
            if by_owner.keys() >= owners_needed:
                found = _first(category, combination, [by_owner[owner] for owner in owners], text)
                if found and not any(hit.word.owner == category.code for hit in named.touching(found.start, found.end)):
                    yield found


class Exclusions:
    """The exclusions of a pack: where the words of one are found, the text is not about its category."""

    def __init__(self, pack: PolicyPack) -> None:
        self._all = [
            (category, exclusion, [part_name(category.code, number, place) for place in range(len(exclusion.words))])
            for category in pack.categories
            for number, exclusion in enumerate(category.exclusions)
        ]

    def found(self, hits: Hits, text: str) -> frozenset[str]:
        """The codes of the categories that the text is not about.

        A word of `unless` that one of the other words runs into (店里 in 店里买的) does not count.
        """
        by_owner: defaultdict[str, list[Hit]] = defaultdict(list)
        for hit in hits.of(Role.EXCLUDES):
            by_owner[hit.word.owner].append(hit)
        if not by_owner:
            return _NOTHING
        return frozenset(
            category.code
            for category, exclusion, owners in self._all
            if all(owner in by_owner for owner in owners)
            and _first(category, exclusion, [by_owner[owner] for owner in owners], text)
            and not self._admitted(hits, owners, by_owner)
        )

    def _admitted(self, hits: Hits, owners: list[str], by_owner: dict[str, list[Hit]]) -> bool:
        parts = Placed(hit for owner in owners for hit in by_owner[owner])
        return any(
            hit.word.owner == owners[0]
            and not any(part.start < hit.end and hit.start < part.end for part in parts.touching(hit.start, hit.end))
            for hit in hits.of(Role.ADMITS)
        )


def _first(category: Category, combination: Combination, places: list[list[Hit]], text: str) -> Hit | None:
    rest = [Placed(hits) for hits in places[1:]]
    for begin in places[0]:
        start, end = begin.start, begin.end
        for placed in rest:
            near = next(
                (
                    hit
                    for hit in placed.touching(start - combination.within, end + combination.within)
                    if hit.end <= start or hit.start >= end
                ),
                None,
            )
            if near is None:
                break
            start, end = min(start, near.start), max(end, near.end)
        else:
            return Hit(start, end, text[start:end], Word(Role.DEFECT, category.code))
    return None
