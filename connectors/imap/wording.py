"""The text of a complaint out of a mail: own words first, quotes apart, enclosed messages where they belong."""

import re
from dataclasses import dataclass, field

from connectors.imap.addresses import addresses
from connectors.imap.automatic import plain
from connectors.imap.contents import Contents, File, contents
from connectors.imap.mime import Entity, Reading
from connectors.imap.quotes import split
from schemas.base import REPLACEMENT
from schemas.complaint import MAX_TEXT_CHARS

MAX_TEXT_BYTES = 180_000
MAX_QUOTED_CHARS = 10_000
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), REPLACEMENT) | {0x09: "\t", 0x0A: "\n"}
_DIRECTION = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF), "")
_UNREADABLE = str.maketrans(_CONTROLS | _DIRECTION)
_FORWARD = re.compile(r"\s*(?:fwd?|转发|轉寄|轉發|转寄|wg)\s*[:：]", re.IGNORECASE)
_NOTE_CHARS = 200
_MAX_ENCLOSED = 10
_ICS_FIELD = re.compile(r"^(?:SUMMARY|DESCRIPTION|LOCATION)(?:;[^:\n]{0,200})?:(.*)$", re.MULTILINE)


@dataclass
class Wording:
    """What a mail says. `forwarded` is the enclosed message when the mail only hands it over."""

    text: str
    quoted: str | None
    truncated: bool = False
    files: list[File] = field(default_factory=list)
    forwarded: Entity | None = None


def wording(message: Entity, held: Contents, own: frozenset[str], automatic: bool, reading: Reading) -> Wording:
    """Put the texts of one mail together; a mail that encloses one message and adds a note hands that over."""
    parts = split(_cleaned(held.text))
    text, quoted = parts.text, [parts.quoted]
    enclosed = [(inner, contents(inner, reading)) for inner in held.messages[:_MAX_ENCLOSED]]
    forwarded = None if automatic else _forwarded(message, parts.text, held, own)
    for inner, inside in enclosed:
        inner_parts = split(_cleaned(inside.text))
        if inner is forwarded or not text:
            text = "\n\n".join(filter(None, (text, inner_parts.text)))
            quoted.append(inner_parts.quoted)
        else:
            quoted.append(inside.text and _cleaned(inside.text))
    text = text or _cleaned("\n\n".join(held.spare)).strip() or _cleaned(_calendar_text(held.calendars))
    files = [*held.files, *(file for _, inside in enclosed for file in inside.files)]
    rest = "\n\n".join(filter(None, quoted)) or None
    return _cut(Wording(text, rest, files=files, forwarded=forwarded))


def _forwarded(message: Entity, note: str, held: Contents, own: frozenset[str]) -> Entity | None:
    """The enclosed message if the mail is a forward as attachment: one message of somebody else, and hardly a word.

    With more words of its own the mail is the complaint and the enclosed message its evidence.
    """
    if len(held.messages) != 1:
        return None
    if len(note) > _NOTE_CHARS and not _FORWARD.match(message.headers.text("subject")):
        return None
    author, outer = (_first_address(one.headers.raw("from")) for one in (held.messages[0], message))
    return held.messages[0] if author is not None and author not in own and author != outer else None


def _first_address(raw: bytes) -> str | None:
    return next((plain(one.address) for one in addresses(raw)), None)


def _cleaned(text: str) -> str:
    return text.translate(_UNREADABLE)


def _cut(whole: Wording) -> Wording:
    """Keep the record within 256 KiB with room for what later stages add: a Han character takes 3 bytes, an emoji 4."""
    text = whole.text[:MAX_TEXT_CHARS]
    encoded = text.encode("utf-8", "replace")
    if len(encoded) > MAX_TEXT_BYTES:
        text = encoded[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
    if whole.quoted and len(whole.quoted) > MAX_QUOTED_CHARS:
        whole.quoted = whole.quoted[:MAX_QUOTED_CHARS]
        whole.truncated = True
    if len(text) < len(whole.text):
        whole.text = text
        whole.truncated = True
    return whole


def _calendar_text(calendars: list[str]) -> str:
    """Title, description and place of an invitation that comes without any other text (RFC 5545)."""
    lines = [match.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").strip()
             for calendar in calendars
             for match in _ICS_FIELD.findall(re.sub(r"\n[ \t]", "", calendar[:100_000]))]  # fmt: skip
    return "\n".join(filter(None, lines))
