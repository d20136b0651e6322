"""Pictures that say where they were taken, made of their formats' own parts."""

import struct
import zlib

PLACE = (31, 13, 49)
"""Degrees, minutes, seconds of the latitude they were taken at."""


def tiff(order: str = "<") -> bytes:
    """An Exif block: orientation 6, and a GPS directory with the latitude."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    gps_at, value_at = 8 + 2 + 24 + 4, 8 + 2 + 24 + 4 + 2 + 24 + 4
    first = struct.pack(order + "H", 2)
    first += struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0) + struct.pack(order + "HHII", 0x8825, 4, 1, gps_at)
    gps = struct.pack(order + "H", 2)
    gps += struct.pack(order + "HHI", 1, 2, 2) + b"N\0\0\0" + struct.pack(order + "HHII", 2, 5, 3, value_at)
    none, values = bytes(4), b"".join(struct.pack(order + "II", one, 1) for one in PLACE)
    return mark + struct.pack(order + "I", 8) + first + none + gps + none + values


def latitude(order: str = "<") -> bytes:
    """How the latitude stands in the block."""
    return b"".join(struct.pack(order + "II", one, 1) for one in PLACE)


def jpeg(order: str = "<", xmp: bytes = b"", behind: bytes = b"") -> bytes:
    """A JPEG with Exif, XMP and whatever comes behind its end."""
    exif = b"Exif\0\0" + tiff(order)
    words = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", len(one) + 2) + one for one in (exif, words))
    return b"\xff\xd8" + segments + b"\xff\xda\0\x02pixels of the picture\xff\xd9" + behind


def png() -> bytes:
    """A PNG with an Exif chunk and words."""
    chunks = ((b"IHDR", bytes(13)), (b"eXIf", tiff(">")), (b"tEXt", b"Comment\0at 31.13,121.47"), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def heic() -> bytes:
    """The outside of a HEIC file with its Exif somewhere inside."""
    return struct.pack(">I", 24) + b"ftypheic" + bytes(12) + b"mdat" + bytes(30) + b"Exif\0\0" + tiff(">") + b"picture"


def film() -> bytes:
    """The outside of a film that says where it was taken."""
    return struct.pack(">I", 24) + b"ftypisom" + bytes(12) + b"\xa9xyz\0\x12\x15\xc7+31.2304+121.4737/" + b"frames"
