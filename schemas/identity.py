"""Names of things: complaint ids, case ids, tracking numbers, keys of topics. All pure, all repeatable."""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from uuid import UUID, uuid5

from stdnum.iso7064 import mod_37_36

from schemas.complaint import Complaint

NAMESPACE = UUID("6f0b5b2e-6c0e-5b43-9a50-0d8f6b1f2a11")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FROM_RFC4648 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", CROCKFORD)
_READ_ALIKE = str.maketrans("OIL", "011")
NUMBER_CHARS = 12
OUTGOING_MESSAGE_ID = re.compile(r"<complaint\.[0-9a-f-]{36}@[^\s<>]{1,255}>", re.IGNORECASE)
"""The form of `outgoing_message_id`, to look for in text."""
_OUTBOX = re.compile(r"<?complaint\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^<>@\s]+>?", re.IGNORECASE)


def named_uuid(*parts: str) -> UUID:
    """Derive a UUIDv5 from parts; a length prefix keeps ("a", "bc") and ("ab", "c") apart."""
    return uuid5(NAMESPACE, "".join(f"{len(part)}:{part}" for part in parts))


def content_hash(*fields: str | bytes) -> str:
    """SHA-256 over the canonical fields of one item, before any interpretation."""
    digest = hashlib.sha256()
    for field in fields:
        data = field.encode(errors="surrogatepass") if isinstance(field, str) else field
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def complaint_id(channel: str, account: str, source_id: str, content: str) -> UUID:
    """The id of one complaint: the same item delivered again has the same id."""
    return named_uuid("complaint", channel, account, source_id, content)


def first_case_id(opener: UUID) -> UUID:
    """The id of the case that this complaint opens; known before the deduplicate stage has seen it."""
    return named_uuid("case", str(opener))


def outbox_id(case_id: UUID, kind: str, occasion: str) -> UUID:
    """The id of one message to a customer. The text is not in it, so two writers of the same message collide."""
    return named_uuid("outbox", str(case_id), kind, occasion)


def outgoing_message_id(outbox: UUID, domain: str) -> str:
    """The Message-ID of a mail we send, with angle brackets: the same on every retry, known before sending."""
    return f"<complaint.{outbox}@{domain}>"


def outbox_id_of(message_id: str) -> UUID | None:
    """The outbox id in a Message-ID that `outgoing_message_id` could have made, whatever the domain; else None.

    It proves nothing: whoever asks must know the outbox id as one of ours.
    """
    found = _OUTBOX.fullmatch(message_id.strip())
    return UUID(found[1]) if found else None


def pseudonym(key: bytes, *parts: str) -> str:
    """HMAC-SHA256 of an identifier, 32 hex characters: keys of records and locks hold no personal data."""
    return hmac.digest(key, "\x1f".join(parts).encode(errors="replace"), "sha256").hex()[:32]


def recipient_key(key: bytes, address: str) -> str:
    """The pseudonym of an address we answer to: the same for signals, guards and closed ways."""
    return pseudonym(key, "recipient", address.strip().lower())


def tracking_number(number_key: bytes, item: UUID) -> str:
    """The number a customer reads out: 12 Crockford base32 characters (60 bits) and a check character.

    The check character is ISO 7064's hybrid system over the 32 characters (MOD 33,32); it finds every
    single wrong character. The number is no credential: the tracking page needs a second secret.
    """
    digest = hmac.new(number_key, item.bytes, hashlib.sha256).digest()
    body = b32encode(digest[:10]).decode().translate(_FROM_RFC4648)[:NUMBER_CHARS]
    whole = body + str(mod_37_36.calc_check_digit(body, alphabet=CROCKFORD))
    return "-".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def read_tracking_number(typed: str) -> str | None:
    """Return the canonical form of a number as a person typed it, or None when it cannot be one.

    Lower case, missing dashes and spaces, and O/I/L for 0/1/1 are accepted, as Crockford's alphabet asks.
    """
    compact = "".join(typed.split()).replace("-", "").upper().translate(_READ_ALIKE)
    if len(compact) != NUMBER_CHARS + 1 or any(char not in CROCKFORD for char in compact):
        return None
    if str(mod_37_36.calc_check_digit(compact[:-1], alphabet=CROCKFORD)) != compact[-1]:
        return None
    return "-".join(compact[i : i + 4] for i in range(0, len(compact), 4))


def strongest_identifiers(complaint: Complaint) -> Iterable[tuple[str, str]]:
    """The sender's identifiers as (kind, value), strongest first: number, openid, phone, e-mail."""
    sender = complaint.sender
    if sender is None:
        return
    if sender.customer_no:
        yield "customer_no", sender.customer_no
    if sender.openid:
        yield "openid", sender.openid
    yield from (("phone", phone) for phone in sender.phones)
    yield from (("email", email) for email in sender.emails)


def sender_key(key: bytes, complaint: Complaint) -> str:
    """The record key on `complaints.received.v1`: one sender's complaints share a partition.

    With no identifier at all it is the complaint_id, so anonymous complaints spread evenly.
    """
    for kind, value in strongest_identifiers(complaint):
        return pseudonym(key, kind, value)
    return str(complaint.complaint_id)
