r"""Reads labelled messages: one a line, eight tab-separated columns, the fields marked inside the text.

Columns: kind, primary, secondary (commas, `-` for none), safety (0, 1), dissatisfaction (0 to 3), source, voice, text.
A mark is `{surface|field}` or `{surface|field=value}`; a line break of the message is written `\n`. Empty lines and
lines that begin with `#` are skipped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Kind = Literal[
    "complaint", "suggestion", "inquiry", "praise", "withdrawal", "privacy_request", "legal_notice", "staff_report",
    "other",
]  # fmt: skip
Category = Literal["quality", "service", "price", "payment", "logistics", "after_sales", "hygiene", "other"]
Source = Literal["mail", "chat", "sms", "call", "form", "referral", "review"]
FIELDS = (
    *("order_no", "batch_no", "tracking_no", "referral_no", "phone", "id_card", "amount", "quantity", "date"),
    *("store", "product", "model", "resolution"),
)
_COLUMNS = 8
_MARK = re.compile(r"\{([^{}|]+)\|([a-z_]+)(?:=([^{}|]*))?\}")


class LabelError(ValueError):
    """A labelled line that cannot be read; the text says which file and line, and what to mend."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A field that the text names: a half-open span of the text in code points, the value where one is given."""

    field: str
    start: int
    end: int
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message with what a person says about it; `text` is as a customer would have sent it, without marks."""

    kind: str
    primary: str
    secondary: tuple[str, ...]
    safety: bool
    dissatisfaction: int
    source: str
    voice: str
    text: str
    marks: tuple[Mark, ...] = ()


def read_file(path: Path) -> list[Labelled]:
    """All messages of a labelled file. Raises `LabelError` with file and line of the first that is wrong."""
    return [message for _, message in numbered(path)]


def numbered(path: Path) -> Iterator[tuple[int, Labelled]]:
    """Each message with the number of its line. Raises `LabelError` as `read_file` does."""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line and not line.startswith("#"):
            try:
                yield number, read_line(line)
            except LabelError as error:
                raise LabelError(f"{path}:{number}: {error}") from error


def read_line(line: str) -> Labelled:
    """One message. Raises `LabelError` that says what is wrong with the line."""
    columns = line.rstrip("\r").split("\t")
    if len(columns) != _COLUMNS:
        raise LabelError(f"{len(columns)} columns, write {_COLUMNS} with a tab between them")
    kind, primary, secondary, safety, dissatisfaction, source, voice, marked = columns
    others = () if secondary == "-" else tuple(secondary.split(","))
    _check("kind", kind, get_args(Kind))
    for category in (primary, *others):
        _check("category", category, get_args(Category))
    if primary in others:
        raise LabelError(f"secondary repeats the primary category {primary}")
    _check("safety", safety, ("0", "1"))
    _check("dissatisfaction", dissatisfaction, ("0", "1", "2", "3"))
    _check("source", source, get_args(Source))
    text, marks = unmark(marked)
    return Labelled(kind, primary, others, safety == "1", int(dissatisfaction), source, voice, text, marks)


def unmark(marked: str) -> tuple[str, tuple[Mark, ...]]:
    """The text without its marks, and the marks with their spans in it. Raises `LabelError` for a stray brace."""
    text, position = "", 0
    marks: list[Mark] = []
    for match in _MARK.finditer(marked):
        _check("field", match[2], FIELDS)
        text += _plain(marked[position : match.start()])
        start = len(text)
        text += _plain(match[1])
        marks.append(Mark(match[2], start, len(text), match[3] or None))
        position = match.end()
    return text + _plain(marked[position:]), tuple(marks)


def _plain(part: str) -> str:
    if "{" in part or "}" in part:
        raise LabelError(f"a brace that belongs to no mark, write {{surface|field=value}}: {part[:40]}")
    return part.replace("\\n", "\n")


def _check(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise LabelError(f"{name} {value!r} is unknown, write one of {', '.join(allowed)}")
