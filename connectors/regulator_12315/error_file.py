"""What is told of rows that could not be read: a table beside the file, which Excel opens."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.errors import MEANINGS, Reason

_HEADINGS = ("工作表 sheet", "行 row", "原因代码 reason", "说明", "meaning", "详情 detail", "受理编号 tracking number")


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that is suspended under a number of its own. `sheet` and `row` are 0 where there are none."""

    sheet: int
    row: int
    reason: Reason
    detail: str
    tracking_number: str


def error_table(rows: Iterable[BadRow]) -> bytes:
    """The table in UTF-8 with a byte order mark. It repeats nothing that stood in a row."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    for one in rows:
        english, chinese = MEANINGS[one.reason]
        place = (one.sheet or "", one.row or "")
        writer.writerow((*place, one.reason.value, chinese, english, one.detail, one.tracking_number))
    return text.getvalue().encode("utf-8-sig")
