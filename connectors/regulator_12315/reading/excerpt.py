"""Excerpts: some rows of a dropped file with their header, a delivery of their own.

A file of thousands of rows is more than one round to Kafka takes. Its rows are handed over a few hundred at a time,
each cell as it was read, so that reading an excerpt again gives what reading the file gives
(docs/decisions/0015-referrals.md).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connectors.regulator_12315.fields import field_of
from connectors.regulator_12315.reading.found import Found
from connectors.regulator_12315.reading.sheets import Cell, Lost
from connectors.regulator_12315.reading.table import hint_of, referred_of
from schemas.errors import PayloadRejected, Reason
from schemas.settings import RegulatorSettings

MEDIA_TYPE = "application/vnd.referral-rows+json"


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the sheet, how many of the same words came before it, its cells."""

    row: int
    occurrence: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Rows of one sheet under its header; `title` is what stands over it."""

    sheet: int
    title: str
    header: tuple[str, ...]
    lines: tuple[Line, ...]

    def to_bytes(self) -> bytes:
        """As it is handed over; a figure that lost its digits is null."""
        lines = [
            [line.row, line.occurrence, [None if one is Lost.DIGITS else one for one in line.cells]]
            for line in self.lines
        ]
        whole = {"sheet": self.sheet, "title": self.title, "header": self.header, "rows": lines}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def read_excerpt(body: bytes, settings: RegulatorSettings) -> Iterator[Found]:
    """The referrals of an excerpt. Raises `PayloadRejected`."""
    try:
        given = json.loads(body)
        header = [(str(label), field_of(str(label)) if label else None) for label in given["header"]]
        hint = hint_of(str(given["title"]), header)
        lines = [(int(row), int(occurrence), _cells(cells)) for row, occurrence, cells in given["rows"]]
        sheet = int(given["sheet"])
    except (ValueError, TypeError, LookupError, RecursionError, OverflowError) as error:
        raise PayloadRejected(Reason.UNREADABLE, "not an excerpt of a file") from error
    for row, occurrence, cells in lines:
        referred = referred_of(header[: settings.max_columns], cells, hint, settings.max_cell_chars)
        yield Found(referred, sheet, row, occurrence=occurrence)


def _cells(given: Iterable[object]) -> list[Cell]:
    return [Lost.DIGITS if one is None else str(one) for one in given]
