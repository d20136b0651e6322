"""A small picture, made of the format's own parts."""

import struct
import zlib

_WIDTH, _HEIGHT = 320, 240


def png() -> bytes:
    """A carton before a wall, as RGB, without metadata."""
    rows = b"".join(b"\0" + bytes(channel for x in range(_WIDTH) for channel in _colour(x, y)) for y in range(_HEIGHT))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _colour(x: int, y: int) -> tuple[int, int, int]:
    if 110 <= x < 210 and 60 <= y < 220:
        return (32, 96, 176) if 110 <= y < 150 else (240, 240, 236)
    return (196, 206, 212) if y < 200 else (150, 128, 104)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
