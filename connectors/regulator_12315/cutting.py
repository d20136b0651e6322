"""Cuts a dropped file into deliveries: a few hundred rows each, or the file itself where it is no long table."""

from collections.abc import Callable, Iterator
from itertools import chain, islice

from connectors.regulator_12315.fields import Referred
from connectors.regulator_12315.reading import sheets_of
from connectors.regulator_12315.reading.excerpt import Excerpt, Line
from connectors.regulator_12315.reading.mail import looks_like_mail
from connectors.regulator_12315.reading.sheets import Sheet
from connectors.regulator_12315.reading.table import SEARCHED_ROWS, header_of, hint_of, is_referral, referred_of
from schemas.errors import PayloadRejected, Reason
from schemas.settings import RegulatorSettings

_JSON_BEGINS = (b"{", b"[")


def excerpts(body: bytes, settings: RegulatorSettings, words_of: Callable[[Referred], str]) -> Iterator[Excerpt] | None:
    """The excerpts of a file of tables; None for one that is handed over whole: forms, letters, mails, JSON.

    `words_of` names what a row says, to count rows that say the same. Raises `PayloadRejected` where the file cannot
    be read at all, and, while it is read on, where it has more rows than the limit.
    """
    if looks_like_mail(body) or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in _JSON_BEGINS:
        return None
    sheets = iter(sheets_of(body, settings))
    for sheet in sheets:
        first = list(islice(sheet.rows, SEARCHED_ROWS))
        if not sheet.flowing and header_of(first) is not None:
            whole = Sheet(sheet.number, sheet.title, chain(first, sheet.rows))
            return _Cutter(settings, words_of).cut(chain([whole], sheets))
    return None


class _Cutter:
    """Cuts the sheets of one file, counting over all of them."""

    def __init__(self, settings: RegulatorSettings, words_of: Callable[[Referred], str]) -> None:
        self._settings = settings
        self._words_of = words_of
        self._counted: dict[str, int] = {}
        self._rows = 0

    def cut(self, sheets: Iterator[Sheet]) -> Iterator[Excerpt]:
        for sheet in sheets:
            yield from self._of_sheet(sheet)

    def _of_sheet(self, sheet: Sheet) -> Iterator[Excerpt]:
        rows = iter(sheet.rows)
        first = list(islice(rows, SEARCHED_ROWS))
        found = None if sheet.flowing else header_of(first)
        if found is None:
            return
        index, header = found
        labels = tuple(label for label, _ in header)
        lines: list[Line] = []
        for number, cells in chain(first[index + 1 :], rows):
            if not is_referral(header, cells):
                continue
            self._rows += 1
            if self._rows > self._settings.max_rows:
                raise PayloadRejected(Reason.TOO_LARGE, f"more than {self._settings.max_rows} rows")
            hint = hint_of(sheet.title, header)
            words = self._words_of(referred_of(header, cells, hint, self._settings.max_cell_chars))
            self._counted[words] = self._counted.get(words, -1) + 1
            lines.append(Line(number, self._counted[words], tuple(cells)))
            if len(lines) == self._settings.chunk_rows:
                yield Excerpt(sheet.number, sheet.title, labels, tuple(lines))
                lines = []
        if lines:
            yield Excerpt(sheet.number, sheet.title, labels, tuple(lines))
