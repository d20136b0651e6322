"""One file of the spool: length-prefixed records and a checksum over all of it.

    INTAKE-SPOOL 1\\n | number of records | each: topic, key, value, headers | SHA-256

Every length and count is 4 bytes, big-endian. A file without its right checksum is torn.
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence

from schemas.wire import Message

MAGIC = b"INTAKE-SPOOL 1\n"
_LENGTH = struct.Struct(">I")
_DIGEST_BYTES = hashlib.sha256().digest_size


class TornEntry(ValueError):
    """The file is not what was written: cut off or changed."""


def encode(messages: Sequence[Message]) -> bytes:
    """The whole file."""
    body = b"".join((MAGIC, _LENGTH.pack(len(messages)), *(piece for one in messages for piece in _pieces(one))))
    return body + hashlib.sha256(body).digest()


def decode(data: bytes) -> list[Message]:
    """Read a whole file. Raises `TornEntry`."""
    body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if not body.startswith(MAGIC) or hashlib.sha256(body).digest() != digest:
        raise TornEntry("checksum or beginning is wrong")
    reader = _Reader(body, len(MAGIC))
    return [reader.message() for _ in range(reader.number())]


def _pieces(message: Message) -> Iterator[bytes]:
    for field in (message.topic.encode(), message.key, message.value):
        yield from (_LENGTH.pack(len(field)), field)
    yield _LENGTH.pack(len(message.headers))
    for name, value in message.headers:
        yield from (_LENGTH.pack(len(name.encode())), name.encode(), _LENGTH.pack(len(value)), value)


class _Reader:
    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def number(self) -> int:
        [number] = _LENGTH.unpack_from(self._data, self._position)
        self._position += _LENGTH.size
        return int(number)

    def field(self) -> bytes:
        size = self.number()
        self._position += size
        return self._data[self._position - size : self._position]

    def message(self) -> Message:
        topic, key, value = self.field().decode(), self.field(), self.field()
        headers = tuple((self.field().decode(), self.field()) for _ in range(self.number()))
        return Message(topic, key, value, headers)
