"""winmail.dat: the files and the text Outlook wraps in TNEF.

Read here and not with tnefparse, which loops 4 billion times on a 40-byte file that claims so many properties.
Source: MS-OXTNEF (Transport Neutral Encapsulation Format), MS-OXCDATA for property types.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.imap.charsets import decode

_SIGNATURE = b"\x78\x9f\x3e\x22"
_CODEPAGE, _BODY, _MESSAGE_PROPERTIES = 0x9007, 0x800C, 0x9003
_NEW_ATTACHMENT, _TITLE, _CONTENT, _ATTACHMENT_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_PLAIN, _HTML, _LONG_NAME, _OBJECT = 0x1000, 0x1013, 0x3707, 0x3701
_SIZES = {0x0001: 0, 0x0002: 4, 0x000B: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8,
          0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
_STRING, _UNICODE, _EMBEDDED, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_MAX_OBJECTS = 2_000
_MAX_PROPERTIES = 2_000
_MAX_FILES = 200


@dataclass
class WrappedFile:
    """One file inside; its name as sent."""

    name: str | None = None
    content: bytes = b""


@dataclass
class Wrapped:
    """What a winmail.dat holds. `complete` is False when it ends early or breaks the format."""

    plain: str = ""
    html: str = ""
    files: list[WrappedFile] = field(default_factory=list)
    complete: bool = True


def unwrap(data: bytes) -> Wrapped | None:
    """Read a TNEF stream as far as it can be read; None when it is none. Never raises, linear in the length."""
    if not data.startswith(_SIGNATURE):
        return None
    found = Wrapped()
    charset = "cp936"
    try:
        for number, content in _objects(data):
            if number == _CODEPAGE and len(content) >= 4:
                charset = f"cp{struct.unpack_from('<I', content)[0]}"
            else:
                _take(found, number, content, charset)
    except struct.error:
        found.complete = False
    found.files = [file for file in found.files if file.content]
    return found


def _objects(data: bytes) -> Iterator[tuple[int, memoryview]]:
    view = memoryview(data)
    offset = 6
    for _ in range(_MAX_OBJECTS):
        if offset + 9 > len(view):
            return
        number, _type, length = struct.unpack_from("<HHI", view, offset + 1)
        yield number, view[offset + 9 : offset + 9 + length]
        if offset + 9 + length > len(view):
            raise struct.error("object longer than the stream")
        offset += 9 + length + 2


def _take(found: Wrapped, number: int, content: memoryview, charset: str) -> None:
    if number == _NEW_ATTACHMENT and len(found.files) < _MAX_FILES:
        found.files.append(WrappedFile())
    elif number == _BODY:
        found.plain = decode(bytes(content).rstrip(b"\0"), charset).text
    elif number == _MESSAGE_PROPERTIES:
        for name, kind, value in _properties(content):
            if name == _PLAIN:
                found.plain = _text(value, kind, charset)
            elif name == _HTML:
                found.html = _text(value, kind, None)
    elif found.files:
        _take_file(found.files[-1], number, content, charset)


def _take_file(file: WrappedFile, number: int, content: memoryview, charset: str) -> None:
    if number == _TITLE:
        file.name = file.name or decode(bytes(content).rstrip(b"\0"), charset).text
    elif number == _CONTENT:
        file.content = bytes(content)
    elif number == _ATTACHMENT_PROPERTIES:
        for name, kind, value in _properties(content):
            if name == _LONG_NAME:
                file.name = _text(value, kind, charset)
            elif name == _OBJECT and not file.content:
                file.content = bytes(value)


def _text(value: memoryview, kind: int, charset: str | None) -> str:
    data = bytes(value)
    if kind == _UNICODE:
        return data.decode("utf-16-le", "replace").rstrip("\0")
    return decode(data.rstrip(b"\0"), charset).text


def _properties(view: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """The properties with text or bytes. The count is not believed: the data must be there for each."""
    (count,) = struct.unpack_from("<I", view)
    offset = 4
    for _ in range(min(count, _MAX_PROPERTIES)):
        kind, name = struct.unpack_from("<HH", view, offset)
        offset = _after_name(view, offset + 4, name)
        many, kind = bool(kind & 0x1000), kind & 0x0FFF
        values = 1
        if many or kind in (_STRING, _UNICODE, _EMBEDDED, _BINARY):
            (values,) = struct.unpack_from("<I", view, offset)
            offset += 4
        if kind in _SIZES:
            offset += _SIZES[kind] * values
            continue
        for _ in range(min(values, _MAX_PROPERTIES)):
            (length,) = struct.unpack_from("<I", view, offset)
            yield name, kind, view[offset + 4 : offset + 4 + length]
            offset += 4 + length + -length % 4


def _after_name(view: memoryview, offset: int, name: int) -> int:
    """Named properties (0x8000 and up) carry a GUID and a number or a text before their value."""
    if name < 0x8000:
        return offset
    (is_text,) = struct.unpack_from("<I", view, offset + 16)
    if not is_text:
        return offset + 24
    (length,) = struct.unpack_from("<I", view, offset + 20)
    return offset + 24 + int(length) + -int(length) % 4
