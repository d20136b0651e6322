"""Mails of authorities: the files in them, or the words, where no file can be read.

Source: docs.python.org, `email.message.Message` (the policy `compat32` reads any header without failing).
"""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from selectolax.lexbor import LexborHTMLParser

from connectors.regulator_12315.reading.hostile import BROKEN, foreign
from connectors.regulator_12315.reading.text import decoded
from schemas.errors import PayloadRejected
from schemas.inbound import UploadedFile

_MAX_PARTS = 100
_HEADER_BYTES = 16 * 1024
_FIELD = re.compile(rb"[a-z][a-z0-9-]{1,60}:[ \t]")
_FIELDS = (b"from:", b"received:", b"mime-version:", b"date:", b"subject:", b"return-path:", b"message-id:", b"to:")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail: subject, words, files."""

    subject: str
    text: str
    files: tuple[UploadedFile, ...]


def looks_like_mail(body: bytes) -> bool:
    """Whether it begins with a field that mails have, or with any field and has a sender among its fields."""
    begin = body[:_HEADER_BYTES].lstrip().lower()
    return begin.startswith(_FIELDS) or (bool(_FIELD.match(begin)) and b"\nfrom:" in begin)


def read_mail(body: bytes) -> Mail:
    """Read a mail. Raises `PayloadRejected`."""
    with foreign("the mail"):
        message = message_from_bytes(body)
        texts: list[str] = []
        files: list[UploadedFile] = []
        for _, part in zip(range(_MAX_PARTS), message.walk(), strict=False):
            _take(part, texts, files)
        return Mail(_header(message.get("Subject")), "\n".join(texts), tuple(files))


def _take(part: Message, texts: list[str], files: list[UploadedFile]) -> None:
    if part.is_multipart():
        return
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return
    name, media_type = _name(part), part.get_content_type()
    if name or not media_type.startswith("text/"):
        files.append(UploadedFile(name, media_type, content))
        return
    text = _text(content, part.get_content_charset())
    if media_type == "text/html":
        text = "" if texts else LexborHTMLParser(text).text(separator="\n")
    if text.strip():
        texts.append(text)


def _name(part: Message) -> str:
    try:
        return _header(part.get_filename())
    except BROKEN:  # a name in a code there is not
        return "file"


def _header(given: object) -> str:
    if given is None:
        return ""
    try:
        return str(make_header(decode_header(str(given))))[:200]
    except BROKEN:
        return ""


def _text(content: bytes, charset: str | None) -> str:
    try:
        return content.decode(charset or "utf-8")
    except (LookupError, ValueError):
        try:
            return decoded(content)
        except PayloadRejected:
            return content.decode("gb18030", errors="replace")
