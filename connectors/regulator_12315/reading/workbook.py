"""Workbooks: .xlsx by openpyxl, row by row, with merged cells filled with what they show; .xls by xlrd.

Source: openpyxl.readthedocs.io, "Read-only mode" (it hands over no merged ranges, so they are read from the sheet's own
XML, ECMA-376 part 1, 18.3.1.55); xlrd.readthedocs.io, "Dates in Excel spreadsheets".
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from itertools import islice
from typing import Any

import xlrd
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from xlrd.compdoc import CompDocError

from connectors.regulator_12315.reading.hostile import foreign, members
from connectors.regulator_12315.reading.sheets import Cell, Row, Sheet, cell
from schemas.errors import PayloadRejected, Reason
from schemas.settings import RegulatorSettings

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,80}?ref=\"([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})\"")
_MAX_SHEETS = 50
_MAX_MERGED_ROWS = 100_000
"""Of all merged ranges of a sheet together; what is merged beyond them stays blank."""
_ENCRYPTED_OLE = "EncryptedPackage".encode("utf-16-le")
_DATE_CELL, _ERROR_CELL, _BOOLEAN_CELL = 3, 5, 4
Merges = Mapping[int, Sequence[tuple[int, int, int, int]]]
"""Row → the merged ranges it lies in, as (first row, first column, last row, last column), all from 1."""


def read_xlsx(body: bytes, settings: RegulatorSettings) -> Iterator[Sheet]:
    """The sheets of a workbook that are shown. Raises `PayloadRejected`."""
    members(body, settings.max_unpacked_bytes)
    with foreign("the workbook"):
        book = load_workbook(BytesIO(body), read_only=True, data_only=True, keep_links=False)
        try:
            for number, sheet in enumerate(islice(book.worksheets, _MAX_SHEETS), 1):
                if sheet.sheet_state == "visible":
                    merges = _merges(body, getattr(sheet, "_worksheet_path", ""))
                    values = sheet.iter_rows(values_only=True, max_col=settings.max_columns)
                    yield Sheet(number, sheet.title, _filled(_safely(values), merges))
        finally:
            book.close()


def _safely(rows: Iterator[Sequence[Any]]) -> Iterator[Row]:
    with foreign("the workbook"):
        for number, row in enumerate(rows, 1):
            yield number, [cell(value) for value in row]


def _merges(body: bytes, path: str) -> Merges:
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    left_to_note = _MAX_MERGED_ROWS
    with foreign("the workbook"), zipfile.ZipFile(BytesIO(body)) as packed:
        if path not in packed.namelist():
            return found
        for match in _MERGED.finditer(packed.read(path)):
            left, top, right, bottom = (int(one or 0) for one in range_boundaries(match[1].decode()))
            left_to_note -= bottom - top + 1
            if left_to_note < 0:
                break
            for row in range(top, bottom + 1):
                found.setdefault(row, []).append((top, left, bottom, right))
    return found


def _filled(rows: Iterator[Row], merges: Merges) -> Iterator[Row]:
    """The rows, each cell of a merged range with the value of its first cell."""
    shown: dict[tuple[int, int], Cell] = {}
    for number, cells in rows:
        for top, left, _, right in merges.get(number, ()):
            if number == top and left <= len(cells):
                shown[top, left] = cells[left - 1]
            for column in range(left, min(right, len(cells)) + 1):
                cells[column - 1] = shown.get((top, left), "")
        while cells and cells[-1] == "":
            cells.pop()
        yield number, cells


def read_xls(body: bytes, settings: RegulatorSettings) -> Iterator[Sheet]:
    """The sheets of an old workbook. Raises `PayloadRejected`."""
    if _ENCRYPTED_OLE in body[:4_194_304]:
        raise PayloadRejected(Reason.ENCRYPTED, "the file is protected by a password")
    try:
        with foreign("the workbook"):
            book = xlrd.open_workbook(file_contents=body, logfile=_Nowhere(), formatting_info=False)
            for number, sheet in enumerate(book.sheets()[:_MAX_SHEETS], 1):
                yield Sheet(number, sheet.name, _old_rows(sheet, book.datemode, settings.max_columns))
    except (xlrd.XLRDError, CompDocError) as error:
        encrypted = "encrypt" in str(error).lower() or "password" in str(error).lower()
        reason = Reason.ENCRYPTED if encrypted else Reason.WRONG_TYPE
        raise PayloadRejected(reason, "an Office file that is no workbook, or is protected") from error


class _Nowhere:
    """A log nobody reads: xlrd prints what it finds odd, cells included."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None


def _old_rows(sheet: Any, datemode: int, max_columns: int) -> Iterator[Row]:
    with foreign("the workbook"):
        for index in range(sheet.nrows):
            cells = sheet.row(index)[:max_columns]
            yield index + 1, [_old_cell(one.ctype, one.value, datemode) for one in cells]


def _old_cell(kind: int, value: Any, datemode: int) -> Cell:
    if kind == _DATE_CELL:
        try:
            moment: datetime = xlrd.xldate.xldate_as_datetime(value, datemode)
            return cell(moment + timedelta(microseconds=500_000 - (moment.microsecond + 500_000) % 1_000_000))
        except (ValueError, OverflowError):
            return cell(value)
    if kind == _ERROR_CELL:
        return ""
    return cell(bool(value) if kind == _BOOLEAN_CELL else value)
