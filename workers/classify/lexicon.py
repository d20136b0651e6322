"""All words of a policy pack in one automaton: a text is read once, whatever the number of rules."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import IntEnum, auto
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from schemas.normalise import fold
from schemas.policy import PolicyPack

_ENDINGS = ("", "s", "es", "d", "ed", "ing")
_START = attrgetter("start")
_CLAUSE_MARK = re.compile("[,。!?;\n…~！？；]")


class Role(IntEnum):
    """What a word is for."""

    DEFECT = auto()
    TOPIC = auto()
    HINT = auto()
    PART = auto()
    EXCLUDES = auto()
    ADMITS = auto()
    KIND = auto()
    SAFETY = auto()
    SAFETY_NEAR = auto()
    SAFETY_NOT_NEAR = auto()
    TERM_SET = auto()
    DENIAL = auto()
    ABSENCE = auto()
    UNLESS = auto()
    PRAISE = auto()
    CLAUSE_END = auto()


class Word(NamedTuple):
    """A word of the pack: its role, and the category, kind, rule or term set it belongs to."""

    role: Role
    owner: str = ""


class Hit(NamedTuple):
    """A word found in the folded text, at a half-open span."""

    start: int
    end: int
    term: str
    word: Word


class Hits:
    """Everything found in one text, by role, and where its clauses begin."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._by_role: list[list[Hit]] = [[] for _ in range(len(Role) + 1)]
        self._clause_starts: list[int] | None = None

    def add(self, hit: Hit) -> None:
        """Note a hit; they come in text order."""
        self._by_role[hit.word.role].append(hit)

    def of(self, *roles: Role) -> Iterator[Hit]:
        """The hits of some roles, role by role in text order."""
        return chain.from_iterable([self._by_role[role] for role in roles])

    def clause(self, position: int) -> int:
        """The number of the clause a position is in."""
        if self._clause_starts is None:
            marks = {mark.end() for mark in _CLAUSE_MARK.finditer(self._text)}
            self._clause_starts = sorted(marks | {hit.start for hit in self.of(Role.CLAUSE_END)})
        return bisect_right(self._clause_starts, position)


class Placed:
    """Hits in text order, to be asked for by place: a text full of one word stays cheap."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        self._hits = sorted(hits, key=_START)
        if self._hits:
            self._starts = [hit.start for hit in self._hits]
            self._longest = max([hit.end - hit.start for hit in self._hits])

    def touching(self, start: int, end: int) -> list[Hit]:
        """The hits that overlap or touch the half-open span."""
        if not self._hits:
            return self._hits
        first = bisect_left(self._starts, start - self._longest)
        return [hit for hit in self._hits[first : bisect_right(self._starts, end)] if hit.end >= start]


class Lexicon:
    """The automaton of one policy pack."""

    def __init__(self, pack: PolicyPack) -> None:
        words: dict[str, list[Word]] = defaultdict(list)
        for term, word in _words(pack):
            folded = fold(term).text
            if word not in words[folded]:
                words[folded].append(word)
        self._terms = [(term, _is_letter(term[0]) or _is_letter(term[-1]), found) for term, found in words.items()]
        self._automaton = AhoCorasick(list(words))

    def find(self, text: str) -> Hits:
        """Find all words in a folded text; English ones only as whole words, plural and past included."""
        hits = Hits(text)
        for index, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            term, is_latin, words = self._terms[index]
            if not is_latin or _is_whole_word(text, start, end):
                for word in words:
                    hits.add(Hit(start, end, term, word))
        return hits


def _words(pack: PolicyPack) -> Iterator[tuple[str, Word]]:
    def each(terms: Iterable[str], role: Role, owner: str = "") -> Iterator[tuple[str, Word]]:
        return ((term, Word(role, owner)) for term in terms)

    for category in pack.categories:
        yield from each(category.terms.defects, Role.DEFECT, category.code)
        yield from each(category.terms.topics, Role.TOPIC, category.code)
        yield from each(category.terms.hints, Role.HINT, category.code)
        for number, combination in enumerate(category.combinations):
            for place, words in enumerate(combination.words):
                yield from each(words, Role.PART, part_name(category.code, number, place))
        for number, exclusion in enumerate(category.exclusions):
            for place, words in enumerate(exclusion.words):
                yield from each(words, Role.EXCLUDES, part_name(category.code, number, place))
            yield from each(exclusion.unless, Role.ADMITS, part_name(category.code, number, 0))
    for kind in pack.kinds:
        yield from each(kind.terms, Role.KIND, kind.code)
    for rule in pack.safety:
        yield from each(rule.terms, Role.SAFETY, rule.rule_id)
        yield from each(rule.near or (), Role.SAFETY_NEAR, rule.rule_id)
        yield from each(rule.unless_near, Role.SAFETY_NOT_NEAR, rule.rule_id)
    for name, terms in pack.term_sets.items():
        yield from each(terms, Role.TERM_SET, name)
    negation = pack.negation
    yield from each(negation.denials, Role.DENIAL)
    yield from each(negation.absences, Role.ABSENCE)
    yield from each(negation.unless, Role.UNLESS)
    yield from each(negation.praises, Role.PRAISE)
    yield from each(negation.clause_ends, Role.CLAUSE_END)


def part_name(category: str, number: int, place: int) -> str:
    """The owner of the words in one place of one combination, or exclusion, of a category."""
    return f"{category}/{number}/{place}"


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _is_whole_word(text: str, start: int, end: int) -> bool:
    if _is_letter(text[start]) and start > 0 and _is_letter(text[start - 1]):
        return False
    if not _is_letter(text[end - 1]):
        return True
    stop = end
    while stop < len(text) and stop - end < 4 and _is_letter(text[stop]):
        stop += 1
    return text[end:stop] in _ENDINGS
