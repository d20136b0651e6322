"""What the points mean: the verdict on a complaint that no exact gate has decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from schemas.policy.linking import Linking
from schemas.records import Evidence, Verdict
from workers.deduplicate.findings import Finding, Member, Question
from workers.deduplicate.points import IDENTIFYING, Same, Score, Side, weigh
from workers.deduplicate.sameness import doubted, doubts, same_person

_TELLS_APART = frozenset({"order", "batch", "date"})


@dataclass(frozen=True, slots=True)
class Compared:
    """An earlier complaint with its score; `doubts` is in what its sender differs from one who is not proven."""

    member: Member
    score: Score
    apart: timedelta
    new_is_later: bool
    doubts: frozenset[str] = frozenset()

    @property
    def days(self) -> float:
        """Between the two, in days."""
        return self.apart.total_seconds() / 86_400


def by_points(question: Question) -> Finding:
    """Compare with every candidate and say what the best of them means."""
    linking, persons = question.linking, question.persons
    own = (one.key for one in question.prints.identity.own)
    keys = dict.fromkeys((*question.prints.candidates(), *persons.keys_of(own)))
    compared = [compare(question, member) for member in question.found(*keys) if not member.is_automatic]
    ranked = sorted(compared, key=lambda one: (-one.score.points, one.member.received_at, one.member.complaint_id))
    if not ranked:
        return Finding(Verdict.NEW)
    return (
        _duplicate(linking, _own_first(question, ranked))
        or _follow_up(question, ranked)
        or _repeat(linking, ranked)
        or _suspected(linking, ranked)
        or Finding(Verdict.NEW, None, (_NOT_ENOUGH, *ranked[0].score.evidence), score=ranked[0].score.probability)
    )


def compare(question: Question, member: Member) -> Compared:
    """Weigh what a complaint has in common with an earlier one."""
    prints = question.prints
    same = same_person(question.persons, prints.identity, member.identity)
    at = question.complaint.received_at
    apart = abs(at - member.received_at)
    later = (at, question.complaint.complaint_id) >= (member.received_at, member.complaint_id)
    new = Side(prints.facts, prints.text, prints.identity.names)
    old = Side(member.facts, member.text, member.identity.names)
    score = weigh(question.linking, new, old, same, apart, new_is_later=later)
    return Compared(member, score, apart, later, doubts(question.persons, prints.identity, member.identity, same))


def _own_first(question: Question, ranked: Sequence[Compared]) -> Sequence[Compared]:
    """Who asks for news means his own case where he has one, not one whose text claims his telephone."""
    own = any(one.score.same > Same.CLAIMED and not one.doubts and _may_follow(question, one) for one in ranked)
    return [one for one in ranked if one.score.same is not Same.CLAIMED] if own else ranked


def _duplicate(linking: Linking, ranked: Sequence[Compared]) -> Finding | None:
    # From an answer he gets or misses a stranger must not see whether there is a case he is not proven to be part of:
    # what fits his own earlier complaint goes there.
    ranked = sorted(ranked, key=lambda one: (one.score.same is not Same.PROVEN, one.score.same is Same.CLAIMED))
    of_others = {one.member.case_id for one in ranked if one.score.same is Same.DIFFERENT}
    sure = [
        one
        for one in ranked
        if _is_duplicate(linking, one) and (one.score.same.person or one.member.case_id not in of_others)
    ]
    if not sure:
        return None
    best = sure[0]
    fits = {one.member.case_id: one.member for one in reversed(sure)}  # of each case the one that fits best
    others = (fits[case] for case in sorted(fits.keys() - {best.member.case_id}))
    evidence = (*best.score.evidence, *map(_also, others))
    return Finding(Verdict.DUPLICATE, best.member, evidence, score=best.score.probability)


def _is_duplicate(linking: Linking, one: Compared) -> bool:
    score = one.score
    same_order = "order" in score.agree
    if one.doubts or score.same is Same.DIFFERENT or not (same_order or score.same >= Same.MASKED) or score.contradicts:
        return False
    if not score.agree - {"name"} and (score.similarity or 0.0) < linking.differing_text:
        return False
    longest = linking.order_days if same_order else linking.duplicate_days
    return score.probability >= linking.duplicate_at and one.days <= longest


def _follow_up(question: Question, ranked: Iterable[Compared]) -> Finding | None:
    """The later of the two asks for news or adds something, and neither contradicts the other."""
    fits = [one for one in ranked if _may_follow(question, one)]
    by_ends = [one for one in ranked if one.score.same is Same.MASKED and _may_follow(question, one, Same.MASKED)]
    if not fits and len({one.member.case_id for one in by_ends}) == 1:
        fits = by_ends  # a masked telephone will do where it leads to one case only
    if not fits:
        return None
    best = min(fits, key=_as_followed)
    verdict = Verdict.SUSPECTED if best.doubts else Verdict.FOLLOW_UP
    return Finding(verdict, best.member, (*_evidence(best), ASKS_FOR_NEWS), score=best.score.probability)


def _as_followed(one: Compared) -> tuple[bool, bool, int, float, timedelta, UUID]:
    """The sender's own before one that only names his telephone; whose facts it names, whose words, then the latest."""
    return (
        bool(one.doubts),
        one.score.same is Same.CLAIMED,
        -len(one.score.agree & IDENTIFYING),
        -round(one.score.similarity or 0.0, 1),
        one.apart,
        one.member.complaint_id,
    )


