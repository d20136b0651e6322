"""HTML mail to text: block elements become lines, hidden text goes, quoted blocks are marked with `> `."""

import re
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

_DROPPED = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "iframe", "svg", "select"})
_BLOCKS = frozenset(
    {"p", "div", "table", "tr", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre",
     "hr", "section", "article", "header", "footer", "center", "form", "address", "fieldset", "main", "aside", "nav",
     "figure", "figcaption", "body"}
)  # fmt: skip
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre", "blockquote"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|font-size\s*:\s*0+(?:\.0+)?\s*(?:px|pt|em|%)?\s*(?:;|!|$)"
    r"|opacity\s*:\s*0+(?:\.0+)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_QUOTE_MARK = re.compile(r"cite|quote|isreplycontent|qmbox-reply|moz-", re.IGNORECASE)
_QUOTE_STYLE = re.compile(r"border-left\s*:(?!\s*(?:none|0))", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_SPACES = re.compile(r"[ \t\r\n\f\u00a0\u3000]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_MAX_CHARS = 4_000_000
_MAX_TAGS = 100_000
_MAX_OPEN = 2_000
_NEVER_NESTED = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr", "p", "li",
     "td", "th", "tr", "dd", "dt", "option", "tbody", "thead"}
)  # fmt: skip


def html_to_text(html: str) -> str:
    """The text a reader sees, with line breaks where blocks end. Never raises.

    The parser takes quadratic time for elements nested tens of thousands deep, so such input loses its tags only.
    """
    html = html[:_MAX_CHARS]
    if _nests_too_deep(html):
        return _tidy(_without_tags(html))
    root = LexborHTMLParser(html).body
    return _tidy(_Walk().text(root)) if root is not None else ""


def _nests_too_deep(html: str) -> bool:
    tags = depth = 0
    unclosed: dict[str, int] = {}
    for match in _TAG.finditer(html):
        tags += 1
        name = match[2].lower()
        if tags > _MAX_TAGS:
            return True
        if name in _NEVER_NESTED:
            continue
        if not match[1]:
            unclosed[name] = unclosed.get(name, 0) + 1
            depth += 1
            if depth > _MAX_OPEN:
                return True
        elif unclosed.get(name):
            unclosed[name] -= 1
            depth -= 1
    return False


def _without_tags(html: str) -> str:
    kept: list[str] = []
    for piece in html.split("<"):
        tag, closed, text = piece.partition(">")
        kept.append(f"\n{text}" if closed else tag)
    return unescape("".join(kept))


class _Walk:
    """One pass over a document without recursion, so that nesting cannot exhaust the stack."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._breaks = 0
        self._quote = 0
        self._pre = 0

    def text(self, root: LexborNode) -> str:
        opened: list[LexborNode] = []
        node: LexborNode | None = root
        while node is not None:
            entered = self._enter(node)
            if entered and node.child is not None:
                opened.append(node)
                node = node.child
                continue
            if entered:
                self._leave(node)
            node = self._onward(node, opened)
        return "".join(self._out)

    def _onward(self, node: LexborNode, opened: list[LexborNode]) -> LexborNode | None:
        """The next node in document order, leaving every element that ends here; None after the root's last one."""
        while opened and node.next is None:
            node = opened.pop()
            self._leave(node)
        return node.next if opened else None

    def _enter(self, node: LexborNode) -> bool:
        """Write what comes before the content; False when there is none to be read."""
        tag = node.tag
        if tag == "-text":
            self._write(node.text_content or "")
            return False
        if tag is None or tag in _DROPPED or tag.startswith(("-", "!")) or _is_hidden(node):
            return False
        if tag == "br":
            self._breaks += 1
        elif tag == "li":
            self._break(1)
            self._write("- ")
        self._around(tag)
        self._quote += tag == "blockquote" and _is_quote(node)
        self._pre += tag == "pre"
        return True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in ("td", "th"):
            self._write(" ")
        self._quote -= tag == "blockquote" and _is_quote(node)
        self._pre -= tag == "pre"
        self._around(tag)

    def _around(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break(2 if tag in _PARAGRAPHS else 1)

    def _break(self, at_least: int) -> None:
        self._breaks = max(self._breaks, at_least)

    def _write(self, text: str) -> None:
        mark = "> " * self._quote
        if self._pre:
            text = text.replace("\n", "\n" + mark)
        else:
            text = _SPACES.sub(" ", text)
            text = text.lstrip() if self._breaks or not self._out else text
        if not text:
            return
        if not self._out:
            self._out.append(mark)
        elif self._breaks:
            self._out.append(("\n" + mark) * min(self._breaks, 2))
        self._breaks = 0
        self._out.append(text)


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search((attributes.get("style") or "")[:2_000]))


def _is_quote(node: LexborNode) -> bool:
    """A blockquote of a reply; some clients also use the element to indent the writer's own words."""
    attributes = node.attributes
    marks = " ".join(attributes.get(name) or "" for name in ("type", "class", "id"))
    return bool(_QUOTE_MARK.search(marks) or _QUOTE_STYLE.search((attributes.get("style") or "")[:2_000]))


def _tidy(text: str) -> str:
    """Trim lines; runs of empty lines, also inside quotes, become one."""
    lines: list[str] = []
    for line in text.split("\n"):
        line = line.strip(" \u00a0")
        empty = not line.strip("> ")
        if empty and lines and not lines[-1].strip("> "):
            continue
        lines.append("" if empty and not line else line)
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
