"""What can be shown of bytes nobody could read: their words with personal data masked, or nothing."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import HeaderParser
from typing import Any
from urllib.parse import parse_qsl

from operations.keyless import keyless
from schemas.base import storable
from schemas.masking import mask_text

LONGEST = 4_000
"""Characters of a preview."""
_HIDDEN = "***"
_MOST_READ_BYTES = 512 * 1024
_DEEPEST = 40
_LONGEST_ID = 100
_MAIL, _FORM = "message/rfc822", "application/x-www-form-urlencoded"
_PERSONAL = re.compile(
    r"name|phone|mobile|tel\b|mail|address|openid|unionid|fromuser|touser|id_?card|caller|called|"
    r"^(?:from|to|sender|customer_no|reply_to|identifier|key)$|姓名|名字|电话|手机|联系|地址|邮箱|身份证|住址|微信",
    re.IGNORECASE,
)
"""Names of fields whose values say who somebody is."""
_OUR_IDS = re.compile(r"(?:_id|_key|sha256|_at|schema_version|tracking_number)$")
_ELEMENT = re.compile(r"<([\w:.-]+)([^<>]*)>(?:<!\[CDATA\[.*?\]\]>|[^<>]*)</\1>", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def preview(content_type: str, body: bytes) -> str | None:
    """The beginning of a delivery or record as people read it, masked; None when it holds no text.

    What says by its field's name who somebody is, is hidden as a whole; everything else as in a department's record.
    """
    found = _words(content_type.partition(";")[0].strip().lower(), body[:_MOST_READ_BYTES])
    if found is None or not found.strip():
        return None
    shown = storable(found.strip())
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} …"


def _words(kind: str, body: bytes) -> str | None:
    if kind == _MAIL:
        return _mail(body)
    text = _decoded(body)
    if text is None:
        return None
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.dumps(_masked(keyless(json.loads(text)), 0), ensure_ascii=False, indent=1)
        except (ValueError, RecursionError):
            return _plain(text)
    if kind == _FORM:
        return "\n".join(f"{name}: {_field(name, value)}" for name, value in parse_qsl(text, keep_blank_values=True))
    return _plain(text)


def _decoded(body: bytes) -> str | None:
    for charset in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(charset, "strict")
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text):
            return text
    text = body.decode("utf-8", "replace")
    broken = len(_CONTROLS.findall(text)) + text.count("\ufffd")
    return text if text and broken * 20 < len(text) else None


def _plain(text: str) -> str:
    """Text with the values of elements that name somebody hidden. What lies beyond the cut is not masked in vain."""

    def hidden(found: re.Match[str]) -> str:
        name = found[1].rpartition(":")[2]
        return f"<{found[1]}>{_HIDDEN}</{found[1]}>" if _PERSONAL.search(name) else found[0]

    return mask_text(_ELEMENT.sub(hidden, text)[: LONGEST * 2])


def _masked(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return _HIDDEN
    if isinstance(value, Mapping):
        return {mask_text(str(name)): _under(str(name), one, depth) for name, one in value.items()}
    if isinstance(value, list):
        return [_masked(one, depth + 1) for one in value]
    if isinstance(value, str):
        return mask_text(value[: LONGEST * 2])
    return value if isinstance(value, bool) or value is None else _number(value)


def _under(name: str, value: Any, depth: int) -> Any:
    if _OUR_IDS.search(name) and isinstance(value, str | int):
        return value if len(str(value)) <= _LONGEST_ID else _HIDDEN
    return _HIDDEN if _PERSONAL.search(name) and value else _masked(value, depth + 1)


def _field(name: str, value: str) -> str:
    return _HIDDEN if _PERSONAL.search(name) and value else mask_text(value[: LONGEST * 2])


def _number(value: Any) -> Any:
    """A phone number may be stored as a figure."""
    return value if mask_text(str(value)) == str(value) else _HIDDEN


def _mail(body: bytes) -> str | None:
    try:
        head = _header(body)
        known = tuple(_people(head))
        lines = [str(head.get("Subject", "")), "", *_texts(message_from_bytes(body, policy=policy.default))]
    except (MessageError, LookupError, ValueError, AttributeError, TypeError, IndexError):
        return None  # the mail parser of Python 3.11 raises all of these on broken headers
    return mask_text("\n".join(lines)[: LONGEST * 2], known)


def _header(body: bytes) -> EmailMessage:
    """The header alone, decoded first: senders write names in it as they are, in UTF-8 or GBK."""
    head = re.split(rb"\r?\n\r?\n", body, maxsplit=1)[0]
    return HeaderParser(EmailMessage, policy=policy.default).parsestr(_decoded(head) or "")


def _people(mail: EmailMessage) -> Iterator[str]:
    """Names and addresses of the header: hidden wherever they stand in the text."""
    for name in ("From", "Reply-To", "Sender", "To", "Cc"):
        header = mail.get(name)
        for one in getattr(header, "addresses", ()):
            yield from filter(None, (one.display_name, one.addr_spec))


def _texts(mail: EmailMessage) -> Iterable[str]:
    for part in mail.walk():
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield _decoded(content) or ""
