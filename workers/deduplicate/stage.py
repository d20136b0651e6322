"""The deduplicate stage: reads complaints, decides their case under locks, writes them with case and link."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.complaint import Complaint
from schemas.identity import first_case_id
from schemas.policy.clusters import QuickNotice
from schemas.records import Cluster, Deduplicated, Evidence, Link, Verdict
from schemas.tables.deduplicate import DEDUPLICATE_DECISIONS, DEDUPLICATE_LOCKS
from schemas.topics import DEDUPLICATED, RECEIVED, Topic
from schemas.wrapping import wrap
from workers.deduplicate import clusters, identity, notices, relinking
from workers.deduplicate.clusters import Sighting
from workers.deduplicate.findings import Finding, Known, Member, Question, Windows
from workers.deduplicate.gates import judge
from workers.deduplicate.notices import ClusterRules
from workers.deduplicate.persons import Persons
from workers.deduplicate.prints import Printer, Prints
from workers.deduplicate.relinking import UNRULED, Relinking, RuledHere, Ruling
from workers.deduplicate.sameness import proven_same, same_recipient
from workers.deduplicate.state import Memory, NewMember, lock_cases, recall, store
from workers.remembered import Remembered
from workers.runtime.stage import Emit, Incoming

NUMBER_TAKEN = Evidence(
    rule="tracking-number-taken",
    detail="Another complaint had this number before; a person gives a new one / 查询编号与另一投诉重复，需人工处理",
)
KNOWN_COMPLAINT = Evidence(
    rule="known-complaint", detail="A revision of a complaint that has its place / 已立案投诉的更新"
)
_HOLDS_OURS = frozenset({"reply-to-our-message", "case-token"})


class Placed(BaseModel):
    """The decision: the complaint's place in its case, and why. Ids and rule texts only."""

    case_id: UUID
    case_seq: int
    verdict: Verdict
    of: UUID | None = None
    evidence: tuple[Evidence, ...] = ()
    score: float = 1.0
    repeat_count: int | None = None
    disclosable: bool | None = None
    same_recipient: bool | None = None
    cluster: Cluster | None = None
    moved_from: UUID | None = None
    moved_from_seq: int | None = None
    corrected_by: UUID | None = None
    refused_by: UUID | None = None
    refused: str | None = None


@dataclass(slots=True)
class Deduplicate:
    """Gives every complaint its case: by the exact gates of `gates.py`, else by the points of `points.py`."""

    printer: Printer
    windows: Windows
    clusters: ClusterRules = field(default_factory=ClusterRules)
    name: str = "deduplicate"
    reads: tuple[Topic, ...] = (RECEIVED,)
    writes: tuple[Topic, ...] = (DEDUPLICATED,)
    decisions: Table = DEDUPLICATE_DECISIONS
    locks: Table | None = DEDUPLICATE_LOCKS
    decision_type: type[Placed] = Placed
    _prints: Remembered[Complaint, Prints] = field(init=False)

    def __post_init__(self) -> None:
        """Take the prints of a complaint once, for its keys and for its decision."""
        self._prints = Remembered(self.printer.take)

    def identity(self, item: Incoming[Complaint]) -> tuple[UUID, int]:
        """The complaint and its revision."""
        return item.record.complaint_id, item.record.revision

    def keys(self, item: Incoming[Complaint]) -> Iterable[str]:
        """All keys by which it may find another or be found, and its id and number themselves."""
        complaint, prints = item.record, self._prints.of(item.record)
        numbers = filter(None, (complaint.tracking_number, *prints.numbers()))
        of = relinking.target(complaint)
        named = (str(of),) if of is not None else ()
        return {str(complaint.complaint_id), *named, *numbers, *prints.looked_for(), *prints.registered()}

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Complaint]]) -> Sequence[Placed]:
        """Judge the batch in memory against what is stored, then number and write it."""
        taken = [self._prints.last_of(item.record) for item in items]
        own = sorted({one.key for prints in taken for one in prints.identity.own})
        persons = await identity.meet(connection, self.printer.linking, own)
        memory = await self._recall(connection, items, taken, persons.keys_of(own))
        relinked = await relinking.prepare(connection, [item.record for item in items], memory)
        batch = _Batch(self, memory, persons, relinked)
        for item, prints in zip(items, taken, strict=True):
            batch.place(item.record, prints)
        return await batch.finish(connection)

    def emit(self, item: Incoming[Complaint], decision: Placed) -> Sequence[Emit]:
        """The complaint as it came, with its case and link, keyed by the case."""
        complaint = item.record
        said = relinking.evidence(complaint, decision.corrected_by, decision.refused_by, decision.refused)
        link = Link(
            verdict=decision.verdict,
            of=decision.of,
            score=decision.score,
            evidence=(*said, *decision.evidence),
            repeat_count=decision.repeat_count,
            disclosable=decision.disclosable,
            same_recipient=decision.same_recipient,
            cluster=decision.cluster,
            moved_from=decision.moved_from,
            moved_from_seq=decision.moved_from_seq,
        )
        record = wrap(Deduplicated, complaint, case_id=decision.case_id, case_seq=decision.case_seq, link=link)
        event_id = f"deduplicate/{complaint.complaint_id}/{complaint.revision}"
        return (Emit(DEDUPLICATED, record, str(decision.case_id), event_id, complaint.complaint_id),)

    async def _recall(
        self,
        connection: AsyncConnection,
        items: Sequence[Incoming[Complaint]],
        taken: Sequence[Prints],
        of_persons: Iterable[str],
    ) -> Memory:
        numbers = {item.record.tracking_number for item in items}
        numbers |= {number for prints in taken for number in prints.numbers()}
        ids = {item.record.complaint_id for item in items}
        ids.update(filter(None, (relinking.target(item.record) for item in items)))
        keys = {key for prints in taken for key in (*prints.looked_for(), *prints.loose_wanted)}
        keys.update(of_persons)
        return await recall(connection, list(ids), list(numbers), list(keys))


