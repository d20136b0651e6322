"""Who wrote a mail, who handed it over, where an answer goes, and which thread it belongs to."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from connectors.imap.addresses import Address, addresses
from connectors.imap.automatic import plain
from connectors.imap.mime import Headers, Reading
from connectors.imap.words import unfold_bytes
from schemas.complaint import Proof, Sender, Thread
from schemas.tokens import find_case_tokens

_FALLBACKS = ("reply-to", "sender", "return-path")
_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_MAX_REFERENCES = 50
_MAX_NAME_CHARS = 200
_YEARS = range(1980, 2200)


@dataclass(frozen=True, slots=True)
class Writer:
    """The addresses a mail names as its writer (several are allowed), and the name when there is no address."""

    addresses: tuple[Address, ...] = ()
    name: str | None = None

    @property
    def first(self) -> Address | None:
        """The one a reply would go to."""
        return self.addresses[0] if self.addresses else None

    def sender(self, proven: bool) -> Sender | None:
        """As part of a complaint; None when nothing is known."""
        if not self.addresses and not self.name:
            return None
        emails = tuple(dict.fromkeys(one.address for one in self.addresses[:20]))
        return Sender(
            name=next((one.name for one in self.addresses if one.name), self.name),
            emails=emails,
            proofs=dict.fromkeys(emails, Proof.CHANNEL if proven else Proof.NONE),
        )


def writer(headers: Headers, reading: Reading) -> Writer:
    """From; where no address can be read there: Reply-To, Sender, Return-Path, in this order."""
    named = tuple(one for raw in headers.every("from")[:5] for one in addresses(raw))
    if named:
        return Writer(named)
    name = headers.text("from").strip("\"'<> ")[:_MAX_NAME_CHARS] or None
    for header in _FALLBACKS:
        found = tuple(addresses(headers.raw(header)))
        if found:
            reading.warn(f"sender_from_{header.replace('-', '_')}")
            return Writer(found, name)
    reading.warn("no_sender")
    return Writer((), name)


def reply_address(headers: Headers, who: Writer, own: frozenset[str]) -> str | None:
    """Where an acknowledgement goes (RFC 3834 section 4): Reply-To, else From; never to one of our own addresses."""
    candidates = (*addresses(headers.raw("reply-to")), *who.addresses)
    return next((one.address for one in candidates if plain(one.address) not in own), None)


def thread(headers: Headers, own: frozenset[str]) -> Thread:
    """What a mail answers and to which of our addresses it came; the case token in it is not yet verified."""
    received_by = [one for header in _RECIPIENTS for raw in headers.every(header)[:20] for one in addresses(raw)]
    ours = [one for one in received_by if plain(one.address) in own]
    tokens = (token for text in _where_tokens_are(ours, headers) for token in find_case_tokens(text))
    references = _ids(b" ".join(headers.every("references")[:5]))
    return Thread(
        message_id=message_id(headers) or None,
        in_reply_to=next(iter(_ids(headers.raw("in-reply-to"))), None),
        references=references[:1] + references[1:][-_MAX_REFERENCES:],
        token=next(tokens, None),
        recipients=tuple(dict.fromkeys(plain(one.address) for one in ours))[:20],
    )


def _where_tokens_are(ours: Iterable[Address], headers: Headers) -> Iterator[str]:
    for one in ours:
        yield one.local.partition("+")[2]
    yield headers.text("x-complaint-token")[:500]
    yield headers.text("subject")[:2_000]


def message_id(headers: Headers) -> str:
    """The raw Message-ID without the white space around it, empty when missing or not to be stored."""
    raw = unfold_bytes(headers.raw("message-id")).strip()
    return raw.decode("latin-1") if len(raw) <= 998 else ""


def _ids(raw: bytes) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(unfold_bytes(raw).decode("latin-1"))))


def sent_at(headers: Headers, reading: Reading) -> datetime | None:
    """The Date header as the sender claims, None when it cannot be read. It never sets a clock."""
    written = headers.text("date")[:100]
    if not written:
        return None
    try:
        moment = parsedate_to_datetime(written)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        reading.warn("date_unreadable")
        return None
    if moment.year not in _YEARS:
        reading.warn("date_unreadable")
        return None
    return moment
