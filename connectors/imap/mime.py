"""MIME structure: bytes to a tree of entities, with limits that hold before any work is done.

The standard library's parser recurses as deep as a mail nests and compares every line with every open boundary;
a mail of 50 levels or 10,000 parts is ordinary hostile mail here. Sources: RFC 5322, RFC 2045, RFC 2046.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from connectors.imap.words import header_text, parameters
from schemas.settings import MailSettings

_NO_HEADER = re.compile(rb"\r?\n")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,76})[ \t]*:[ \t]?")
_WELL_KNOWN = frozenset(
    b"from to cc subject date message-id received return-path mime-version content-type sender reply-to delivered-to "
    b"content-transfer-encoding in-reply-to references".split()
)
_LOST_BOUNDARY = re.compile(rb"^--([^\s]{3,70})[ \t]*\r?\n(?=content-)", re.MULTILINE | re.IGNORECASE)
_HEADER_BYTES = 256 * 1024
_MAX_FIELDS = 1_000
_MAX_JUNK_LINES = 20


class Headers:
    """The fields of one entity, raw, in their order. Names in lower case."""

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.fields = fields

    def raw(self, name: str) -> bytes:
        """The first field of this name as sent, empty when there is none."""
        return next((value for known, value in self.fields if known == name), b"")

    def every(self, name: str) -> list[bytes]:
        """All fields of this name as sent, topmost first."""
        return [value for known, value in self.fields if known == name]

    def text(self, name: str) -> str:
        """The first field of this name, decoded for reading."""
        return header_text(self.raw(name))

    def __contains__(self, name: str) -> bool:
        return any(known == name for known, _ in self.fields)


@dataclass(frozen=True)
class Entity:
    """One node: a multipart with children, an enclosed message with one child, or a leaf with its undecoded body."""

    headers: Headers
    body: memoryview
    children: tuple["Entity", ...] = ()
    unopened: bool = False

    @cached_property
    def _type(self) -> tuple[str, dict[str, str]]:
        return parameters(self.headers.raw("content-type"))

    @cached_property
    def _disposition(self) -> tuple[str, dict[str, str]]:
        return parameters(self.headers.raw("content-disposition"))

    @property
    def media_type(self) -> str:
        """`type/subtype` in lower case; `text/plain` when missing or no type at all (RFC 2045 section 5.2)."""
        value = self._type[0].split(None, 1)[0] if self._type[0] else ""
        return value if re.fullmatch(r"[!-.0-~]+/[!-.0-~]+", value) else "text/plain"

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of Content-Type, decoded."""
        return self._type[1]

    @property
    def disposition(self) -> str:
        """`inline`, `attachment` or empty."""
        return self._disposition[0]

    @property
    def file_name(self) -> str | None:
        """The name the sender gave, decoded but not yet made safe."""
        return self._disposition[1].get("filename") or self.parameters.get("name") or None

    @property
    def encoding(self) -> str:
        """Content-Transfer-Encoding in lower case."""
        return self.headers.text("content-transfer-encoding").lower()


@dataclass
class Reading:
    """What is counted over one whole mail while its tree is read."""

    limits: MailSettings
    parts: int = 0
    warnings: dict[str, None] = field(default_factory=dict)

    def warn(self, code: str) -> None:
        """Note a repair or omission once, as a reason code."""
        self.warnings.setdefault(code)


def read(raw: bytes | memoryview, reading: Reading, depth: int = 0) -> Entity:
    """Read one message or part. Beyond the limits nothing is opened: it stays a leaf and a warning says so."""
    headers, body = split_headers(raw, reading)
    return _open(Entity(headers, body), reading, depth)


def split_headers(raw: bytes | memoryview, reading: Reading) -> tuple[Headers, memoryview]:
    """Cut a message into its fields and its undecoded body."""
    view = memoryview(raw)
    block_end, body_start = _block(view)
    fields, lost = _fields(bytes(view[: min(block_end, _HEADER_BYTES)]))
    if block_end > _HEADER_BYTES or len(fields) >= _MAX_FIELDS:
        reading.warn("headers_cut")
    if lost is not None:
        reading.warn("headers_without_end")
        body_start = lost
    return Headers(fields), view[body_start:]


