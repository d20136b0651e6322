"""Tables: the header row is found by its words, whatever stands above it; each row below is one referral."""

from collections.abc import Iterator, Sequence
from itertools import chain, islice, pairwise

from connectors.regulator_12315.fields import Referred, field_of, gathered, is_row_index
from connectors.regulator_12315.reading.found import Found
from connectors.regulator_12315.reading.sheets import Cell, Lost, Row, Sheet
from schemas.errors import PayloadRejected, Reason
from schemas.settings import RegulatorSettings

SEARCHED_ROWS = 30
_SURE_FIELDS = 3
Header = list[tuple[str, str | None]]
"""Label and field of each column."""


def header_of(rows: Sequence[Row]) -> tuple[int, Header] | None:
    """The place in `rows` of the row with the most columns we know, and what it says; None when there is none."""
    best: tuple[int, int, Header] | None = None
    for index, (_, cells) in enumerate(rows):
        header = _labels(cells)
        known = _known(header)
        below = _labels(rows[index + 1][1]) if index + 1 < len(rows) else []
        if known > (best[0] if best else 1) and _is_header(header) and _known(below) < 2:
            best = known, index, header
    return best[1:] if best else None


def _labels(cells: Sequence[Cell]) -> Header:
    labels = [one if isinstance(one, str) else "" for one in cells]
    return [(label, field_of(label) if label else None) for label in labels]


def _known(header: Header) -> int:
    return len({name for _, name in header if name})


def _is_header(header: Header) -> bool:
    """A header has its labels side by side; in a form values stand between them, and more labels below."""
    given = [name for label, name in header if label]
    known = _known(header)
    side_by_side = sum(one is not None and other is not None for one, other in pairwise(given))
    return (known >= _SURE_FIELDS and side_by_side >= 2) or (known >= 2 and known == len(given))


def read_table(sheet: Sheet, settings: RegulatorSettings) -> tuple[list[Row], Iterator[Found] | None]:
    """The rows that were looked at, and the referrals of the table; None when no row is a header."""
    rows = iter(sheet.rows)
    first = list(islice(rows, SEARCHED_ROWS))
    found = header_of(first)
    if found is None:
        return first, None
    index, header = found
    return first, _referrals(sheet, header, chain(first[index + 1 :], rows), settings)


def _referrals(sheet: Sheet, header: Header, rows: Iterator[Row], settings: RegulatorSettings) -> Iterator[Found]:
    hint = hint_of(sheet.title, header)
    for taken, (number, cells) in enumerate(rows):
        if taken >= settings.max_rows:
            raise PayloadRejected(Reason.TOO_LARGE, f"more than {settings.max_rows} rows")
        if not is_referral(header, cells):
            continue
        referred = referred_of(header[: settings.max_columns], cells, hint, settings.max_cell_chars)
        yield Found(referred, sheet.number, number)


def hint_of(title: str, header: Header) -> str:
    """What title and labels say of the kind; nothing where a column of its own says it, or leaves it open."""
    if any(name == "kind" for _, name in header):
        return ""
    return f"{title} {' '.join(label for label, _ in header)}"


def referred_of(header: Header, cells: Sequence[Cell], hint: str, max_cell_chars: int) -> Referred:
    """One row under its header."""
    pairs: list[tuple[str, str]] = []
    lost: set[str] = set()
    for (label, name), value in zip(header, cells, strict=False):
        if value is Lost.DIGITS:
            lost.add(name or label)
        elif isinstance(value, str) and value and label and not is_row_index(label):
            pairs.append((name or label, value))
    fields, others = gathered(pairs)
    too_long = any(len(value) > max_cell_chars for _, value in pairs)
    return Referred(fields, others, hint=hint[:200], lost=frozenset(lost), too_long=too_long)


def is_referral(header: Header, cells: Sequence[Cell]) -> bool:
    """Whether a row says anything: neither blank, nor the header again."""
    return any(cells) and not _repeats(header, cells)


def _repeats(header: Header, cells: Sequence[Cell]) -> bool:
    """Whether the header stands here again, as it does at the top of each printed page."""
    given = [(label, value) for (label, _), value in zip(header, cells, strict=False) if value]
    return bool(given) and all(label == value for label, value in given)
