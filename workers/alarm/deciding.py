"""What the signs of danger in one complaint ask for: who is told by when, what is preserved. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from schemas.alarm import SAFETY_ALARM, BatchCases, Preserve
from schemas.complaint import Complaint
from schemas.identity import first_case_id
from schemas.masking import mask_text
from schemas.policy import Facts, PolicyPack
from schemas.records import Escalation, Evidence, Unit
from workers.text.safety import Sign


class Raised(BaseModel):
    """An alarm as it was decided, kept so that a replay says the same. Ids, codes and the pack's own words."""

    alarm_by: datetime
    late: bool
    department: str
    category: str
    severity: Literal[1, 2, 3]
    reasons: tuple[Evidence, ...]
    informed: tuple[str, ...]
    preserve: tuple[Preserve, ...] = ()
    batch: BatchCases | None = None
    policy: str
    sealed: bool = False


def raise_alarm(
    pack: PolicyPack, complaint: Complaint, signs: Sequence[Sign], at: datetime, batch: BatchCases | None
) -> Raised:
    """The alarm for a complaint with these signs, whose record has the time `at`."""
    rules = pack.safety_alarm
    facts = facts_of(pack, complaint, signs)
    alarm_by = known_since(complaint, at) + timedelta(minutes=rules.within_minutes)
    return Raised(
        alarm_by=alarm_by,
        late=at > alarm_by,
        department=next(rule.responsible for rule in pack.routing if rule.when.holds(facts)),
        category=facts.category,
        severity=min((rule.level for rule in pack.severity if rule.when.holds(facts)), default=3),
        reasons=tuple(Evidence(rule=one.rule, detail=one.reason, start=one.start, end=one.end) for one in signs),
        informed=rules.sealed_informed if complaint.sealed else rules.informed,
        preserve=tuple(_preserved(pack, facts, complaint.received_at)),
        batch=batch,
        policy=pack.reference,
        sealed=complaint.sealed,
    )


def known_since(complaint: Complaint, at: datetime) -> datetime:
    """From when somebody could know: receipt; of words that came later their own record."""
    return complaint.received_at if complaint.revision == 1 else max(complaint.received_at, at)


def facts_of(pack: PolicyPack, complaint: Complaint, signs: Sequence[Sign]) -> Facts:
    """What the pack's rules are asked about while nothing is known but the signs."""
    referral = complaint.referral
    return Facts(
        category=next((one.category for one in signs if one.category and pack.category(one.category)), "other"),
        channel=complaint.channel,
        entry=complaint.entry,
        urgency="urgent",
        safety=True,
        safety_rules=frozenset(one.rule for one in signs),
        referral=referral is not None,
        referral_kind=referral.kind if referral else "",
    )


def _preserved(pack: PolicyPack, facts: Facts, received_at: datetime) -> Iterator[Preserve]:
    for thing in pack.safety_alarm.preserve:
        if thing.when.holds(facts):
            yield Preserve(
                what=thing.what,
                zh=thing.zh,
                en=thing.en,
                secure_by=received_at + timedelta(hours=thing.within_hours),
                keep_until=received_at + timedelta(days=thing.keep_days) if thing.keep_days else None,
            )


def as_escalation(complaint: Complaint, raised: Raised) -> Escalation:
    """The record for those who are told; of a sealed report nothing but that it is there."""
    return Escalation(
        case_id=first_case_id(complaint.complaint_id),
        case_seq=0,
        complaint_id=complaint.complaint_id,
        revision=complaint.revision,
        tracking_number=complaint.tracking_number,
        department=raised.department,
        severity=raised.severity,
        urgency="urgent",
        safety=True,
        category=raised.category,
        unit=Unit() if complaint.sealed else _unit(complaint),
        reasons=raised.reasons,
        informed=raised.informed,
        received_at=complaint.received_at,
        policy=raised.policy,
        level=SAFETY_ALARM,
        channel=complaint.channel,
        sealed=raised.sealed or None,
        alarm_by=raised.alarm_by,
        late=raised.late or None,
        preserve=raised.preserve,
        batch=raised.batch,
    )


def _unit(complaint: Complaint) -> Unit:
    """Store and counter as stated, masked: people write into any field how they can be reached."""
    sender, stated = complaint.sender, complaint.stated
    known = tuple(filter(None, (sender.name, *sender.phones, *sender.emails))) if sender else ()

    def shown(value: str | None) -> str | None:
        return mask_text(value, known) if value else None

    return Unit(store=shown(stated.store), counter=shown(stated.counter))
