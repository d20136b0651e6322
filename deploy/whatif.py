"""What other rules or another model would have said of past complaints. Reads the log, writes nothing."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import ConfigDict

from operations.reading import parse, read_all
from schemas.base import Instant, Record
from schemas.correction import newest
from schemas.policy import PolicyPack
from schemas.records import Classified
from schemas.review_lines import WhatIfChange, WhatIfReport
from schemas.settings import Settings
from schemas.topics import CLASSIFIED
from workers.classify import Understander, message_of
from workers.classify.corrected import corrected
from workers.route.decision import facts_of, own_rule

_MOST_EXAMPLES = 5
_NONE = "none"

Said = Mapping[str, str]
"""What is compared → what is said of it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A pack with the understander that works by it."""

    pack: PolicyPack
    understander: Understander

    def again(self, complaint: Classified) -> Classified:
        """The complaint as these rules would classify it today; what a person said of it holds."""
        message = message_of(complaint)
        machine = self.understander.understand(message)
        by_person = corrected(machine, message, complaint.corrections, self.pack)
        return complaint.model_copy(update={"understanding": by_person})


@dataclass(slots=True)
class Differences:
    """What would change, gathered complaint by complaint."""

    complaints: int = 0
    changed: int = 0
    decided_by_people: int = 0
    left_out: int = 0
    model: str | None = None
    found: defaultdict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, complaint: Classified, installed: PolicyPack, rules: Rules) -> None:
        """Compare one complaint as it was decided with how it would be."""
        if complaint.sealed or complaint.automatic.is_automatic:
            self.left_out += 1
            return
        after = rules.again(complaint)
        self.model = after.understanding.model or self.model
        self.complaints += 1
        self.decided_by_people += newest(complaint.corrections, "reclassify") is not None
        before_says, after_says = said(complaint, installed), said(after, rules.pack)
        names = dict.fromkeys((*before_says, *after_says))
        changes = [(name, before_says.get(name, _NONE), after_says.get(name, _NONE)) for name in names]
        changes = [(name, before, now) for name, before, now in changes if before != now]
        self.changed += bool(changes)
        for change in changes:
            self.found[change].append(complaint.tracking_number)

    def changes(self) -> Iterator[WhatIfChange]:
        """The kinds of change, the most frequent first."""
        ranked = sorted(self.found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
        for (what, before, after), numbers in ranked:
            examples = tuple(sorted(numbers)[:_MOST_EXAMPLES])
            yield WhatIfChange(what=what, before=before, after=after, count=len(numbers), examples=examples)


def said(complaint: Classified, pack: PolicyPack) -> Said:
    """What a pack says of a classified complaint: what it is, how bad, whose it is, by when.

    Clocks as hours from receipt. The department is that of the routing rule, unless a person has named one: a case that
    has its department already keeps it.
    """
    understood, facts = complaint.understanding, facts_of(complaint)
    reroute = newest(complaint.corrections, "reroute")
    by_person = reroute.reroute.department if reroute is not None and reroute.reroute is not None else None
    answers = {
        "kind": understood.kind,
        "primary": understood.primary,
        "secondary": ",".join(sorted(understood.secondary)) or _NONE,
        "safety": "yes" if understood.safety else "no",
        "severity": str(understood.severity),
        "urgency": understood.urgency,
        "review": "asked" if understood.needs_review else "sure",
        "department": by_person or own_rule(pack, facts).responsible,
    }
    for clock in pack.clocks_for(facts, complaint.received_at):
        hours = (clock.due_at - complaint.received_at).total_seconds() / 3600
        answers[f"clock {clock.clock}"] = f"{hours:.1f} h"
    return answers


class _Place(Record):
    """What tells which record of a complaint is its newest."""

    model_config = ConfigDict(extra="ignore")

    complaint_id: UUID
    revision: int = 1
    received_at: Instant


async def whatif(
    settings: Settings, installed: PolicyPack, rules: Rules, since: datetime, until: datetime
) -> WhatIfReport:
    """Run the rules over the newest revision of every complaint received in this time and say what would change."""
    newest_of: dict[UUID, tuple[int, ConsumerRecord[bytes, bytes]]] = {}
    async for record in read_all(settings.kafka, {settings.kafka.naming.topic(CLASSIFIED)}, since):
        place = parse(_Place, record)
        if place is not None and since <= place.received_at < until:
            revision, _ = newest_of.get(place.complaint_id, (0, record))
            if place.revision > revision:
                newest_of[place.complaint_id] = place.revision, record
    differences = Differences()
    for _, record in newest_of.values():
        complaint = parse(Classified, record)
        if complaint is not None:
            differences.add(complaint, installed, rules)
    return WhatIfReport(
        since=since,
        until=until,
        policy=rules.pack.reference,
        model=differences.model,
        complaints=differences.complaints,
        changed=differences.changed,
        decided_by_people=differences.decided_by_people,
        left_out=differences.left_out,
        changes=tuple(differences.changes()),
    )
