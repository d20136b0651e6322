"""Whether anything in a message could tell whose incident it is: an identifier in common with earlier messages."""

import re
from collections import defaultdict
from collections.abc import Sequence
from enum import IntEnum

from deploy.training.stream import Told
from schemas.commands import LinkLine

_DIGITS = str.maketrans("零幺一二三四五六七八九", "01123456789")
_GAPS = re.compile(r"(?<=\d) (?=\d)")
_PHONE = re.compile(r"(?<!\d)1\d{10}(?!\d)")
_ORDER = re.compile(r"(?<!\d)20\d{14}(?!\d)")
_SHARED = "021-6"
"""A store's own telephone, given by its clerks, says nothing of a person."""


class Reach(IntEnum):
    """What connects a message with the earlier ones of its incident, the strongest."""

    NOTHING = 0
    EARLIER_COMPLAINTS = 1
    """No identifier in common, but earlier complaints told that two identifiers are of one person."""
    IDENTIFIER = 2
    """A telephone (masked ones fit), an e-mail address, an openid, a customer number or an order number in common."""


def identifiers(line: LinkLine) -> tuple[frozenset[str], frozenset[str]]:
    """What the fields and the words of a message give of a person, and its order numbers."""
    sender = line.sender or {}
    words = _GAPS.sub("", line.text.translate(_DIGITS))
    phones = {phone.removeprefix("+86") for phone in sender.get("phones", ()) if not phone.startswith(_SHARED)}
    phones |= set(_PHONE.findall(words))
    ends = {f"{phone[:3]}{phone[-4:]}" for phone in phones}
    others = {*sender.get("emails", ()), sender.get("openid"), sender.get("customer_no")} - {None}
    orders = {*_ORDER.findall(words), line.order_no} - {None}
    return frozenset(ends | others), frozenset(order for order in orders if order)


def reaches(stream: Sequence[Told]) -> list[Reach]:
    """For each message of the stream, in order; a repeat is held against the incident that it repeats."""
    known = _Known()
    given: defaultdict[int, set[str]] = defaultdict(set)
    found = []
    for told in stream:
        own, orders = identifiers(told.line)
        before = given[told.truth.incident] if told.truth.earlier is None else given[told.truth.earlier]
        found.append(_reach(known, {*own, *orders}, before))
        known.join(own)
        given[told.truth.incident] |= {*own, *orders}
    return found


def _reach(known: "_Known", new: set[str], before: set[str]) -> Reach:
    if new & before:
        return Reach.IDENTIFIER
    if {known.root(one) for one in new} & {known.root(one) for one in before}:
        return Reach.EARLIER_COMPLAINTS
    return Reach.NOTHING


class _Known:
    """Identifiers that messages gave together are of one person."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, key: str) -> str:
        while (above := self._parent.get(key, key)) != key:
            key = above
        return key

    def join(self, keys: frozenset[str]) -> None:
        first, *others = sorted({self.root(key) for key in keys}) or [""]
        self._parent.update(dict.fromkeys(others, first))
