"""Which parts of a mail are its text, which are files, which are enclosed messages."""

import re
from dataclasses import dataclass, field

from connectors.imap.content import payload, text_of
from connectors.imap.html import html_to_text
from connectors.imap.mime import Entity, Reading, read
from connectors.imap.tnef import unwrap
from connectors.imap.words import visible

_STUB = re.compile(
    r"html[^\n]{0,80}(?:view|display|support|browser|client|compatible|enable|查看|显示|瀏覽|顯示|支持|支援)"
    r"|(?:view|display|support|查看|显示|顯示|不支持|不支援|无法显示|無法顯示)[^\n]{0,80}html"
    r"|multi-?part message in mime format",
    re.IGNORECASE,
)
_STUB_CHARS = 300
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f<>:\"|?*]")
_NAME_CHARS = 120
_UNNAMED = {
    "image/jpeg": "image.jpg", "image/png": "image.png", "image/gif": "image.gif", "application/pdf": "document.pdf",
    "text/calendar": "calendar.ics", "text/html": "page.html", "text/plain": "text.txt",
}  # fmt: skip
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(frozen=True, slots=True)
class File:
    """One attached or inline file: display name, type, bytes; `refused` says that the bytes are not taken over."""

    name: str | None
    media_type: str
    content: bytes
    content_id: str | None = None
    refused: bool = False


@dataclass
class Contents:
    """What one message holds, in the order of the mail. `spare` is text that counts when there is no other."""

    texts: list[str] = field(default_factory=list)
    is_html: bool = False
    files: list[File] = field(default_factory=list)
    messages: list[Entity] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text of the message as one."""
        return "\n\n".join(filter(None, (text.strip("\n") for text in self.texts))).strip()

    def add(self, other: "Contents") -> None:
        """Take over everything of another part but its text."""
        self.files += other.files
        self.messages += other.messages
        self.calendars += other.calendars
        self.spare += other.spare


def contents(entity: Entity, reading: Reading) -> Contents:
    """Sort the parts of one message. Nothing inside an archive is looked at."""
    kind = entity.media_type
    if kind in _ENCRYPTED and "signed-data" not in entity.parameters.get("smime-type", ""):
        reading.warn("encrypted")
    if kind == "multipart/alternative":
        return _best_of([contents(child, reading) for child in entity.children])
    if entity.children and kind.startswith("multipart/"):
        return _all_of(entity, reading)
    if kind in ("message/rfc822", "message/global"):
        return _enclosed(entity, reading)
    if _is_text(entity):
        return _text(entity, reading)
    return _file(entity, reading)


def _best_of(choices: list[Contents]) -> Contents:
    """Plain text, unless it is empty or only says that the HTML should be read."""
    plain = next((choice for choice in choices if not choice.is_html and choice.text), None)
    html = next((choice for choice in reversed(choices) if choice.is_html and choice.text), None)
    chosen = Contents()
    best = html if plain is None or (html is not None and _is_stub(plain.text)) else plain
    if best is not None:
        chosen.texts, chosen.is_html = best.texts, best.is_html
    for choice in choices:
        chosen.add(choice)
    return chosen


def _is_stub(text: str) -> bool:
    return len(text) < _STUB_CHARS and bool(_STUB.search(text))


def _all_of(entity: Entity, reading: Reading) -> Contents:
    related = entity.media_type == "multipart/related"
    joined = Contents()
    for number, child in enumerate(entity.children):
        found = _file(child, reading) if related and number and not child.children else contents(child, reading)
        joined.texts += found.texts
        joined.is_html |= found.is_html
        joined.add(found)
    return joined


def _is_text(entity: Entity) -> bool:
    if entity.media_type.startswith("multipart/"):
        return not entity.unopened  # no boundary was found: what is there is read as text
    if entity.media_type not in ("text/plain", "text/html", "text/enriched", "text/x-amp-html"):
        return False
    # A name alone (some clients name the body) does not make a file, a disposition with a name does.
    return entity.disposition != "attachment" and not (entity.disposition and entity.file_name)


def _text(entity: Entity, reading: Reading) -> Contents:
    text = text_of(entity, reading)
    if entity.media_type.startswith("multipart/") and (boundary := entity.parameters.get("boundary")):
        text = "\n".join(line for line in text.split("\n") if not line.startswith(f"--{boundary}"))
    is_html = entity.media_type in ("text/html", "text/x-amp-html")
    if is_html or text[:200].lstrip().lower().startswith(("<!doctype html", "<html")):
        return Contents([html_to_text(text)], is_html=True)
    if "-----BEGIN PGP MESSAGE-----" in text:
        reading.warn("encrypted")
    return Contents([text])


def _enclosed(entity: Entity, reading: Reading) -> Contents:
    data = payload(entity, reading)
    if entity.unopened and "too_deep" not in reading.warnings:
        entity = Entity(entity.headers, entity.body, (read(data, reading, 1),))
    name = display_name(entity.file_name)
    if name is None and entity.children:
        name = display_name(f"{entity.children[0].headers.text('subject')[:60] or 'message'}.eml")
    return Contents(files=[_sized(File(name, "message/rfc822", data), reading)], messages=list(entity.children))


def _file(entity: Entity, reading: Reading) -> Contents:
    data = payload(entity, reading)
    kind = entity.media_type
    name = display_name(entity.file_name)
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or (name or "").lower() == "winmail.dat":
        wrapped, whole = _unwrapped(data, reading)
        if not whole:
            wrapped.files.append(_sized(File(name, kind, data), reading))
        return wrapped
    if kind in ("application/pgp-encrypted",) or (name or "").lower().endswith((".pgp", ".gpg")):
        reading.warn("encrypted")
    content_id = visible(entity.headers.text("content-id")).strip("<> ")[:200] or None
    found = Contents(files=[_sized(File(name or _UNNAMED.get(kind), kind, data, content_id), reading)])
    if kind == "text/calendar":
        found.calendars.append(text_of(entity, reading))
    return found if data or name else Contents()


def _unwrapped(data: bytes, reading: Reading) -> tuple[Contents, bool]:
    """What a winmail.dat holds, and whether that is all of it."""
    wrapped = unwrap(data)
    if wrapped is None:
        reading.warn("winmail_unreadable")
        return Contents(), False
    if not wrapped.complete:
        reading.warn("winmail_repaired")
    files = [File(display_name(file.name), "application/octet-stream", file.content) for file in wrapped.files]
    text = wrapped.plain.strip() or html_to_text(wrapped.html)
    found = Contents(files=[_sized(file, reading) for file in files], spare=[text] if text else [])
    return found, wrapped.complete


def _sized(file: File, reading: Reading) -> File:
    if len(file.content) <= reading.limits.max_attachment_bytes:
        return file
    reading.warn("attachment_too_large")
    return File(file.name, file.media_type, file.content, file.content_id, refused=True)


def display_name(name: str | None) -> str | None:
    """A file's base name for people: no folders, no control or direction characters, at most 120 characters."""
    base = re.split(r"[/\\]", visible(name or ""))[-1]
    base = _UNSAFE_NAME.sub("_", base).strip(" .")
    if len(base) > _NAME_CHARS:
        stem, dot, extension = base.rpartition(".")
        base = f"{stem[: _NAME_CHARS - 12]}{dot}{extension[:10]}" if dot else base[:_NAME_CHARS]
    return base or None
