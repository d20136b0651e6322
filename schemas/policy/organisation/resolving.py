"""Which store and counter a person means: by code, name, alias, other endings and script, or a safe near miss."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from rapidfuzz.distance import Levenshtein

from schemas.calendar.working import ZONE
from schemas.normalise import fold
from schemas.policy.organisation.model import Entry, Manager, Organisation, UnitKind

How = Literal["code", "name", "alias", "ending", "near"]
Reason = Literal["unknown", "ambiguous", "not-valid-then", "counter-unknown"]
_NO_WORD = re.compile(r"[^\w]+|_")
_IN_BRACKETS = re.compile(r"[（(【\[][^）)】\]]*[）)】\]]?")
_ENDINGS = ("广场店", "超市店", "大卖场", "门店", "分店", "总店", "超市", "门市部", "门市", "店", "branch", "store")
_COUNTER_ENDINGS = ("专柜", "柜台", "柜", "部", "counter")
_NO_NAME = re.compile(
    "(?:你们|你家|贵司?|本|该|这[家个]|那[家个]|楼下|附近|某|一?家|我们|实体|线下|(?:the|your|this|our|my)*(?:shop|store)?)?"
)
"""What remains of words that say store and nothing more."""
_TELLING = frozenset("东西南北中上下前后左右大小新老旧一二三四五六七八九十甲乙丙丁0123456789")
"""One of these more, less or other is another place: never a slip of the pen."""
_FEWEST_FOR_NEAR = 4
_MARGIN = 2
_MOST_CANDIDATES = 5
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A store that was meant, with its counter and what lies above. Names are the official ones."""

    code: str
    name: str
    how: How
    region: str | None = None
    region_name: str | None = None
    counter_code: str | None = None
    counter: str | None = None
    manager: Manager | None = None
    above: Manager | None = None
    above_code: str | None = None
    counter_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Unresolved:
    """No one place: why, and what it may have been (codes)."""

    reason: Reason
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    full: str
    core: str
    entry: Entry
    how: How


class _Index:
    """Names by what they are asked by."""

    def __init__(self, names: Iterable[_Name]) -> None:
        self.names = tuple(names)
        self.full: dict[str, list[_Name]] = {}
        self.core: dict[str, list[_Name]] = {}
        for name in self.names:
            self.full.setdefault(name.full, []).append(name)
            if name.core:
                self.core.setdefault(name.core, []).append(name)