@dataclass(frozen=True, slots=True)
class _Place:
    """What is decided of one record before its case counts it.

    `new` is None for a revision, which keeps its number unless it moves; `ruled` is what people decided about it.
    """

    member: Member
    finding: Finding
    new: NewMember | None = None
    ruled: RuledHere = UNRULED

    @property
    def counts(self) -> bool:
        """Whether it gets a number in its case: a new member, or one that comes from another case."""
        return self.new is not None or self.ruled.moved_from is not None


class _Batch:
    """The places of one batch while it is decided; `case_seq` is given at the end, under the case rows' locks."""

    def __init__(self, stage: Deduplicate, memory: Memory, persons: Persons, relinked: Relinking) -> None:
        self._stage = stage
        self._memory = memory
        self._persons = persons
        self._relinked = relinked
        self._known = Known(memory.keys.__getitem__, memory.numbers.get)
        self._places: list[_Place] = []
        self._seen: list[tuple[Sighting, QuickNotice | None]] = []
        self._opened: dict[UUID, tuple[UUID, datetime]] = {}

    def place(self, complaint: Complaint, prints: Prints) -> None:
        """Decide one complaint; a later revision keeps the place of the first, unless a person says otherwise."""
        before = self._memory.ids.get(complaint.complaint_id)
        ruling = self._relinked.hear(complaint, self._memory)
        if before is not None:
            self._again(complaint, prints, before, ruling)
            self._see(complaint, prints, counts=False)
            return
        self._persons.learn(complaint.complaint_id, prints.identity)
        stage = self._stage
        question = Question(complaint, prints, self._known, stage.windows, stage.printer.linking, self._persons)
        finding = ruling.finding if ruling and ruling.finding else judge(question)
        case = finding.of.case_id if finding.joins and finding.of else self._open(complaint)
        member = _member(complaint, prints, case, finding)
        self._add(complaint, prints, self._told(member, prints, finding), finding, ruling)
        self._see(complaint, prints, counts=not finding.joins)

    async def finish(self, connection: AsyncConnection) -> Sequence[Placed]:
        """Number the new members of each case without gaps, write them, return the decisions in order."""
        new = [place.new for place in self._places if place.new is not None]
        counted = {place.member.case_id for place in self._places if place.counts}
        last_seq = await lock_cases(connection, counted - self._opened.keys())
        numbered: dict[UUID, int] = {}
        placed = []
        for place in self._places:
            left = numbered.get(place.member.complaint_id, place.member.case_seq)
            if place.counts:
                case = place.member.case_id
                numbered[place.member.complaint_id] = last_seq[case] = last_seq.get(case, 0) + 1
            if place.new is not None:
                place.new.case_seq = numbered[place.member.complaint_id]
            placed.append(_placed(place, numbered, left))
        await store(connection, new, self._opened, last_seq)
        await self._relinked.write(connection, numbered)
        await identity.write(connection, self._persons, [place.member.received_at for place in self._places])
        return await self._watched(connection, placed)

    def _see(self, complaint: Complaint, prints: Prints, *, counts: bool) -> None:
        """Note what the complaint shares with other customers'."""
        rules = self._stage.clusters
        notice = notices.notice_for(rules, self._stage.printer, complaint, prints)
        self._seen.append((notices.sighting(rules, complaint, prints, counts=counts), notice))

    async def _watched(self, connection: AsyncConnection, placed: Sequence[Placed]) -> Sequence[Placed]:
        """The decisions with the clusters of their complaints: counted last, so that their locks are held shortly."""
        counted = await clusters.count(connection, self._stage.clusters.rules, [one for one, _ in self._seen])
        watched = []
        for decision, cluster, (seen, notice) in zip(placed, counted, self._seen, strict=True):
            whole = notices.noted(cluster, notice, seen)
            if whole is None:
                watched.append(decision)
                continue
            evidence = (*decision.evidence, *notices.evidence(whole, notice))
            watched.append(decision.model_copy(update={"cluster": whole, "evidence": evidence}))
        return watched

    def _again(self, complaint: Complaint, prints: Prints, before: Member, ruling: Ruling | None) -> None:
        """A revision: where it was, or where a person has put it since."""
        if ruling is None or ruling.finding is None:
            finding = Finding(Verdict(before.verdict), None, (KNOWN_COMPLAINT,))
            if ruling is not None:
                self._relinked.keep(before)
            self._places.append(_Place(before, finding, ruled=self._relinked.ruled_for(complaint, ruling)))
            return
        finding = ruling.finding
        case = self._relinked.case_of(complaint.complaint_id, before, ruling)
        member = self._told(relinking.moved(before, case, finding), prints, finding)
        ruled = self._relinked.ruled_for(complaint, ruling)
        if case != before.case_id:
            if self._relinked.move(self._persons, complaint.complaint_id, before, member):
                self._opened[case] = (complaint.complaint_id, complaint.received_at)
            ruled = replace(ruled, moved_from=before.case_id)
        relinking.replaced(self._memory, member)
        self._relinked.keep(member)
        self._places.append(_Place(member, finding, ruled=ruled))

    def _open(self, complaint: Complaint) -> UUID:
        case = first_case_id(complaint.complaint_id)
        self._opened[case] = (complaint.complaint_id, complaint.received_at)
        return case

    def _add(
        self, complaint: Complaint, prints: Prints, member: Member, finding: Finding, ruling: Ruling | None
    ) -> None:
        free = complaint.tracking_number not in self._memory.numbers
        number = complaint.tracking_number if free else None
        keys = dict.fromkeys((*prints.registered(), *prints.loose))
        answers = (
            () if complaint.automatic.is_automatic else self._stage.printer.answers(member.complaint_id, member.case_id)
        )
        self._memory.remember(member, number, keys)
        if not free:
            finding = replace(finding, evidence=(*finding.evidence, NUMBER_TAKEN))
        new = NewMember(member, number, (*keys, *answers))
        self._relinked.came(member, ruling)
        self._places.append(_Place(member, finding, new, self._relinked.ruled_for(complaint, ruling)))

    def _told(self, member: Member, prints: Prints, finding: Finding) -> Member:
        """The member with what its sender may hear of the earlier complaint."""
        of = finding.of
        return replace(
            member,
            disclosable=of is not None and self._disclosable(prints, finding, of),
            same_recipient=of is not None and same_recipient(prints.identity, of.identity),
        )

    def _disclosable(self, prints: Prints, finding: Finding, of: Member) -> bool:
        """Whether the sender may hear of the earlier complaint: he is proven to be its sender, or holds our answer."""
        holds_ours = any(one.rule in _HOLDS_OURS for one in finding.evidence)
        return holds_ours or proven_same(self._persons, prints.identity, of.identity)


