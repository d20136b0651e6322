"""Header values: encoded words (RFC 2047), parameters (RFC 2231), and what clients send instead of them."""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from connectors.imap.charsets import base64_bytes, decode, decode_header_bytes

# No "?" inside the encoded text: the expression cannot run past the next one, so it stays linear on any input.
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*)\?=")
_FOLD = re.compile(r"[\r\n]+[ \t]?|\t")
_INVISIBLE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SEGMENT = re.compile(r"^(.+?)\*(\d{1,4})?(\*)?$")
MAX_HEADER_CHARS = 16_000
"""A header value is read up to here; RFC 5322 wants lines under 998, a References header may be a few thousand."""


@dataclass(frozen=True, slots=True)
class _Word:
    charset: str
    content: bytes


def header_text(raw: bytes) -> str:
    """A header value as people read it: unfolded, decoded, without control and direction characters."""
    return visible(decode_words(unfold(raw)))


def visible(text: str) -> str:
    """Take out what cannot be seen but changes how a name reads (controls, zero width, right-to-left override)."""
    return _INVISIBLE.sub("", text).strip()


def unfold(raw: bytes) -> str:
    """A raw value on one line, as text, with encoded words still encoded."""
    return _FOLD.sub(" ", decode_header_bytes(raw[:MAX_HEADER_CHARS])).strip()


def decode_words(text: str) -> str:
    """Replace encoded words; neighbours of one charset are joined as bytes first, a character may be split over two."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    pending: list[_Word] = []
    position = 0
    for match in _ENCODED_WORD.finditer(text):
        between = text[position : match.start()]
        if between.strip() or not pending:
            pieces.append(_join(pending))
            pending = []
            pieces.append(between)
        pending.append(_Word(match[1], _content(match[2], match[3])))
        position = match.end()
    return "".join((*pieces, _join(pending), text[position:]))


def _content(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "Bb":
        return base64_bytes(data)[0]
    return quopri.decodestring(data.replace(b"_", b"=20"), header=False)


def _join(words: list[_Word]) -> str:
    pieces: list[str] = []
    start = 0
    for end in range(1, len(words) + 1):
        if end == len(words) or words[end].charset.lower() != words[start].charset.lower():
            content = b"".join(word.content for word in words[start:end])
            pieces.append(decode(content, words[start].charset).text)
            start = end
    return "".join(pieces)


def parameters(raw: bytes) -> tuple[str, dict[str, str]]:
    """Split `value; name=content; …` into the value in lower case and its decoded parameters.

    Reads RFC 2231 (charset, continuations), encoded words inside quotes, and raw 8-bit content; the first of a
    name wins, the RFC 2231 form before the plain one.
    """
    value, *rest = _split(unfold_bytes(raw))
    plain: dict[str, bytes] = {}
    segments: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for part in rest:
        name, equals, content = part.partition(b"=")
        key = name.strip().lower().decode("ascii", "replace")
        if not equals or not key:
            continue
        content = _unquoted(content.strip())
        if segment := _SEGMENT.match(key):
            number = int(segment[2] or 0)
            encoded = bool(segment[3]) or segment[2] is None
            segments.setdefault(segment[1], {}).setdefault(number, (encoded, content))
        else:
            plain.setdefault(key, content)
    decoded = {key: visible(decode_words(decode_header_bytes(content))) for key, content in plain.items()}
    decoded |= {key: visible(_extended(numbered)) for key, numbered in segments.items()}
    return value.strip().lower().decode("ascii", "replace"), decoded


def unfold_bytes(raw: bytes) -> bytes:
    """A raw value on one line, still as bytes."""
    return re.sub(rb"[\r\n]+[ \t]?", b" ", raw[:MAX_HEADER_CHARS])


def _split(raw: bytes) -> Iterator[bytes]:
    """Split at semicolons outside quotes, in one pass."""
    start, quoted, escaped = 0, False, False
    for position, byte in enumerate(raw):
        if escaped:
            escaped = False
        elif byte == 0x5C and quoted:
            # A GBK character may end in a backslash byte: only an escape when a quote or backslash follows.
            escaped = raw[position + 1 : position + 2] in (b'"', b"\\")
        elif byte == 0x22:
            quoted = not quoted
        elif byte == 0x3B and not quoted:
            yield raw[start:position]
            start = position + 1
    yield raw[start:]


def _unquoted(content: bytes) -> bytes:
    if content[:1] != b'"':
        return content
    inner = content[1:-1] if content.endswith(b'"') and len(content) > 1 else content[1:]
    return re.sub(rb'\\(["\\])', rb"\1", inner)


def _extended(segments: dict[int, tuple[bool, bytes]]) -> str:
    charset: str | None = None
    content = bytearray()
    for number in sorted(segments):
        encoded, piece = segments[number]
        if encoded and number == min(segments) and piece.count(b"'") >= 2:
            label, _, piece = piece.split(b"'", 2)
            charset = label.decode("ascii", "replace") or None
        content += unquote_to_bytes(piece) if encoded else piece
    if charset is None and not any(encoded for encoded, _ in segments.values()):
        return decode_words(decode_header_bytes(bytes(content)))
    return decode(bytes(content), charset).text


def quoted_printable(data: bytes) -> tuple[bytes, bool]:
    """Decode quoted-printable; False when it holds something that is none (it is kept as it stands)."""
    try:
        clean = b"=" not in re.sub(rb"=(?:[0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*$)", b"", data)
        return quopri.decodestring(data), clean
    except (binascii.Error, ValueError):
        return data, False
