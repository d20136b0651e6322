"""What the index keeps of a complaint. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from schemas.base import rfc3339
from schemas.complaint import Sender
from schemas.indexed import IndexedView
from schemas.masking import mask_email, mask_name, mask_phone, mask_text
from schemas.order_number import MOST_OF_A_COMPLAINT, canonical_order_number
from schemas.terms import MAX_CHARS, Tags, category_tag, channel_tag, order_tag, text_terms, unit_tag

_EXCERPT_CHARS = 120
_MOST_IDENTIFIERS = 20
_NAME_CHARS = 200
_LONGEST_NUMBER = 64


def row_of(key: bytes, of: IndexedView) -> dict[str, Any]:
    """The row of a complaint, its values as JSON has them.

    Of a sealed one neither words nor identity, nor numbers that lead to somebody.
    """
    found, clocks = of.understanding, list(_clocks(of))
    own = _of_sealed() if of.sealed else _of_open(of)
    orders = own["order_numbers"]
    place = [name for name in (_place(of, "store"), of.stated.counter) if name]
    terms = {channel_tag(of.channel), category_tag(found.primary), *map(unit_tag, place), *map(order_tag, orders)}
    if not of.sealed:
        terms |= {*text_terms(of.subject, of.text), *_of_persons(Tags(key), of)}
    return own | {
        "complaint_id": str(of.complaint_id),
        "revision": of.revision,
        "tracking_number": of.tracking_number,
        "case_id": str(of.case_id),
        "case_seq": of.case_seq,
        "verdict": of.link.verdict.value,
        "channel": of.channel,
        "account": of.account,
        "entry": of.entry,
        "received_at": rfc3339(of.received_at),
        "sealed": of.sealed,
        "automatic": of.automatic.is_automatic,
        "kind": found.kind,
        "category": found.primary,
        "severity": found.severity,
        "urgency": found.urgency,
        "safety": found.safety,
        "store": _place(of, "store"),
        "counter": (of.stated.counter or "")[:_NAME_CHARS] or None,
        "product": _place(of, "product"),
        "language": of.language,
        "attachments": len(of.attachments),
        "clocks": clocks,
        "due_at": min((one["due_at"] for one in clocks), default=None),
        "terms": sorted(terms),
    }


def _of_sealed() -> dict[str, Any]:
    return {"order_numbers": [], "contact": "", "excerpt": "", "subject": None, "text": None}


def _of_open(of: IndexedView) -> dict[str, Any]:
    sender = of.sender or Sender()
    known = tuple(one for one in (sender.name, sender.address, *sender.phones, *sender.emails) if one)
    subject, text = (mask_text((written or "")[:MAX_CHARS], known) for written in (of.subject, of.text))
    begins = "：".join(part for part in (subject, text) if part)
    return {
        "order_numbers": list(_order_numbers(of)),
        "contact": "，".join(_masked(sender)),
        "excerpt": " ".join(begins.split())[:_EXCERPT_CHARS],
        "subject": subject or None,
        "text": text,
    }


def _masked(sender: Sender) -> Iterator[str]:
    """Name, first telephone and first address, masked."""
    if sender.name:
        yield mask_name(sender.name[:_NAME_CHARS])
    yield from map(mask_phone, sender.phones[:1])
    yield from map(mask_email, sender.emails[:1])


def _order_numbers(of: IndexedView) -> Iterable[str]:
    """Stated and found, each once."""
    written = [of.stated.order_no, *(one.value for one in of.understanding.fields.get("order_no", ()))]
    canonical = (canonical_order_number(one)[:_LONGEST_NUMBER] for one in written if one)
    return [one for one in dict.fromkeys(canonical) if one][:MOST_OF_A_COMPLAINT]


def _of_persons(tags: Tags, of: IndexedView) -> Iterator[str]:
    """The sender's identifiers, and telephones of the text: whose they are is not said."""
    sender = of.sender or Sender()
    phones = [*sender.phones, *(one.value for one in of.understanding.fields.get("phone", ()))]
    for written in phones[:_MOST_IDENTIFIERS]:
        yield from tags.phone(written)
    yield from map(tags.email, sender.emails[:_MOST_IDENTIFIERS])
    if sender.name:
        yield tags.name(sender.name)


def _place(of: IndexedView, name: str) -> str | None:
    """A value as stated, else the first that was found in the text."""
    values = of.understanding.fields.get(name, ())
    value = getattr(of.stated, name) or (values[0].value if values else None)
    return value[:_NAME_CHARS] if value else None


def _clocks(of: IndexedView) -> Iterator[dict[str, Any]]:
    if of.understanding.promise is not None:
        yield of.understanding.promise.model_dump(mode="json", exclude_none=True)
    if of.referral is not None and of.referral.due_at is not None:
        yield {"clock": "referral", "rule_id": "written", "due_at": rfc3339(of.referral.due_at)}
