"""The masked projection: what of a complaint a department, an escalation or a review may see."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from schemas.identity import pseudonym
from schemas.masking import (
    Known,
    find_personal,
    mask,
    mask_email,
    mask_name,
    mask_phone,
    mask_phrase,
    mask_text,
)
from schemas.records import (
    Assignment,
    AssignmentKind,
    AttachmentNote,
    Classified,
    Escalation,
    Evidence,
    MaskedContact,
    ReviewRequest,
    Unit,
)
from workers.route.corrected import evidence, reopened
from workers.route.decision import NO_WORK, Routed
from workers.route.goods import GoodsOf
from workers.route.places import UNRESOLVED, Located
from workers.route.watched import parent_case, watched_because

_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}")
_LONGEST_HEADER = 100


class Projection:
    """One complaint as others may see it, each part masked once for all of them. Pure: a replay shows the same."""

    def __init__(
        self, complaint: Classified, contact_key: bytes, place: str | None = None, located: Located | None = None
    ) -> None:
        """`place` is the store of a scan before, for a complaint that states none; `located` the known unit."""
        self._complaint = complaint
        self._located = located
        self._place = place
        self._contact_key = contact_key
        self._known = Known(known_values(complaint))
        self._text = mask(complaint.text, self._known)
        self._goods = GoodsOf(complaint, self._known, self._text)

    def assignments(self, decision: Routed) -> Iterator[Assignment]:
        """The record for the responsible department, the copies for others, the notice to whom it was taken from."""
        record = self.assignment(decision, decision.department)
        yield record
        for department in decision.copies:
            copied = {"department": department, "responsible": False, "referral": None}
            yield record.model_copy(update=copied | _facts_only(decision))
        if decision.withdrawn is not None:
            gone = {"kind": AssignmentKind.WITHDRAWN, "department": decision.withdrawn, "responsible": False}
            yield record.model_copy(update=gone | {"referral": None})
        for left in decision.left:
            gone = {
                "kind": AssignmentKind.WITHDRAWN,
                "responsible": False,
                "referral": None,
                "contact": MaskedContact(),
            }
            place = {"case_id": left.case_id, "case_seq": left.case_seq, "revision": left.revision}
            for department in left.departments:
                yield record.model_copy(update=gone | place | {"department": department})

    def assignment(self, decision: Routed, department: str) -> Assignment:
        """The record for one department: the responsible one or a copy."""
        complaint, understood = self._complaint, self._complaint.understanding
        automatic = complaint.automatic.is_automatic
        return Assignment(
            kind=decision.kind,
            department=department,
            responsible=department == decision.department,
            case_id=complaint.case_id,
            case_seq=complaint.case_seq,
            complaint_id=complaint.complaint_id,
            revision=complaint.revision,
            tracking_number=complaint.tracking_number,
            verdict=complaint.link.verdict,
            channel=complaint.channel,
            entry=complaint.entry,
            received_at=complaint.received_at,
            language=complaint.language,
            unit=self.unit,
            complaint_kind=understood.kind,
            category=understood.primary,
            secondary=understood.secondary,
            safety=understood.safety,
            severity=understood.severity,
            urgency=NO_WORK if automatic else understood.urgency,
            clocks=decision.clocks,
            goods=self._goods.shown(),
            referral=complaint.referral if department == decision.department else None,
            sealed=complaint.sealed,
            subject=self._subject,
            text=self._text.text,
            truncated=complaint.truncated,
            attachments=self._attachments,
            contact=self._contact_for(decision),
            judge=decision.accused.judge if decision.accused else None,
            needs_review=decision.review or understood.needs_review,
            cluster=complaint.link.cluster,
            evidence=(
                *reopened(complaint),
                *evidence(complaint, decision.corrected_by, decision.refused),
                *watched_because(complaint),
                *self._evidence,
                *self._place_evidence,
            ),
            policy=decision.policy,
            rule_id=decision.rule_id,
        )

    def escalation(self, decision: Routed) -> Escalation:
        """Who must look now, and why: the pack's own words, none of the customer's."""
        complaint, understood = self._complaint, self._complaint.understanding
        return Escalation(
            case_id=complaint.case_id,
            case_seq=complaint.case_seq,
            complaint_id=complaint.complaint_id,
            revision=complaint.revision,
            tracking_number=complaint.tracking_number,
            department=decision.department,
            severity=understood.severity,
            urgency=understood.urgency,
            safety=understood.safety,
            category=understood.primary,
            unit=self.unit,
            parent_case_id=parent_case(complaint, decision.raised),
            reasons=tuple(Evidence(rule=one.rule_id, detail=one.reason) for one in decision.raised),
            informed=tuple(dict.fromkeys(role for one in decision.raised for role in one.informed)),
            received_at=complaint.received_at,
            policy=decision.policy,
        )

    def review(self, decision: Routed) -> ReviewRequest:
        """What a person must decide: rules and points only, no word of the complaint."""
        complaint, understood = self._complaint, self._complaint.understanding
        return ReviewRequest(
            case_id=complaint.case_id,
            complaint_id=complaint.complaint_id,
            revision=complaint.revision,
            tracking_number=complaint.tracking_number,
            category=understood.primary,
            reasons=understood.review_reasons + ((UNRESOLVED,) if self._unresolved else ()),
            evidence=tuple(Evidence(rule=one.rule, points=one.points) for one in understood.evidence)
            + self._place_evidence,
            received_at=complaint.received_at,
            policy=decision.policy,
        )

    @cached_property
    def unit(self) -> Unit:
        """The known unit with its codes; else store and counter as stated, masked, or the store of a scanned code."""
        stated, known = self._complaint.stated, self._located
        store, counter = self._shown(stated.store) or self._place, self._shown(stated.counter)
        if known is None or known.code is None:
            return Unit(store=store, counter=counter)
        return Unit(
            store=known.store,
            counter=known.counter or counter,
            code=known.code,
            counter_code=known.counter_code,
            region=known.region,
        )

    @property
    def _unresolved(self) -> bool:
        return self._located is not None and self._located.unresolved

    @cached_property
    def _place_evidence(self) -> tuple[Evidence, ...]:
        return (self._located.evidence,) if self._located is not None else ()

    def headers(self, department: str) -> dict[str, str]:
        """What consumers filter by, none of it personal: department, store, counter, the codes of unit and region."""
        unit = self.unit
        named = {"x-department": department, "x-store": unit.store, "x-counter": unit.counter}
        named |= {"x-store-code": unit.code, "x-counter-code": unit.counter_code, "x-region": unit.region}
        return {name: " ".join(value.split())[:_LONGEST_HEADER] for name, value in named.items() if value}

    def _shown(self, value: str | None) -> str | None:
        return mask_text(value, self._known) if value else value

    @cached_property
    def _attachments(self) -> tuple[AttachmentNote, ...]:
        """Attachments by id: a file's name may say who sent it."""
        return tuple(
            AttachmentNote(
                attachment_id=one.attachment_id,
                media_type=self._media_type(one.media_type),
                size_bytes=one.size_bytes,
                state=one.state,
            )
            for one in self._complaint.attachments
        )

    def _media_type(self, claimed: str) -> str:
        """What the sender's program called the file, unless it is no media type or says who somebody is."""
        plain = _MEDIA_TYPE.fullmatch(claimed) and not find_personal(claimed, self._known)
        return claimed if plain else "application/octet-stream"

    def _contact_for(self, decision: Routed) -> MaskedContact:
        """The contact; where the accused unit reads along, only the reference that whoever judges redeems on record."""
        if decision.accused is None or decision.accused.apart or not decision.accused.withhold:
            return self._contact
        return MaskedContact(ref=self._contact.ref)

    @cached_property
    def _contact(self) -> MaskedContact:
        sender = self._complaint.sender
        if sender is None:
            return MaskedContact()
        masked = [mask_name(sender.name)] if sender.name else []
        masked += [mask_phone(phone) for phone in sender.phones] + [mask_email(email) for email in sender.emails]
        ref = pseudonym(self._contact_key, "contact", str(self._complaint.complaint_id))
        return MaskedContact(masked=tuple(masked), ref=ref)

    @cached_property
    def _subject(self) -> str | None:
        return self._shown(self._complaint.subject)

    @cached_property
    def _evidence(self) -> tuple[Evidence, ...]:
        return tuple(map(self._reason, self._complaint.understanding.evidence))

    def _reason(self, one: Evidence) -> Evidence:
        """The evidence with its span in the masked text; what points at something masked points nowhere."""
        span = self._text.span(one.start, one.end) if one.start is not None and one.end is not None else None
        start, end = span or (None, None)
        detail = mask_phrase(one.detail, self._known) if one.detail else one.detail
        if (detail, start, end) == (one.detail, one.start, one.end) and not one.model_extra:
            return one
        return Evidence(rule=one.rule, detail=detail, points=one.points, start=start, end=end)


def _facts_only(decision: Routed) -> dict[str, MaskedContact]:
    """What a copy lacks when its unit is accused: everything that leads to the person."""
    return {"contact": MaskedContact()} if decision.accused is not None and decision.accused.withhold else {}


def known_values(complaint: Classified) -> Iterable[str]:
    """Everything that says who the sender is, as stated: masked wherever it stands in the text."""
    sender, hands = complaint.sender, complaint.submitted_by
    if sender is not None:
        single = (sender.name, sender.openid, sender.customer_no, sender.address)
        yield from filter(None, (*single, *sender.phones, *sender.emails))
    yield from filter(None, (hands.name, hands.identifier, complaint.reply_to))
