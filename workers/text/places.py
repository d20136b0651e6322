"""Stores, counters, products and models: from the company's own lists, else by the shape of a store's name.

The general names of goods in `goods.txt` tell what a text is about when the company's lists know nothing of it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import ahocorasick_rs

from schemas.matching import matches
from schemas.normalise import fold

_GOODS = Path(__file__).with_name("goods.txt")
_MULTIWORD = ("rice cooker", "washing machine")
_STORE = re.compile(
    r"(?<![\u3400-\u9fff])[\u3400-\u9fff]{2,6}?(?:广场店|分店|门店|超市|门市|专柜)|[\u3400-\u9fff]{2,6}(?:店)(?![家员里铺主长面内外庆])"
)
_NAMED = re.compile(r"([\u3400-\u9fff]{1,12}?)(广场店|分店|门店|门市|旗舰店|专卖店|店)(?![家员铺主长面庆])")
_NOT_IN_A_NAME = re.compile(
    r".*(?:在|去|到|于|从|是|的|了|你们|你家|我们|你哋|贵|我|这|那|哪|该|家|某|回|找|来|跟|和|与|把|被|给|向|对|问|说|每|各|个|进|跑|路过|楼下|附近|隔壁|一|为|上周[一二三四五六日天]|[天日号晚早])"
)
_GENERAL = re.compile(
    r"(?:网|商|书|酒|饭|药|饮食|专卖|专营|旗舰|连锁|便利|分|门|实体|线下|线上|本|总|小|大|新|老|开|关|同|全|整|多|几|两|三|别|其他|超市|鞋|衣服|服装|水果|零食|奶茶|火锅|蛋糕|面包|快餐|小吃|理发|美容|花|宠物|母婴|五金|加盟|直营|直播|闭|歇|到|逛|进|出)"
)
_LATIN_STORE = re.compile(r"(?<![a-z])[a-z]{3,15} (?:branch|store|mall)(?![a-z])")
_LATIN_GENERAL = frozenset(
    [
        "the",
        "your",
        "this",
        "that",
        "our",
        "online",
        "every",
        "any",
        "new",
        "another",
        "book",
        "whole",
        "same",
        "local",
        "flagship",
        "which",
    ]
)
_LONGEST_NAME = 8
PlaceKind = Literal["store", "product", "model"]


@dataclass(frozen=True, slots=True)
class Place:
    """One name of the company's own lists: how people write it, what it is, and the company's code for it."""

    name: str
    kind: PlaceKind
    code: str


class Catalogue:
    """The company's own names; where several overlap, the leftmost and then the longest counts."""

    def __init__(self, places: Iterable[Place]) -> None:
        """Names are folded; of equal names the first counts, empty ones are left out."""
        self._of: dict[str, Place] = {}
        for place in places:
            if (name := fold(place.name).text.strip()) and name not in self._of:
                self._of[name] = place
        self._places = tuple(self._of.values())
        self._automaton = ahocorasick_rs.AhoCorasick(list(self._of), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)

    def find(self, text: str) -> Iterator[tuple[Place, int, int]]:
        """Every listed name in a folded text with its half-open span; Latin names only as whole words."""
        for index, start, end in self._automaton.find_matches_as_indexes(text):
            if _is_whole(text, start, end):
                yield self._places[index], start, end


@cache
def _goods() -> Catalogue:
    lines = (line for line in _GOODS.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    names = [name for line in lines for name in line.split()]
    return Catalogue(Place(name, "product", "") for name in (*names, *_MULTIWORD))


def named_places(text: str, catalogue: Catalogue | None = None) -> Iterator[tuple[PlaceKind, int, int, str]]:
    """Each place or thing the text names: its field, half-open span, and the company's code or nothing."""
    taken: list[tuple[int, int]] = []
    for place, start, end in catalogue.find(text) if catalogue else ():
        taken.append((start, end))
        yield place.kind, start, end, place.code
    for start, end in _stores(text):
        if all(end <= first or last <= start for first, last in taken):
            taken.append((start, end))
            yield "store", start, end, ""
    for _, start, end in _goods().find(text):
        if all(end <= first or last <= start for first, last in taken):
            yield "product", start, end, ""


def _is_whole(text: str, start: int, end: int) -> bool:
    begins = not text[start].isascii() or not text[start - 1 : start].isalnum() or not text[start - 1].isascii()
    after = text[end : end + 1]
    return begins and not (text[end - 1].isascii() and after.isascii() and after.isalnum())


def _stores(text: str) -> Iterator[tuple[int, int]]:
    for match in matches(_NAMED, text, "店市"):
        name = match[1]
        cut = _NOT_IN_A_NAME.match(name)
        start = match.start(1) + (cut.end() if cut else 0)
        name = text[start : match.end(1)]
        if 2 <= len(name) <= _LONGEST_NAME and not _GENERAL.fullmatch(name) and not _GENERAL.search(name[-2:]):
            yield start, match.end()
    for match in matches(_LATIN_STORE, text, ("branch", "store", "mall")):
        if match[0].split()[0] not in _LATIN_GENERAL:
            yield match.span()
