"""What people decided about links: where a complaint goes instead, or why it cannot; under the locks of all cases.

A correction never fails: what it asks in vain is kept as a refusal, with its reason as evidence.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.complaint import Complaint
from schemas.correction import Correction, Relinked, newest
from schemas.identity import first_case_id, named_uuid
from schemas.masking import mask_text
from schemas.records import Evidence, Verdict
from workers.deduplicate.findings import Finding, Member
from workers.deduplicate.persons import Persons
from workers.deduplicate.prints import MERGEABLE_REFERRALS
from workers.deduplicate.state import Memory, lock_cases

_LONGEST_REASON = 500
_JOINING = frozenset({Verdict.DUPLICATE.value, Verdict.FOLLOW_UP.value})
_RULED = text(
    "SELECT complaint_id, corrected_by, ruled_by, ruled_at FROM case_members "
    "WHERE complaint_id = ANY(CAST(:ids AS uuid[])) AND ruled_by IS NOT NULL"
)
_POPULATION = text(
    "SELECT case_id, count(*) AS members FROM case_members WHERE case_id = ANY(CAST(:cases AS uuid[])) GROUP BY case_id"
)
_MERGES = text(
    "SELECT complaint_id, from_person, keys FROM person_merges WHERE kind = 'merged' "
    "AND complaint_id = ANY(CAST(:ids AS uuid[])) ORDER BY complaint_id, from_person, to_person"
)
_WRITE = text(
    "UPDATE case_members SET case_id = given.case_id, case_seq = given.case_seq, verdict = given.verdict, "
    '"of" = given."of", '
    "repeat_count = given.repeat_count, disclosable = given.disclosable, "
    "same_recipient = given.same_recipient, corrected_by = given.corrected_by, "
    "ruled_by = given.ruled_by, ruled_at = given.ruled_at "
    "FROM unnest(CAST(:complaint_ids AS uuid[]), CAST(:case_ids AS uuid[]), CAST(:case_seqs AS int[]), "
    "CAST(:verdicts AS text[]), CAST(:ofs AS uuid[]), CAST(:repeat_counts AS int[]), CAST(:disclosables AS bool[]), "
    "CAST(:same_recipients AS bool[]), CAST(:corrected_bys AS uuid[]), CAST(:ruled_bys AS uuid[]), "
    "CAST(:ruled_ats AS timestamptz[])) "
    'AS given(complaint_id, case_id, case_seq, verdict, "of", repeat_count, disclosable, same_recipient, corrected_by, '
    "ruled_by, ruled_at) "
    "WHERE case_members.complaint_id = given.complaint_id"
)


class Refusal(StrEnum):
    """Why a complaint stays where it is."""

    ITSELF = "itself"
    NOBODY = "no-such-complaint"
    SEALED = "sealed"
    REFERRAL = "referral"
    MACHINE = "automatic-mail"
    VERDICT = "unknown-verdict"


_WHY = {
    Refusal.ITSELF: "不能与自己关联 / it cannot be linked with itself",
    Refusal.NOBODY: "没有这条投诉 / there is no such complaint",
    Refusal.SEALED: "举报件不作任何关联 / a sealed report is never linked",
    Refusal.REFERRAL: "监管转办件单独立案 / a regulator's referral stays a case of its own",
    Refusal.MACHINE: "自动邮件不能作为案件 / automatic mail is nobody's case",
    Refusal.VERDICT: "无法识别的关联类型 / the kind of link is unknown",
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """A person's decision that was not heard before: what it asks for; `finding` is None when that is refused."""

    correction: Correction
    finding: Finding | None = None
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True)
class RuledHere:
    """What a decision row says of people's decisions: which one placed the complaint, which one was refused now."""

    corrected_by: UUID | None = None
    refused_by: UUID | None = None
    refused: str | None = None
    moved_from: UUID | None = None


UNRULED = RuledHere()


@dataclass(frozen=True, slots=True)
class Heard:
    """The decision that placed a complaint, and the last one that was heard, followed or not."""

    corrected_by: UUID | None
    ruled_by: UUID
    ruled_at: datetime


