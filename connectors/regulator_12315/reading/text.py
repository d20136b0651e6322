"""Text files: tables with commas, semicolons or tabulators, tables in HTML that call themselves .xls, plain text.

Chinese programs write UTF-8 with a byte order mark, or GB 18030.
"""

import csv
import io
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from connectors.regulator_12315.reading.hostile import foreign
from connectors.regulator_12315.reading.sheets import Row, Sheet, cell
from schemas.errors import PayloadRejected, Reason
from schemas.settings import RegulatorSettings

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_SAMPLE_CHARS = 4_096
_DELIMITERS = ",\t;|"
_HTML = re.compile(r"\s*(?:<!doctype html|<html|<table|<meta)", re.IGNORECASE)


def decoded(body: bytes) -> str:
    """The text of a file. Raises `PayloadRejected` for what is no text."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _decode(body, name)
    try:
        return _printable(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _decode(body, "gb18030")


def _decode(body: bytes, name: str) -> str:
    try:
        return _printable(body.decode(name))
    except UnicodeError as error:
        raise PayloadRejected(Reason.WRONG_TYPE, "neither a known file type nor text") from error


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise PayloadRejected(Reason.WRONG_TYPE, "neither a known file type nor text")
    return text


def is_html(text: str) -> bool:
    """Whether it is a page, which some systems export as .xls."""
    return bool(_HTML.match(text[:_SAMPLE_CHARS]))


def read_csv(text: str, settings: RegulatorSettings) -> Sheet:
    """The one table of a text; the delimiter is the one its first lines have most of."""
    sample = text[:_SAMPLE_CHARS].replace("，", ",") if "," not in text[:_SAMPLE_CHARS] else text[:_SAMPLE_CHARS]
    delimiter = max(_DELIMITERS, key=sample.count)

    def rows() -> Iterator[Row]:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        before = 0
        with foreign("the table"):
            try:
                for cells in reader:
                    yield before + 1, [cell(one) for one in cells[: settings.max_columns]]
                    before = reader.line_num
            except csv.Error as error:
                raise PayloadRejected(Reason.UNREADABLE, "the table breaks off within a cell") from error

    return Sheet(1, "", rows())


def read_html(text: str, settings: RegulatorSettings) -> Iterator[Sheet]:
    """The tables of a page."""
    for number, table in enumerate(LexborHTMLParser(text).css("table"), 1):
        rows = [
            (index, [cell(one.text(strip=True)) for one in row.css("td, th")[: settings.max_columns]])
            for index, row in enumerate(table.css("tr")[: settings.max_rows], 1)
        ]
        yield Sheet(number, "", iter(rows))


def lines_of(text: str) -> Sheet:
    """A text as a form: a row a line."""
    rows = ((number, [cell(line)]) for number, line in enumerate(text.splitlines(), 1))
    return Sheet(1, "", rows, flowing=True)