def _may_follow(question: Question, one: Compared, at_least: Same = Same.LANDLINE) -> bool:
    linking = question.linking
    if one.score.same < at_least or one.days > linking.follow_up_days or one.score.contradicts:
        return False
    if one.score.same is Same.MASKED and "name" in one.score.differ:
        return False
    later = question.prints.facts if one.new_is_later else one.member.facts
    tells = later.length > linking.long_text
    if tells and (later.again or "family" in one.score.differ):
        return False
    short = later.length <= linking.short_text and not later.own_incident() and not later.family
    return later.asks or (short and one.days <= linking.duplicate_days)


def _repeat(linking: Linking, ranked: Sequence[Compared]) -> Finding | None:
    """The same person has the same kind of problem another time."""
    longest = linking.repeat_days[-1]
    same = [one for one in ranked if one.score.same.person and _same_problem(linking, one) and one.days <= longest]
    distinct = [one for one in same if _another_incident(linking, one)]
    doubtful = [one for one in same if one.score.probability >= linking.suspected_at and one not in distinct]
    if doubtful or not distinct:
        return None
    latest = min(distinct, key=lambda one: (one.apart, one.member.complaint_id)).member.case_id
    first = min(
        (one for one in distinct if one.member.case_id == latest),
        key=lambda one: (one.member.received_at, one.member.complaint_id),
    )
    counts = {days: len({one.member.case_id for one in distinct if one.days <= days}) for days in linking.repeat_days}
    written = "、".join(f"{days} 天内 {count}" for days, count in counts.items())
    note = Evidence(
        rule="repeat",
        detail=f"同一人同类问题的另一次：此前{written} 次 / Another time of the same problem of one person",
    )
    return Finding(
        Verdict.REPEAT,
        first.member,
        (*first.score.evidence, note),
        score=first.score.probability,
        repeat_count=counts[longest] + 1,
    )


def _same_problem(linking: Linking, one: Compared) -> bool:
    if "family" in one.score.agree or _says_again(one):
        return True
    enough = linking.alike_text if "family" in one.score.differ else linking.similar_text
    return (one.score.similarity or 0.0) >= enough


def _says_again(one: Compared) -> bool:
    return any(each.rule == "says_again" for each in one.score.evidence)


def _another_incident(linking: Linking, one: Compared) -> bool:
    longest = linking.order_days if "order" in one.score.agree else linking.duplicate_days
    later = any(each.rule == "happened_after" for each in one.score.evidence)
    return bool(one.score.differ & _TELLS_APART) or _says_again(one) or later or one.days > longest


def _suspected(linking: Linking, ranked: Sequence[Compared]) -> Finding | None:
    askable = (one for one in ranked if one.score.same is not Same.DIFFERENT or "order" in one.score.agree)
    best = next(askable, None)
    if best is None or best.score.probability < linking.suspected_at or best.days > linking.order_days:
        return None
    return Finding(Verdict.SUSPECTED, best.member, _evidence(best), score=best.score.probability)


def _evidence(one: Compared) -> tuple[Evidence, ...]:
    return (*one.score.evidence, doubted(one.doubts)) if one.doubts else one.score.evidence


def _also(other: Member) -> Evidence:
    """That a second case fits as well, and by which complaint: joining cases is for people to decide."""
    case, complaint = other.case_id, other.complaint_id
    detail = (
        f"也与案件 {case} 中的投诉 {complaint} 相符：两个案件可能是同一件事，系统不自动合并，请人工核对 / "
        f"Fits complaint {complaint} of case {case}, too: the two cases may be the same incident; a person decides"
    )
    return Evidence(rule="also-another-case", detail=detail)


ASKS_FOR_NEWS = Evidence(
    rule="asks-for-news", detail="询问进展或补充材料 / Asks for news of an open case or adds to it"
)
_NOT_ENOUGH = Evidence(
    rule="not-enough", detail="与最接近的一条相比，证据不足 / Not enough in common with the closest earlier one"
)
