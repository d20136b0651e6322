"""Takes the place where a picture or film was taken out of its bytes; their length and everything else stay.

Positions are blanked where they stand, in any container: Exif lies as a TIFF structure in JPEG, PNG, WebP, HEIC and
the second picture behind a first one alike. Source: TIFF 6.0 (IFD entries), Exif 2.32 (GPS IFD, tag 0x8825), XMP part 2
(exif:GPS…), QuickTime file format (©xyz and com.apple.quicktime.location, ISO 6709).
"""

import re
import struct
import zlib
from collections.abc import Iterator

_TIFF = re.compile(rb"II\*\0|MM\0\*")
_XMP = re.compile(rb"""(exif:GPS\w+(?:\s*=\s*["']|>))([^"'<>]{1,200})""")
_ISO_6709 = re.compile(rb"[+-]\d{2,6}(?:\.\d+)?[+-]\d{3,7}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?/")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*")
_GPS_IFD = 0x8825
_MAX_ENTRIES = 1_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
"""TIFF field type → bytes of one value."""
_PNG_WORDS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
"""Chunks in which programs hide Exif as compressed or hexadecimal text."""


def without_location(content: bytes) -> bytes:
    """The same bytes without positions; whatever is no picture and no film comes back as it is."""
    if not _can_have_one(content):
        return content
    blanked = bytearray(content)
    for found in _TIFF.finditer(content):
        _blank_gps(blanked, found.start(), "<" if found[0].startswith(b"I") else ">")
    for found in _XMP.finditer(content):
        blanked[found.start(2) : found.end(2)] = b" " * len(found[2])
    if content[4:8] == b"ftyp":
        for found in _ISO_6709.finditer(content):
            blanked[found.start() : found.end()] = b" " * len(found[0])
    return _repaired_png(blanked) if content.startswith(b"\x89PNG") else bytes(blanked)


def _can_have_one(content: bytes) -> bool:
    return content.startswith(_PICTURES) or content[4:8] == b"ftyp" or content[8:12] == b"WEBP"


def _blank_gps(content: bytearray, base: int, order: str) -> None:
    """Follow the directories of a TIFF structure that may begin at `base`, and blank its GPS directory."""
    first = _number(content, base + 4, order + "I")
    for tag, entry in _entries(content, base, first, order):
        if tag == _GPS_IFD:
            gps = _number(content, entry + 8, order + "I")
            for _, inner in list(_entries(content, base, gps, order)):
                _blank_value(content, base, inner, order)


def _entries(content: bytearray, base: int, offset: int | None, order: str) -> Iterator[tuple[int, int]]:
    """Tag and position of each entry of a directory, none when it cannot be one: tags ascend, types are known."""
    count = _number(content, base + offset, order + "H") if offset else None
    if offset is None or not count or count > _MAX_ENTRIES or base + offset + 2 + 12 * count > len(content):
        return
    before = -1
    for index in range(count):
        entry = base + offset + 2 + 12 * index
        tag, kind = struct.unpack_from(order + "HH", content, entry)
        if tag <= before or kind not in _SIZES:
            return
        before = tag
        yield tag, entry


def _blank_value(content: bytearray, base: int, entry: int, order: str) -> None:
    kind, count = struct.unpack_from(order + "HI", content, entry + 2)
    size = _SIZES[kind] * count
    if size > 4:
        start = base + struct.unpack_from(order + "I", content, entry + 8)[0]
        if start + size <= len(content):
            content[start : start + size] = bytes(size)
    else:
        content[entry + 8 : entry + 12] = bytes(4)


def _number(content: bytearray, at: int, form: str) -> int | None:
    if at + struct.calcsize(form) > len(content):
        return None
    found: int = struct.unpack_from(form, content, at)[0]
    return found


def _repaired_png(content: bytearray) -> bytes:
    """Blank the words of a PNG and make the checksum of what was blanked right again."""
    at = 8
    while at + 12 <= len(content):
        length = struct.unpack_from(">I", content, at)[0]
        kind, end = bytes(content[at + 4 : at + 8]), at + 8 + length
        if end + 4 > len(content):
            break
        if kind in _PNG_WORDS:
            content[at + 4 : at + 8] = b"spAc"  # a private chunk that may be left out: nobody reads it as text
            content[at + 8 : end] = bytes(length)
        if kind in _PNG_WORDS or kind == b"eXIf":
            struct.pack_into(">I", content, end, zlib.crc32(content[at + 4 : end]))
        at = end + 4
    return bytes(content)