def looks_like_mail(headers: Headers) -> bool:
    """Whether at least one field is one that mails have."""
    return any(name.encode() in _WELL_KNOWN for name, _ in headers.fields)


def mail_bytes(raw: bytes) -> bytes:
    """Take off what is not part of the message: an mbox line, blank lines before it, old Macintosh line ends."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    raw = raw.lstrip(b"\r\n")
    if raw.startswith((b"From ", b">From ")) and b"\n" in raw:
        raw = raw.split(b"\n", 1)[1]
    return raw


def _block(view: memoryview) -> tuple[int, int]:
    """Where the header ends and the body begins."""
    found = _NO_HEADER.match(view) or _BLANK_LINE.search(view)
    if found is None:
        return len(view), len(view)
    start = found.start()
    return start - (start > 0 and view[start - 1] == ord("\r")), found.end()


def _fields(block: bytes) -> tuple[list[tuple[str, bytes]], int | None]:
    """The fields of a header block, and where the body starts when a blank line is missing before it."""
    found: list[tuple[str, list[bytes]]] = []
    position = junk = 0
    for line in block.splitlines(keepends=True):
        match = _FIELD.match(line)
        if line[:1] in b" \t" and found:
            found[-1][1].append(line)
        elif match:
            found.append((match[1].lower().decode("ascii"), [line[match.end() :]]))
        elif found and line.strip():
            junk += 1
            if junk > _MAX_JUNK_LINES or not _more_fields(block, position):
                return _joined(found), position
        if len(found) > _MAX_FIELDS:
            break
        position += len(line)
    return _joined(found), None


def _joined(found: list[tuple[str, list[bytes]]]) -> list[tuple[str, bytes]]:
    return [(name, b"".join(lines).rstrip(b"\r\n")) for name, lines in found[:_MAX_FIELDS]]


def _more_fields(block: bytes, position: int) -> bool:
    """Whether a junk line stands among the fields: a well-known field still follows within the next few KiB."""
    following = block[position : position + 4_096].splitlines()[1:]
    return any((match := _FIELD.match(line)) and match[1].lower() in _WELL_KNOWN for line in following)


def _open(entity: Entity, reading: Reading, depth: int) -> Entity:
    kind = entity.media_type
    is_message = kind in ("message/rfc822", "message/global")
    if not is_message and not kind.startswith("multipart/"):
        return entity
    if depth >= reading.limits.max_depth:
        reading.warn("too_deep")
        return Entity(entity.headers, entity.body, unopened=True)
    if is_message:
        inner = () if entity.encoding in ("base64", "quoted-printable") else (read(entity.body, reading, depth + 1),)
        return Entity(entity.headers, entity.body, inner, unopened=not inner)
    children = tuple(_children(entity, reading, depth))
    if not children:
        reading.warn("mime_no_boundary")
    return Entity(entity.headers, entity.body, children)


def _children(entity: Entity, reading: Reading, depth: int) -> Iterator[Entity]:
    default = b"message/rfc822" if entity.media_type == "multipart/digest" else b"text/plain"
    for part in _parts(entity, reading):
        if reading.parts >= reading.limits.max_parts:
            reading.warn("too_many_parts")
            return
        reading.parts += 1
        headers, body = split_headers(part, reading)
        if "content-type" not in headers:
            headers.fields.append(("content-type", default))
        yield _open(Entity(headers, body), reading, depth + 1)


def _parts(entity: Entity, reading: Reading) -> Iterator[memoryview]:
    body = entity.body
    boundary = entity.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")[:200]
    delimiter = _delimiter(boundary)
    if not boundary or not delimiter.search(body):
        lost = _LOST_BOUNDARY.search(body)
        if lost is None:
            return
        delimiter = _delimiter(lost[1])
        reading.warn("mime_boundary_guessed")
    start: int | None = None
    for found in delimiter.finditer(body):
        if start is not None:
            yield _without_line_end(body[start : found.start()])
        if found[1]:
            return
        start = found.end()
    reading.warn("mime_truncated")
    if start is not None:
        yield body[start:]


def _delimiter(boundary: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


def _without_line_end(part: memoryview) -> memoryview:
    end = bytes(part[-2:])
    return part[: len(part) - 2] if end == b"\r\n" else part[: len(part) - end.endswith(b"\n")]
