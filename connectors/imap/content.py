"""A leaf's bytes and text: transfer encodings undone, line ends made one, format=flowed joined."""

import binascii
import re

from connectors.imap.charsets import base64_bytes, decode
from connectors.imap.mime import Entity, Reading
from connectors.imap.words import quoted_printable

_NOT_BASE64 = re.compile(rb"[^\sA-Za-z0-9+/=]")
_BETWEEN_WORDS = re.compile(rb"(?<=\w) (?=\w)")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_:-]{2,40})", re.IGNORECASE)
_LINE_END = re.compile("\r\n|\r|\u2028|\u2029|\x85|\x0b|\x0c")


def payload(entity: Entity, reading: Reading) -> bytes:
    """The leaf's bytes with the transfer encoding undone, as far as it can be."""
    data = bytes(entity.body)
    encoding = entity.encoding
    if encoding.startswith("base64"):
        return _from_base64(data, reading)
    if encoding.startswith("quoted"):
        content, clean = quoted_printable(data)
        if not clean:
            reading.warn("quoted_printable_repaired")
        return content
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _from_uuencode(data)
    if encoding not in ("", "7bit", "8bit", "binary"):
        reading.warn("transfer_encoding_unknown")
    return data


def text_of(entity: Entity, reading: Reading) -> str:
    """The leaf's text with `\\n` line ends; format=flowed paragraphs are joined (RFC 3676)."""
    data = payload(entity, reading)
    declared = entity.parameters.get("charset")
    if declared is None and entity.media_type == "text/html":
        meta = _META_CHARSET.search(data[:4_096])
        declared = meta[1].decode("ascii") if meta else None
    decoded = decode(data, declared)
    if not decoded.certain:
        reading.warn("charset_guessed")
    text = _LINE_END.sub("\n", decoded.text)
    if entity.parameters.get("format", "").lower() == "flowed":
        return _joined_flow(text, entity.parameters.get("delsp", "").lower() == "yes")
    return text


def _from_base64(data: bytes, reading: Reading) -> bytes:
    """Text that only claims to be base64 stays as it is; otherwise broken base64 gives what can be read."""
    sample = data[:20_000]
    foreign, spaces = len(_NOT_BASE64.findall(sample)), len(_BETWEEN_WORDS.findall(sample))
    if foreign * 4 > len(sample) or spaces * 20 > len(sample):
        reading.warn("transfer_encoding_wrong")
        return data
    content, clean = base64_bytes(data)
    if not clean:
        reading.warn("base64_repaired")
    return content


def _from_uuencode(data: bytes) -> bytes:
    content = bytearray()
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line == b"end":
            break
        try:
            content += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(content)


def _joined_flow(text: str, delete_space: bool) -> str:
    paragraphs: list[list[str]] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        if open_depth != depth or content == "-- ":
            paragraphs.append([">" * depth + " " if depth else ""])
        paragraphs[-1].append(content[:-1] if flows and delete_space else content)
        open_depth = depth if flows else None
    return "\n".join("".join(pieces) for pieces in paragraphs)
