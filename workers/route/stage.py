"""The route stage: one record for the responsible department, copies for others, escalations, reviews.

The first record of a case to arrive fixes its department under the case's lock, whatever its place in the case;
later ones follow. A call that nobody has heard yet fixes it until the first record that a rule claims: then the case
moves once, and the department that had it is told (docs/decisions/0017-tasks.md). Automatic mail fixes nothing and
asks nobody to act (docs/decisions/0007-policy.md). Of a sealed report only the department that answers authorities
hears: no copy, no escalation, no review.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.policy import Facts, PolicyPack
from schemas.policy.organisation import Resolver
from schemas.policy.rules import RoutingRule
from schemas.records import AssignmentKind, Classified
from schemas.tables.route import ROUTE_DECISIONS, ROUTE_LOCKS
from schemas.task import UNHEARD
from schemas.topics import CLASSIFIED, ESCALATED, REVIEW, Topic, department_topic
from workers.route.accused import accusation, routed_above, without_accused
from workers.route.accused import as_raised as heard_above
from workers.route.attachments import keep_places
from workers.route.corrected import Ordered, ordered
from workers.route.decision import (
    Accusation,
    Raised,
    Routed,
    as_raised,
    catch_all,
    copies,
    escalations,
    facts_of,
    own_rule,
    told,
)
from workers.route.leaving import Leaving
from workers.route.leaving import recall as leaving_of
from workers.route.places import Located, located
from workers.route.projection import Projection
from workers.route.state import Fixed, Memory, recall, store
from workers.route.visits import Visits
from workers.route.watched import became_systemic, notice_copies
from workers.runtime.stage import Emit, Incoming


@dataclass(slots=True)
class Route:
    """Routes by the rules of a pack. `contact_key` makes the references that contacts are redeemed with.

    `places` finds the units of the organisation file; without one places are as stated and have no code.
    """

    pack: PolicyPack
    contact_key: bytes
    places: Resolver | None = None
    name: str = "route"
    reads: tuple[Topic, ...] = (CLASSIFIED,)
    writes: tuple[Topic, ...] = field(init=False)
    decisions: Table = ROUTE_DECISIONS
    locks: Table | None = ROUTE_LOCKS
    decision_type: type[Routed] = Routed

    def __post_init__(self) -> None:
        """Name the topics of the pack's departments."""
        self.writes = (*map(department_topic, self.pack.department_codes), ESCALATED, REVIEW)

    def identity(self, item: Incoming[Classified]) -> tuple[UUID, int]:
        """The complaint and its revision."""
        return item.record.complaint_id, item.record.revision

    def keys(self, item: Incoming[Classified]) -> Iterable[str]:
        """The case, and the one it has left: department and escalations are decided under their locks."""
        old = item.record.link.moved_from
        return (str(item.record.case_id),) if old is None else (str(item.record.case_id), str(old))

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Classified]]) -> Sequence[Routed]:
        """Route the batch in order against what is stored, then write what is new."""
        memory = await recall(connection, [item.record.case_id for item in items])
        leaving = await leaving_of(connection, [item.record for item in items], told)
        places = await Visits(self.contact_key).recall(connection, [item.record for item in items])
        routed = [
            self._told(memory, leaving, item, located(self.places, item.record, place)).model_copy(
                update={"place": place}
            )
            for item, place in zip(items, places, strict=True)
        ]
        await store(connection, memory)
        await leaving.store(connection)
        await keep_places(connection, [item.record for item in items])
        return routed

    def emit(self, item: Incoming[Classified], decision: Routed) -> Sequence[Emit]:
        """The records for departments, then escalation and review if there are any, all keyed by the case."""
        return tuple(self._records(item.record, decision))

    def alone(self, complaint: Classified) -> Routed:
        """What would be decided for the first complaint of a case that nobody knows yet; nothing is read or kept."""
        place = located(self.places, complaint, None)
        return self._route(Memory(), complaint, complaint.received_at, place)

    def _told(self, memory: Memory, leaving: Leaving, item: Incoming[Classified], place: Located | None) -> Routed:
        """The decision, with who is told that the complaint is not in a case any more."""
        complaint = item.record
        before = leaving.department_before(complaint) if complaint.revision > 1 else None
        routed = self._route(memory, complaint, item.at, place, before)
        departments = (routed.department, *routed.copies)
        left = leaving.leave(complaint, departments, item.at)
        leaving.tell(complaint, departments, left)
        return routed.model_copy(update={"case_id": complaint.case_id, "left": left})

    def _route(
        self, memory: Memory, complaint: Classified, at: datetime, place: Located | None, told_before: str | None = None
    ) -> Routed:
        """`told_before` is the department that answers for this complaint in this case as it knows."""
        if complaint.automatic.is_automatic:
            return self._automatic(memory, complaint)
        facts = facts_of(complaint)
        own = own_rule(self.pack, facts)
        accused = accusation(self.pack, complaint, facts, place)
        if accused is not None:
            own = routed_above(own, accused[0])
        before = memory.departments.get(complaint.case_id)
        heard_at_last = before is not None and before.unheard and own.rule_id != catch_all(self.pack).rule_id
        fixed = before if before is not None and not heard_at_last else self._fixed(own, facts)
        ordered_now = self._ordered(memory, complaint, fixed, own)
        if ordered_now is not None and ordered_now.fixed is not None:
            fixed = ordered_now.fixed
        if fixed is not before:
            memory.fix(complaint.case_id, fixed, self.pack.reference, complaint.complaint_id, at)
        moved = before is not None and before.department != fixed.department
        sent = (
            () if complaint.sealed else copies(self.pack, complaint, own, fixed.department, to_own=not fixed.rerouted)
        )
        sent += tuple(one for one in notice_copies(self.pack, complaint) if one not in (fixed.department, *sent))
        raised = [
            one
            for one in self._reached(complaint, facts, accused[1] if accused else None)
            if memory.raise_once(complaint.case_id, one.level, one.rule_id, complaint.complaint_id, at)
        ]
        raised += became_systemic(self.pack, complaint)
        gone = before.department if before is not None and moved else told_before
        return Routed(
            kind=_kind(complaint, known=before is not None and not moved, told=told_before in {None, fixed.department}),
            department=fixed.department,
            rule_id=fixed.rule_id,
            copies=sent,
            withdrawn=gone if gone is not None and gone not in (fixed.department, *sent) else None,
            clocks=self.pack.clocks_for(facts, complaint.received_at),
            raised=tuple(raised),
            review=not complaint.sealed
            and (complaint.understanding.needs_review or (place is not None and place.unresolved)),
            located=place,
            accused=accused[1] if accused else None,
            corrected_by=ordered_now.correction_id if ordered_now is not None else None,
            refused=ordered_now.refused if ordered_now is not None else None,
            policy=self.pack.reference,
        )

    def _reached(self, complaint: Classified, facts: Facts, accused: Accusation | None) -> list[Raised]:
        """Who must look now; whoever is accused does not hear of it, whoever judges does."""
        if complaint.sealed:
            return []
        reached = [as_raised(rule) for rule in escalations(self.pack, facts).values()]
        if accused is None:
            return reached
        return [heard_above(accused), *(without_accused(one, accused) for one in reached)]

    def _ordered(self, memory: Memory, complaint: Classified, fixed: Fixed, own: RoutingRule) -> Ordered | None:
        if not complaint.corrections:
            return None
        opener = memory.routed_by.get(complaint.case_id, complaint.complaint_id)
        is_opener = opener == complaint.complaint_id
        return ordered(complaint, fixed, is_opener=is_opener, own=own, departments=self.pack.department_codes)

    def _fixed(self, own: RoutingRule, facts: Facts) -> Fixed:
        """The department by the complaint's own rule; what nobody has heard yet is fixed until somebody has."""
        unheard = facts.category == UNHEARD and own.rule_id == catch_all(self.pack).rule_id
        return Fixed(own.responsible, own.rule_id, unheard)

    def _automatic(self, memory: Memory, complaint: Classified) -> Routed:
        """Into its case where one is known, else to the catch-all for the record; no clock, copy or alarm."""
        rule = catch_all(self.pack)
        fixed = memory.departments.get(complaint.case_id, Fixed(rule.responsible, rule.rule_id))
        reference = self.pack.reference
        return Routed(kind=AssignmentKind.ADDED, department=fixed.department, rule_id=fixed.rule_id, policy=reference)

    def _records(self, complaint: Classified, decision: Routed) -> Iterator[Emit]:
        projection = Projection(complaint, self.contact_key, decision.place, decision.located)
        key, subject = str(complaint.case_id), complaint.complaint_id
        event_id = f"{complaint.complaint_id}/{complaint.revision}"
        place = complaint.case_id, complaint.revision
        for record in projection.assignments(decision):
            department, headers = record.department, projection.headers(record.department)
            event = f"{event_id}/{department}"
            if (record.case_id, record.revision) != place:
                event = f"{subject}/{record.revision}/{department}/left/{record.case_id}"
            yield Emit(department_topic(department), record, str(record.case_id), event, subject, headers)
        if decision.raised:
            yield Emit(ESCALATED, projection.escalation(decision), key, f"{event_id}/escalated", subject)
        if decision.review:
            yield Emit(REVIEW, projection.review(decision), key, f"{event_id}/review", subject)


def _kind(complaint: Classified, *, known: bool, told: bool) -> AssignmentKind:
    """The first record of a case to arrive opens it; a later revision corrects, anything else adds.

    `told` is false for a department that has not heard of this complaint in this case, though the case is known.
    """
    if not known:
        return AssignmentKind.OPENED
    came = complaint.link.moved_from is not None or not told
    return AssignmentKind.CORRECTED if complaint.revision > 1 and not came else AssignmentKind.ADDED