class Resolver:
    """Resolves places of one organisation; built once. Pure."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        self._prefixes = sorted(set(self._before_names()), key=len, reverse=True)
        self._stores = _Index(self._names(organisation.stores, _ENDINGS))
        counters: dict[str, list[Entry]] = {}
        for counter in organisation.counters:
            counters.setdefault(counter.parent or "", []).append(counter)
        self._counters = {store: _Index(self._names(inside, _COUNTER_ENDINGS)) for store, inside in counters.items()}

    def resolve(self, store: str | None, counter: str | None, at: datetime) -> Place | Unresolved | None:
        """The place that was valid on the day of `at` (in Asia/Shanghai). None: the words name no place at all."""
        day = at.astimezone(ZONE).date()
        named = _plain(store or "")
        if self._says_nothing(named):
            return self._by_counter_code(_plain(counter or ""), day)
        found = self._find(named, self._stores, _ENDINGS, day)
        if isinstance(found, Unresolved) and found.reason == "unknown":
            bare = _plain(_IN_BRACKETS.sub("", store or ""))
            if bare != named:
                return self.resolve(bare, counter, at)
            split = self._split(named, day)
            if split is not None:
                return self._place(*split, day)
        if isinstance(found, Unresolved):
            return found
        return self._place(*found, _plain(counter or ""), day)

    def _by_counter_code(self, counter: str, day: date) -> Place | Unresolved | None:
        for entry in (one.entry for index in self._counters.values() for one in index.full.get(counter, ())):
            if _plain(entry.code) != counter:
                continue
            store = self.organisation.unit(UnitKind.STORE, entry.parent or "", day)
            if entry.valid_on(day) and store is not None:
                return self._place(store, "code", counter, day)
        return None

    def _says_nothing(self, named: str) -> bool:
        return _NO_NAME.fullmatch(_without(named, _ENDINGS)) is not None

    def _before_names(self) -> Iterator[str]:
        organisation = self.organisation
        for name in organisation.brands:
            yield _plain(name)
        for region in organisation.regions:
            yield from map(_plain, (region.name, *region.aliases))
        for store in organisation.stores:
            if store.city:
                city = _plain(store.city).removesuffix("市")
                yield from (f"{city}市", city)

    def _names(self, entries: Iterable[Entry], endings: tuple[str, ...]) -> Iterator[_Name]:
        for entry in entries:
            yield _Name(_plain(entry.code), "", entry, "code")
            yield self._name(entry.name, entry, "name", endings)
            for alias in entry.aliases:
                yield self._name(alias, entry, "alias", endings)
            if entry.city:
                city = _plain(entry.city).removesuffix("市")
                yield from (
                    self._name(f"{before}{entry.name}", entry, "alias", endings) for before in (city, f"{city}市")
                )

    def _name(self, written: str, entry: Entry, how: How, endings: tuple[str, ...]) -> _Name:
        full = _plain(written)
        return _Name(full, self._core(full, endings), entry, how)

    def _core(self, full: str, endings: tuple[str, ...]) -> str:
        """A name without brand, city and ending; the whole where nothing would remain."""
        core, before = full, ""
        while core != before:
            before = core
            prefix = next((one for one in self._prefixes if core.startswith(one) and len(core) > len(one) + 1), "")
            core = core.removeprefix(prefix)
        return _without(core, endings) or core

    def _find(self, named: str, index: _Index, endings: tuple[str, ...], day: date) -> tuple[Entry, How] | Unresolved:
        core = self._core(named, endings)
        exact, like = index.full.get(named, []), index.core.get(core, [])
        for matching in (exact, like):
            valid = [one for one in matching if one.entry.valid_on(day)]
            codes = _codes(valid)
            if len(codes) == 1:
                return valid[0].entry, valid[0].how if matching is exact else "ending"
            if codes:
                return Unresolved("ambiguous", codes[:_MOST_CANDIDATES])
        if exact or like:
            return Unresolved("not-valid-then", _codes(exact or like)[:_MOST_CANDIDATES])
        return self._near(core, [one for one in index.names if one.core and one.entry.valid_on(day)])

    def _near(self, core: str, names: list[_Name]) -> tuple[Entry, How] | Unresolved:
        """One letter wrong in a name of four or more, and no other name nearly as near."""
        nearest: dict[str, tuple[int, _Name]] = {}
        for one in names:
            distance = Levenshtein.distance(core, one.core, score_cutoff=_MARGIN + 1)
            if one.entry.code not in nearest or distance < nearest[one.entry.code][0]:
                nearest[one.entry.code] = distance, one
        ranked = sorted(nearest.values(), key=lambda pair: (pair[0], pair[1].entry.code))
        if ranked and _is_slip(core, ranked[0]) and (len(ranked) == 1 or ranked[1][0] > _MARGIN):
            return ranked[0][1].entry, "near"
        return Unresolved("unknown", tuple(one.entry.code for far, one in ranked if far == 1)[:_MOST_CANDIDATES])

    def _split(self, named: str, day: date) -> tuple[Entry, How, str] | None:
        """A store with its counter in one breath: the longest store's name it begins with, the rest the counter."""
        begun = [one for one in self._stores.names if one.how != "code" and named.startswith(one.full)]
        for one in sorted(begun, key=lambda name: len(name.full), reverse=True):
            rest = named[len(one.full) :]
            inside = self._counters.get(one.entry.code)
            if inside is None or not one.entry.valid_on(day):
                continue
            if not isinstance(self._find(rest, inside, _COUNTER_ENDINGS, day), Unresolved):
                return one.entry, one.how, rest
        return None

    def _place(self, store: Entry, how: How, counter: str, day: date) -> Place:
        organisation = self.organisation
        region = organisation.above(UnitKind.STORE, store, day)
        above = region[1] if region else None
        inside = self._counters.get(store.code)
        found = self._find(counter, inside, _COUNTER_ENDINGS, day) if counter and inside is not None else None
        at_counter = found[0] if found is not None and not isinstance(found, Unresolved) else None
        return Place(
            code=store.code,
            name=store.name,
            how=how,
            region=above.code if above else None,
            region_name=above.name if above else None,
            counter_code=at_counter.code if at_counter else None,
            counter=at_counter.name if at_counter else None,
            manager=store.manager,
            above=above.manager if above else None,
            above_code=above.code if above else None,
            counter_unknown=isinstance(found, Unresolved),
        )


def _plain(written: str) -> str:
    """A name as it is compared: simplified, small letters, without blanks and punctuation."""
    return _NO_WORD.sub("", fold(written[:_LONGEST]).text)


def _without(core: str, endings: tuple[str, ...]) -> str:
    ending = next((one for one in endings if core.endswith(one)), "")
    return core.removesuffix(ending)


def _codes(names: Iterable[_Name]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.entry.code for one in names))


def _is_slip(core: str, near: tuple[int, _Name]) -> bool:
    distance, name = near
    if distance != 1 or min(len(core), len(name.core)) < _FEWEST_FOR_NEAR:
        return False
    changed = {
        char
        for step in Levenshtein.editops(core, name.core)
        for char in (core[step.src_pos : step.src_pos + 1], name.core[step.dest_pos : step.dest_pos + 1])
    }
    return changed.isdisjoint(_TELLING)
