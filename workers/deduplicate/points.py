"""What it is worth, in points, that two complaints agree or differ in something; each point says why."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from schemas.policy.linking import Linking, LinkPoints
from schemas.records import Evidence
from workers.deduplicate.facts import FUZZY, Facts
from workers.deduplicate.shingles import SILENT, TextPrint, shared

_ALIKE, _UNLIKE = 1.0, 0.2
_SOME_LENGTH = 8
IDENTIFYING = frozenset({"order", "batch", "product", "store"})
"""Hashes of a text from which having nothing in common says something."""


class Same(IntEnum):
    """How well two senders are known to be one person."""

    UNKNOWN = 0
    DIFFERENT = 1
    MENTIONED = 2
    MASKED = 3
    LANDLINE = 4
    KNOWN_UNPROVEN = 5
    CLAIMED = 6
    KNOWN = 7
    UNPROVEN = 8
    PROVEN = 9

    @property
    def person(self) -> bool:
        """Whether it is taken for one person."""
        return self >= Same.LANDLINE


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two complaints."""

    facts: Facts
    text: TextPrint
    names: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Score:
    """The evidence for and against one incident, its sum, and what verdicts ask for."""

    evidence: tuple[Evidence, ...]
    same: Same
    similarity: float | None
    agree: frozenset[str]
    differ: frozenset[str]

    @property
    def contradicts(self) -> bool:
        """Whether they cannot be one incident: another order, batch, product or store, or another stated day."""
        return bool(self.differ & IDENTIFYING) or any(one.rule == "date_different" for one in self.evidence)

    @property
    def points(self) -> float:
        """Log-odds."""
        return sum(one.points or 0.0 for one in self.evidence)

    @property
    def probability(self) -> float:
        """Between 0 and 1."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.points))))


_IDENTITY = {
    Same.PROVEN: ("identity", "联系方式相同，双方均已核实 / Same contact, proven on both sides"),
    Same.UNPROVEN: ("identity_unproven", "联系方式相同，未核实 / Same contact, not proven"),
    Same.LANDLINE: ("identity_landline", "固定电话相同，可能多人共用 / The same landline, which several may share"),
    Same.KNOWN: ("identity_known", "此前的投诉表明是同一人 / Known from earlier complaints as the same person"),
    Same.KNOWN_UNPROVEN: (
        "identity_known_unproven",
        "此前的投诉提示可能是同一人，未核实 / Earlier complaints suggest the same person, not proven",
    ),
    Same.CLAIMED: ("identity_claimed", "文中自称的电话相同 / A text calls the same telephone its writer's"),
    Same.MENTIONED: (
        "identity_mentioned",
        "文中提到对方的电话，未说是本人的 / A text names the other's telephone, not as its writer's",
    ),
    Same.MASKED: ("identity_masked", "脱敏电话首尾相符 / A masked telephone fits"),
    Same.DIFFERENT: ("identity_different", "联系方式不同 / Different contacts"),
}
_FACTS = {
    "order": ("订单号", "order number"),
    "batch": ("批号", "batch"),
    "amount": ("金额", "amount"),
    "product": ("商品", "product"),
    "store": ("门店", "store"),
    "date": ("发生日期", "day of the event"),
    "family": ("问题类型", "kind of problem"),
    "name": ("姓名", "name"),
}


def weigh(linking: Linking, new: Side, old: Side, same: Same, apart: timedelta, *, new_is_later: bool) -> Score:
    """Compare two complaints that came `apart`; symmetric but for who says that it has happened again."""
    relations = dict(_relations(new, old))
    similarity = shared(new.text, old.text) if new.facts.latin == old.facts.latin else None
    later = new if new_is_later else old
    weights = linking.points
    evidence = [
        Evidence(rule="base", points=weights.base, detail="起始分 / Before anything is known"),
        *_of_identity(weights, same),
        *_of_facts(weights, relations, stated=new.facts.day_stated and old.facts.day_stated),
        *_of_text(linking, similarity, same, min(len(new.text.hashes), len(old.text.hashes))),
        *_of_time(linking, apart, near_counts=same >= Same.MASKED or relations.get("order", False)),
    ]
    evidence += _of_order(weights, later.facts, apart, relations)
    if later.facts.again and same.person and not relations.get("order") and not relations.get("date"):
        detail = "后一条说再次发生 / The later text says that it happened again"
        evidence.append(Evidence(rule="says_again", points=weights.says_again, detail=detail))
    agree = frozenset(name for name, equal in relations.items() if equal)
    return Score(tuple(evidence), same, similarity, agree, frozenset(relations) - agree)


def differences(one: Facts, other: Facts) -> list[str]:
    """In what the two incidents differ for certain: product, store, batch, a stated day."""
    relations = dict(_relations(Side(one, SILENT, None), Side(other, SILENT, None)))
    doubtful = {"family", "order"} | (set() if one.day_stated and other.day_stated else {"date"})
    return sorted(name for name, equal in relations.items() if not equal and name not in doubtful)


def _relations(new: Side, old: Side) -> Iterator[tuple[str, bool]]:
    """What both say something about: whether it is the same. Neither equal nor different is left out."""
    one, other = new.facts, old.facts
    for name, values in one.exact.items():
        theirs = other.exact.get(name, frozenset())
        mistyped = name == "order" and one.order_mistyped & other.order_mistyped
        if values and theirs and (values & theirs or not mistyped):
            yield name, bool(values & theirs)
    for name in FUZZY:
        alike = _overlap(one.fuzzy.get(name, frozenset()), other.fuzzy.get(name, frozenset()))
        if alike is not None and (alike >= _ALIKE or alike < _UNLIKE):
            yield name, alike >= _ALIKE
    if one.family and other.family:
        yield "family", one.family == other.family
    yield from _of_days(one, other)
    named_alike = names_agree(new.names, old.names)
    if named_alike is not None:
        yield "name", named_alike


def _of_days(one: Facts, other: Facts) -> Iterator[tuple[str, bool]]:
    """Neighbouring days are neither the same nor different: who calls after midnight says yesterday."""
    if one.days & other.days:
        yield "date", True
    elif one.days and other.days and not one.days_around & other.days:
        yield "date", False


def names_agree(one: tuple[str, str] | None, other: tuple[str, str] | None) -> bool | None:
    """Full names agree or differ, family names differ; None where the rest (a title, a mask) says nothing."""
    if not one or not other:
        return None
    if one[0] and one[0] == other[0]:
        return True
    return False if one[1] != other[1] or (one[0] and other[0]) else None


def _overlap(one: frozenset[str], other: frozenset[str]) -> float | None:
    """The share of the shorter value in the longer; None where a value is missing or written in another script."""
    if not one or not other or next(iter(one))[0] != next(iter(other))[0]:
        return None
    return len(one & other) / min(len(one), len(other))


def _of_identity(weights: LinkPoints, same: Same) -> Iterator[Evidence]:
    if same is not Same.UNKNOWN:
        rule, detail = _IDENTITY[same]
        yield Evidence(rule=rule, points=getattr(weights, rule), detail=detail)


def _of_facts(weights: LinkPoints, relations: dict[str, bool], *, stated: bool) -> Iterator[Evidence]:
    for name, equal in relations.items():
        chinese, english = _FACTS[name]
        rule = f"{name}_{'equal' if equal else 'different'}"
        if rule == "date_different" and not stated:
            rule = "date_different_in_text"
        how = ("相同", "Same") if equal else ("不同", "Different")
        yield Evidence(rule=rule, points=getattr(weights, rule), detail=f"{chinese}{how[0]} / {how[1]} {english}")


def _of_order(weights: LinkPoints, later: Facts, apart: timedelta, relations: dict[str, bool]) -> Iterator[Evidence]:
    """What happened only after the earlier complaint had come is not what that one told of."""
    if later.began is None or later.began + apart.days <= 0 or later.asks:
        return
    if "date" in relations or relations.get("order"):
        return
    points = weights.happened_after if later.day_stated else weights.happened_after_in_text
    detail = "事情发生在前一条投诉之后 / It happened after the earlier complaint had come"
    yield Evidence(rule="happened_after", points=points, detail=detail)


def _of_text(linking: Linking, similarity: float | None, same: Same, shortest: int) -> Iterator[Evidence]:
    if similarity is None:
        return
    weights = linking.points
    if similarity < linking.differing_text and shortest >= _SOME_LENGTH:
        detail = "文字没有共同之处 / The texts have nothing in common"
        yield Evidence(rule="text_different", points=weights.text_different, detail=detail)
    elif similarity > 0:
        more = {Same.UNKNOWN: weights.anonymous_text}.get(same, weights.identity_text if same >= Same.MASKED else 0.0)
        worth = weights.text + more
        percent = round(similarity * 100)
        detail = f"文字重合 {percent}% / {percent} % of the shorter text in common"
        yield Evidence(rule="text", points=round(worth * math.sqrt(similarity), 2), detail=detail)


def _of_time(linking: Linking, apart: timedelta, *, near_counts: bool) -> Iterator[Evidence]:
    """Being near in time speaks for one incident only where something says that it is one person's."""
    days = apart.total_seconds() / 86_400
    reached = [step for step in linking.time if days >= step.from_days]
    points = reached[-1].points if reached else 0.0
    if points < 0 or (points > 0 and near_counts):
        detail = f"相隔 {days:.0f} 天 / {days:.0f} days apart"
        yield Evidence(rule="time", points=points, detail=detail)