@dataclass(slots=True)
class Relinking:
    """The decisions of people about the complaints of one batch. `cases` are all that exist, locked."""

    heard: dict[UUID, Heard] = field(default_factory=dict)
    cases: set[UUID] = field(default_factory=set)
    population: Counter[UUID] = field(default_factory=Counter)
    merges: dict[UUID, list[Any]] = field(default_factory=dict)
    _changed: dict[UUID, Member] = field(default_factory=dict)

    def hear(self, complaint: Complaint, memory: Memory) -> Ruling | None:
        """What the newest decision about a complaint means; None when there is none, or it was heard before."""
        said = newest(complaint.corrections, "relink")
        if said is None or said.relink is None:
            return None
        heard = self.heard.get(complaint.complaint_id)
        if heard is not None and (said.at, said.correction_id) <= (heard.ruled_at, heard.ruled_by):
            return None
        ruling = _ruling(complaint, said, said.relink, memory)
        earlier = heard.corrected_by if heard is not None else None
        followed = said.correction_id if ruling.refused is None else earlier
        self.heard[complaint.complaint_id] = Heard(followed, said.correction_id, said.at)
        return ruling

    def ruled_for(self, complaint: Complaint, ruling: Ruling | None) -> RuledHere:
        """What the decision row of this revision says."""
        heard = self.heard.get(complaint.complaint_id)
        if heard is None:
            return UNRULED
        if ruling is None or ruling.refused is None:
            return RuledHere(heard.corrected_by)
        return RuledHere(heard.corrected_by, ruling.correction.correction_id, ruling.refused.value)

    def case_of(self, complaint_id: UUID, before: Member, ruling: Ruling) -> UUID:
        """The case a complaint belongs to from now on.

        One of its own is the one it is in alone, else the one it opened or would have opened when nobody is left in
        it, else a new one: a case stays with those who remain.
        """
        if ruling.finding is not None and ruling.finding.joins and ruling.finding.of is not None:
            return ruling.finding.of.case_id
        if self.population[before.case_id] <= 1:
            return before.case_id
        first = first_case_id(complaint_id)
        if self.population[first] == 0:
            return first
        return named_uuid("case", str(complaint_id), str(ruling.correction.correction_id))

    def came(self, member: Member, ruling: Ruling | None) -> None:
        """Count a new member of the batch; one that a person has placed already is written as such."""
        self.population[member.case_id] += 1
        if ruling is not None:
            self.keep(member)

    def move(self, persons: Persons, complaint_id: UUID, before: Member, member: Member) -> bool:
        """Count a member in its new case; whether that has to be opened.

        Persons whom only this complaint had made one are parted, unless it is called a repeat of the same person.
        """
        self.population[before.case_id] -= 1
        self.population[member.case_id] += 1
        if member.verdict != Verdict.REPEAT.value:
            for row in self.merges.pop(complaint_id, ()):
                persons.part(complaint_id, row.from_person, row.keys)
        is_known = member.case_id in self.cases or self.population[member.case_id] > 1
        self.cases.add(member.case_id)
        return not is_known

    def keep(self, member: Member) -> None:
        """Have a member written as it is now."""
        self._changed[member.complaint_id] = member

    async def write(self, connection: AsyncConnection, numbered: Mapping[UUID, int]) -> None:
        """Write what was decided; `numbered` are the numbers given in this batch."""
        members = list(self._changed.values())
        if not members:
            return
        ruled = [self.heard[one.complaint_id] for one in members]
        await connection.execute(
            _WRITE,
            {
                "complaint_ids": [one.complaint_id for one in members],
                "case_ids": [one.case_id for one in members],
                "case_seqs": [numbered.get(one.complaint_id, one.case_seq) for one in members],
                "verdicts": [str(one.verdict) for one in members],
                "ofs": [one.of for one in members],
                "repeat_counts": [one.repeat_count for one in members],
                "disclosables": [one.disclosable for one in members],
                "same_recipients": [one.same_recipient for one in members],
                "corrected_bys": [one.corrected_by for one in ruled],
                "ruled_bys": [one.ruled_by for one in ruled],
                "ruled_ats": [one.ruled_at for one in ruled],
            },
        )


def target(complaint: Complaint) -> UUID | None:
    """The complaint that the newest decision names."""
    said = newest(complaint.corrections, "relink")
    return said.relink.of if said is not None and said.relink is not None else None


