"""Address lists of mail headers: names and addresses as people really send them, in one pass.

The standard library recurses on nested comments and gives up on an unquoted `张三@公司 <a@b.cn>`. Source: RFC 5322
section 3.4 with its obsolete forms, RFC 6532; internationalised domains in their ASCII form (RFC 5890).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import idna

from connectors.imap.words import decode_words, unfold, visible

_DOT_ATOM = re.compile(r"[^\s\"(),:;<>@\[\\\]\x00-\x1f\x7f]+")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[^\s\"(),:;<>@\[\\\]\x00-\x20\x7f]+|\[[0-9A-Fa-f.:]{3,60}\]|\[IPv6:[0-9A-Fa-f:.]+\]"
)
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|<[^<>]*>?|[(),;:>]|[^"<>(),;:]+')
_MAX_ADDRESSES = 200
_MAX_CHARS = 254


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: display name as read by people, address in lower case with an ASCII domain."""

    name: str | None
    address: str

    @property
    def local(self) -> str:
        """What stands before the last @."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """What stands behind the last @."""
        return self.address.rpartition("@")[2]


def addresses(raw: bytes) -> list[Address]:
    """The usable addresses of a header, in order; what cannot be mailed to is left out."""
    found: list[Address] = []
    text = unfold(raw)
    mailboxes = list(_mailboxes(text))
    if text.count('"') % 2:  # a quote that is never closed would hide the address
        mailboxes = list(_mailboxes(text.replace('"', "")))
    for words, angle in mailboxes:
        usable = canonical(angle if angle is not None else words)
        if usable is None and angle is not None:
            usable = canonical(angle.rpartition(":")[2])  # an old source route: <@relay:user@host>
        if usable is None:
            continue
        name = _bare(visible(decode_words(words))) if angle is not None else ""
        found.append(Address(name[:200] or None, usable))
        if len(found) >= _MAX_ADDRESSES:
            break
    return found


def _bare(name: str) -> str:
    """A name without the quotes some clients put around it once more."""
    while len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    return name


def canonical(written: str) -> str | None:
    """An address in its one form, None when it is none: lower case, ASCII domain, quotes only where needed."""
    written = decode_words(written).strip().strip("'").removeprefix("mailto:")
    local, at, domain = written.rpartition("@")
    domain = domain.strip().rstrip(".")
    name = _local(local.strip())
    if not at or name is None or len(written) > _MAX_CHARS or not _DOMAIN.fullmatch(domain):
        return None
    try:
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None
    return f"{name}@{ascii_domain}".lower()


def _local(local: str) -> str | None:
    if len(local) > 1 and local[0] == local[-1] == '"':
        inner = re.sub(r"\\(.)", r"\1", local[1:-1])
        if not inner or not inner.isprintable():
            return None
        if _DOT_ATOM.fullmatch(inner) and not inner.startswith(".") and not inner.endswith(".") and ".." not in inner:
            return inner
        return '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return local if _DOT_ATOM.fullmatch(local) and local.isprintable() else None


def _mailboxes(text: str) -> Iterator[tuple[str, str | None]]:
    """Split a list into (words, what stood in angle brackets); a comment is the name where there is no other."""
    words: list[str] = []
    comment: list[str] = []
    angle: str | None = None
    depth = 0
    for piece in (*_PIECE.findall(text), ","):
        if piece in ("(", ")"):
            depth = max(0, depth + (1 if piece == "(" else -1))
        elif depth:
            comment.append(piece)
        elif piece[0] == "<":
            angle = piece[1:].rstrip(">")
        elif piece in (",", ";"):
            if angle is not None or any(word.strip() for word in words):
                text = "".join(words).strip()
                yield (text if angle is None else _unquoted(text).strip() or "".join(comment).strip()), angle
            words, comment, angle = [], [], None
        elif piece == ":":
            words = []  # the name of a group
        else:
            words.append(piece)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace('\\"', "\0").replace('"', "").replace("\0", '\\"'))
