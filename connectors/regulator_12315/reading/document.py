"""Documents: .docx by python-docx (paragraphs and tables in their order), .pdf by pypdf where it has a text.

Source: python-docx.readthedocs.io, "Working with tables" (a merged cell is given once for each place it covers);
pypdf.readthedocs.io, "Extract text" (a scanned page gives none).
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from docx import Document
from docx.opc.exceptions import OpcError
from docx.table import Table
from pypdf import PdfReader
from pypdf.errors import PdfReadError, PyPdfError

from connectors.regulator_12315.reading.hostile import foreign, members
from connectors.regulator_12315.reading.sheets import Row, Sheet, cell
from connectors.regulator_12315.reading.text import lines_of
from schemas.errors import PayloadRejected, Reason
from schemas.settings import RegulatorSettings

_FEWEST_LETTERS = 10


def read_docx(body: bytes, settings: RegulatorSettings) -> list[Sheet]:
    """Paragraphs and tables, each as a sheet. Raises `PayloadRejected`."""
    members(body, settings.max_unpacked_bytes)
    try:
        with foreign("the document"):
            document = Document(BytesIO(body))
            return [_sheet(number, one, settings) for number, one in enumerate(document.iter_inner_content(), 1)]
    except OpcError as error:
        raise PayloadRejected(Reason.UNREADABLE, "the document cannot be read: parts are missing") from error


def _sheet(number: int, block: Any, settings: RegulatorSettings) -> Sheet:
    if not isinstance(block, Table):
        return Sheet(number, "", iter([(number, [cell(line)]) for line in block.text.splitlines()]), flowing=True)
    rows: list[Row] = []
    for index, row in enumerate(block.rows, 1):
        if index > settings.max_rows:
            raise PayloadRejected(Reason.TOO_LARGE, f"more than {settings.max_rows} rows")
        rows.append((index, [cell(one.text) for one in row.cells[: settings.max_columns]]))
    return Sheet(number, "", iter(rows))


def read_pdf(body: bytes, settings: RegulatorSettings) -> list[Sheet]:
    """The text of all pages as one. Raises `PayloadRejected`, with a reason of its own for a scan."""
    try:
        with foreign("the PDF"):
            reader = PdfReader(BytesIO(body), strict=False)
            if reader.is_encrypted and not reader.decrypt(""):
                raise PayloadRejected(Reason.ENCRYPTED, "the file is protected by a password")
            if len(reader.pages) > settings.max_pages:
                raise PayloadRejected(Reason.TOO_LARGE, f"more than {settings.max_pages} pages")
            text = "\n".join(_texts(reader, settings))
    except (PyPdfError, PdfReadError) as error:
        raise PayloadRejected(Reason.UNREADABLE, "the PDF cannot be read") from error
    if sum(map(str.isalnum, text)) < _FEWEST_LETTERS:
        raise PayloadRejected(Reason.SCAN_WITHOUT_TEXT, "pages without text: somebody must type it")
    return [lines_of(text)]


def _texts(reader: PdfReader, settings: RegulatorSettings) -> Iterator[str]:
    length = 0
    for page in reader.pages:
        text = page.extract_text()
        length += len(text)
        if length > settings.max_unpacked_bytes:
            raise PayloadRejected(Reason.TOO_LARGE, "more text than the limit")
        yield text