async def prepare(connection: AsyncConnection, complaints: Sequence[Complaint], memory: Memory) -> Relinking:
    """Read what is needed to follow the decisions of people in a batch; nothing where there are none.

    All cases that the batch may touch are locked here, in one sorted statement: how many members a case has is then
    certain, and no later lock of the batch breaks the order.
    """
    asked = [one for one in complaints if newest(one.corrections, "relink") is not None]
    if not asked:
        return Relinking()
    ids = [one.complaint_id for one in asked]
    heard = {
        row.complaint_id: Heard(row.corrected_by, row.ruled_by, row.ruled_at)
        for row in await connection.execute(_RULED, {"ids": ids})
    }
    touched = {member.case_id for member in memory.ids.values()} | {first_case_id(one) for one in ids}
    cases = set(await lock_cases(connection, touched))
    found = await connection.execute(_POPULATION, {"cases": list(cases)})
    population = Counter({row.case_id: row.members for row in found})
    merges: dict[UUID, list[Any]] = {}
    for row in await connection.execute(_MERGES, {"ids": ids}):
        merges.setdefault(row.complaint_id, []).append(row)
    return Relinking(heard, cases, population, merges)


def replaced(memory: Memory, member: Member) -> None:
    """Let later records of the batch see a member where it is now."""
    memory.ids[member.complaint_id] = member
    for found in memory.keys.values():
        found[:] = [member if one.complaint_id == member.complaint_id else one for one in found]
    for number, one in memory.numbers.items():
        if one.complaint_id == member.complaint_id:
            memory.numbers[number] = member


def moved(before: Member, case: UUID, finding: Finding) -> Member:
    """The member under a person's decision; its number in another case is given later."""
    return replace(
        before,
        case_id=case,
        verdict=finding.verdict,
        of=finding.of.complaint_id if finding.of else None,
        repeat_count=finding.repeat_count,
    )


def evidence(
    complaint: Complaint, corrected_by: UUID | None, refused_by: UUID | None, why: str | None
) -> Iterable[Evidence]:
    """Who decided what and why, in words; from the complaint itself, so that no decision row names anybody."""
    said = {one.correction_id: one for one in complaint.corrections}
    if corrected_by in said:
        yield Evidence(rule="corrected-by-person", detail=f"人工更正：{_signed(said[corrected_by])}")
    if refused_by in said and why in set(Refusal):
        detail = f"人工更正未执行：{_WHY[Refusal(why)]}（{_signed(said[refused_by])}）"
        yield Evidence(rule=f"correction-refused-{why}", detail=detail)


def _signed(said: Correction) -> str:
    return f"{mask_text(said.by)}：{mask_text(said.reason[:_LONGEST_REASON])}"


def _ruling(complaint: Complaint, said: Correction, relink: Relinked, memory: Memory) -> Ruling:
    if relink.of is None:
        refused = Refusal.SEALED if _is_report(complaint) else None
        return Ruling(said, None if refused else Finding(Verdict.NEW), refused)
    target = memory.ids.get(relink.of)
    refused = _refusal(complaint, target, relink)
    if target is None or refused is not None:
        return Ruling(said, None, refused)
    verdict = Verdict(relink.verdict)
    count = (target.repeat_count or 1) + 1 if verdict is Verdict.REPEAT else None
    return Ruling(said, Finding(verdict, target, repeat_count=count))


def _refusal(complaint: Complaint, target: Member | None, relink: Relinked) -> Refusal | None:
    if relink.of == complaint.complaint_id:
        return Refusal.ITSELF
    if target is None:
        return Refusal.NOBODY
    if _is_report(complaint) or target.sealed:
        return Refusal.SEALED
    if relink.verdict not in {*_JOINING, Verdict.REPEAT.value}:
        return Refusal.VERDICT
    if target.is_automatic:
        return Refusal.MACHINE
    referral = complaint.referral is not None or target.is_referral
    return Refusal.REFERRAL if referral and relink.verdict in _JOINING else None


def _is_report(complaint: Complaint) -> bool:
    """Whether it is a report to an authority: nothing is linked with one."""
    kind = complaint.referral.kind if complaint.referral is not None else None
    return complaint.sealed or (kind is not None and kind not in MERGEABLE_REFERRALS)
