"""What every file is read into first: sheets of rows of cells, all of them text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from connectors.regulator_12315.numbers import MAX_EXACT, is_rounded


class Lost(Enum):
    """A cell whose figure has more digits than a spreadsheet keeps: what it was cannot be known."""

    DIGITS = "digits"


Cell = str | Lost
Row = tuple[int, list[Cell]]
"""The row's number in the file, from 1, and its cells."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table or page. `title` is what stands over it; a `flowing` one is text, of which nothing may be left out."""

    number: int
    title: str
    rows: Iterable[Row]
    flowing: bool = False


def cell(value: Any) -> Cell:
    """A cell as text: whole figures without a point, times as they would be written in China."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return _figure(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.time() != time(0) else value.strftime("%Y-%m-%d")
    if isinstance(value, date | time):
        return value.isoformat()
    text = str(value).strip()
    return Lost.DIGITS if is_rounded(text) else text


def _figure(value: float) -> Cell:
    if abs(value) >= MAX_EXACT:
        return Lost.DIGITS
    return str(int(value)) if float(value).is_integer() else repr(value)
