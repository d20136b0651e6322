"""Rows as CSV that a spreadsheet shows and never runs.

Source: OWASP, "CSV Injection": a cell that begins with = + - @, a tab or a line break may be taken for a formula.
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

BOM = "\ufeff"
"""First character of a file, by which Excel knows that it is UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """One line of CSV a row, with CRLF; None is empty."""
    for row in rows:
        written = StringIO()
        csv.writer(written, lineterminator="\r\n").writerow([_cell(one) for one in row])
        yield written.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else str(value).replace("\0", "")
    return f"'{text}" if text.lstrip(" \u3000").startswith(_FORMULA) else text