def _member(complaint: Complaint, prints: Prints, case: UUID, finding: Finding) -> Member:
    return Member(
        complaint_id=complaint.complaint_id,
        case_id=case,
        case_seq=0,
        verdict=finding.verdict,
        of=finding.of.complaint_id if finding.of else None,
        account=complaint.account,
        received_at=complaint.received_at,
        is_automatic=complaint.automatic.is_automatic,
        is_referral=complaint.referral is not None,
        sealed=complaint.sealed,
        repeat_count=finding.repeat_count,
        identity=prints.identity,
        facts=prints.facts,
        text=prints.text,
    )


def _placed(place: _Place, numbered: Mapping[UUID, int], left: int) -> Placed:
    """`left` is the number it had in the case that it leaves."""
    member, finding, ruled = place.member, place.finding, place.ruled
    return Placed(
        case_id=member.case_id,
        case_seq=numbered.get(member.complaint_id, member.case_seq),
        verdict=Verdict(member.verdict),
        of=member.of,
        evidence=finding.evidence,
        score=round(finding.score, 4),
        repeat_count=member.repeat_count,
        disclosable=member.disclosable if member.of else None,
        same_recipient=member.same_recipient if member.of else None,
        moved_from=ruled.moved_from,
        moved_from_seq=left if ruled.moved_from is not None else None,
        corrected_by=ruled.corrected_by,
        refused_by=ruled.refused_by,
        refused=ruled.refused,
    )
