"""How exactly fields are found: precision, recall and F1 per field on labelled messages, with 95 % intervals.

A field is right when span and value are right: amounts and quantities by number, numbers that are names by their
letters and digits. A relative day (昨天) has no value in the marks and is left out on both sides. Store, product and
resolution are marked in a part of the messages only: they are shown apart, recall alone, and not counted.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from deploy.training.corpus import FROZEN
from deploy.training.marks import Labelled, Mark, numbered
from schemas.masking.contact import mask_id_number
from schemas.normalise import fold
from schemas.records import Found
from workers.text.extract import extract
from workers.text.reading import SPOKEN

COUNTED = (
    *("order_no", "batch_no", "tracking_no", "referral_no", "phone", "id_card"),
    *("amount", "quantity", "date"),
)
NUMBERS = COUNTED[:6]
APART = ("store", "product", "resolution")
TARGETS = {"clean": 0.97, "transcripts": 0.92}
_RECEIVED_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
_ZONE = ZoneInfo("Asia/Shanghai")
_ABSOLUTE = re.compile(r"\d|月|[一二三四五六七八九十]号|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_RELATIVE = re.compile(r"前|ago|周|週|星期|礼拜|禮拜")
_LEADING_NUMBER = re.compile(r"(\d+(?:\.\d+)?) ?(.*)")
_DRAWS = 1_000
_SEED = 6

Answer = tuple[str, int, int, str]
"""A field with its half-open span and its value in the form in which values are compared."""


@dataclass(slots=True)
class Difference:
    """What one message's fields should be and are; `where` is its file and line."""

    where: str
    text: str
    transcript: bool
    wanted: set[Answer] = field(default_factory=set)
    found: set[Answer] = field(default_factory=set)

    def overlapping(self) -> tuple[int, int, int]:
        """As `counts` of all counted fields, where spans need only overlap: writers differ in what they mark along."""
        wanted = {one for one in self.wanted if one[0] in COUNTED}
        found = {one for one in self.found if one[0] in COUNTED}
        right = sum(any(_meets(one, other) for other in found) for one in wanted)
        extra = sum(not any(_meets(one, other) for other in wanted) for one in found)
        return right, extra, len(wanted) - right

    def counts(self, name: str | None = None) -> tuple[int, int, int]:
        """Right, wrongly found and missed ones, of one field or of all counted."""
        names = (name,) if name else COUNTED
        wanted = {one for one in self.wanted if one[0] in names}
        found = {one for one in self.found if one[0] in names}
        return len(wanted & found), len(found - wanted), len(wanted - found)


def _meets(one: Answer, other: Answer) -> bool:
    return (one[0], one[3]) == (other[0], other[3]) and one[1] < other[2] and other[1] < one[2]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 with the 95 % interval of F1 over resampled messages; None where nothing is marked."""

    right: int
    extra: int
    missed: int
    low: float | None = None
    high: float | None = None

    @property
    def precision(self) -> float | None:
        """Share of the found ones that are right."""
        return self.right / (self.right + self.extra) if self.right + self.extra else None

    @property
    def recall(self) -> float | None:
        """Share of the marked ones that are found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of the two."""
        every = 2 * self.right + self.extra + self.missed
        return 2 * self.right / every if every else None


def compare(labelled: Iterable[tuple[str, Labelled]]) -> list[Difference]:
    """Extract the fields of each message (with its place) and set them beside its marks."""
    return [_difference(where, message) for where, message in labelled]


def score(differences: Sequence[Difference], name: str | None = None) -> Score:
    """The score of one field, or of all counted ones together."""
    return _scored([difference.counts(name) for difference in differences])


def overlapping_score(differences: Sequence[Difference]) -> Score:
    """The score of all counted fields where spans need only overlap."""
    return _scored([difference.overlapping() for difference in differences])


def _scored(each: list[tuple[int, int, int]]) -> Score:
    counts = np.array(each, dtype=np.int64).reshape(-1, 3)
    right, extra, missed = (int(total) for total in counts.sum(axis=0))
    low, high = _interval(counts)
    return Score(right, extra, missed, low, high)


def report(differences: Sequence[Difference]) -> str:
    """The table of scores, clean texts and transcripts apart, as `make eval` prints it."""
    lines: list[str] = []
    for title, is_transcript in (("clean", False), ("transcripts", True)):
        part = [one for one in differences if one.transcript == is_transcript]
        total = score(part)
        lines.append(
            f"fields, {title}: {len(part)} texts, F1 {_shown(total.f1)}{_between(total)}, target {TARGETS[title]}"
        )
        near = overlapping_score(part)
        lines.append(f"  value right, spans overlapping: F1 {_shown(near.f1)}{_between(near)}")
        for name in COUNTED:
            one = score(part, name)
            if one.right + one.extra + one.missed:
                lines.append(
                    f"  {name:<12} P {_shown(one.precision)} R {_shown(one.recall)} F1 {_shown(one.f1)}{_between(one)}"
                    f" ({one.right + one.missed} marked)"
                )
        for name in APART:
            one = score(part, name)
            if one.right + one.missed:
                lines.append(f"  {name:<12} R {_shown(one.recall)} ({one.right + one.missed} marked, not counted)")
    return "\n".join(lines)


def errors(differences: Iterable[Difference]) -> Iterator[str]:
    """Each wrong or missing field of the counted ones on one line; never look at those of the test part."""
    for difference in differences:
        for sign, those in (
            ("missed", difference.wanted - difference.found),
            ("extra ", difference.found - difference.wanted),
        ):
            for name, start, end, value in sorted(those):
                if name in COUNTED:
                    around = difference.text[max(0, start - 14) : start], difference.text[end : end + 8]
                    surface = difference.text[start:end]
                    yield f"{difference.where} {sign} {name}={value}: {around[0]}[{surface}]{around[1]}".replace(
                        "\n", "\\n"
                    )


def _difference(where: str, message: Labelled) -> Difference:
    fields = extract(fold(message.text), _RECEIVED_AT, _ZONE)
    difference = Difference(where, message.text, message.source == "call")
    for mark in message.marks:
        if mark.field != "date" or mark.value:
            written = message.text[mark.start : mark.end]
            value = _comparable(mark.field, mark.value or written)
            difference.wanted.add((mark.field, *_span(message.text, mark, value), value))
    kept = {(mark.start, mark.end): mark for mark in message.marks if mark.field == "date" and not mark.value}
    for name, values in fields.items():
        for one in values:
            if name == "date" and _is_relative(message.text[one.start : one.end], one, kept):
                continue
            span = _trimmed(message.text, one.start, one.end) if name in NUMBERS else (one.start, one.end)
            difference.found.add((name, *span, _comparable(name, one.value)))
    return _as_marked(difference, message)


def _span(text: str, mark: Mark, value: str) -> tuple[int, int]:
    """Where the value of a mark stands: writers mark a number now with its label (批号 L1), now without."""
    if mark.field in NUMBERS:
        ends = (_comparable(mark.field, _said(text[start : mark.end])) for start in range(mark.start, mark.end))
        whole = [mark.start + index for index, end in enumerate(ends) if end == value]
        if whole:
            return whole[-1], mark.end
    return mark.start, mark.end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without brackets and the like at its ends."""
    while start < end and not (text[start].isalnum() or text[start] == "*"):
        start += 1
    return start, end


def _said(written: str) -> str:
    return written.translate(SPOKEN) if not any(map(str.isdecimal, written)) else written


def _as_marked(difference: Difference, message: Labelled) -> Difference:
    """Bring values to what marks can say: no year or unit where the mark has none."""
    wanted = {(name, start, end): value for name, start, end, value in difference.wanted}
    found: set[Answer] = set()
    for name, start, end, value in difference.found:
        asked = wanted.get((name, start, end), "")
        if name == "date" and len(asked) == 5:
            value = value[-5:]
        if name == "quantity" and asked and asked == value.split(" ")[0]:
            value = asked
        if name in APART:
            value = _code(name, wanted, start, end, value)
            start, end = next(((s, e) for n, s, e in wanted if n == name and s < end and start < e), (start, end))
        found.add((name, start, end, value))
    difference.found = found
    return difference


def _code(name: str, wanted: dict[tuple[str, int, int], str], start: int, end: int, value: str) -> str:
    """The marked name of a place where the found one overlaps it; a wish must have the same code."""
    if name == "resolution":
        return value
    return next((v for (n, s, e), v in wanted.items() if n == name and s < end and start < e), value)


def _is_relative(surface: str, found: Found, unmarked: Mapping[tuple[int, int], Mark]) -> bool:
    if any(found.start < end and start < found.end for start, end in unmarked):
        return True
    return (
        not _ABSOLUTE.search(surface) or bool(_RELATIVE.search(surface)) or not re.search(r"月|\d|[a-zA-Z]{3}", surface)
    )


def _comparable(name: str, value: str) -> str:
    """The form in which two values of a field are compared."""
    text = fold(value).text
    if name == "amount":
        return _number(re.split(r"[- ]", text)[0])
    if name == "quantity":
        parts = _LEADING_NUMBER.fullmatch(text.strip())
        return f"{_number(parts[1])} {parts[2]}".strip() if parts else text
    if name == "date":
        return "-".join(part.zfill(2) for part in text.split("-"))
    if name == "id_card":
        return mask_id_number(text.upper())
    if name in {"store", "product", "resolution", "model"}:
        return text
    return "".join(char for char in text if char.isalnum() or char in "*/")


def _number(written: str) -> str:
    try:
        return f"{Decimal(written).normalize():f}"
    except InvalidOperation:
        return written


def _interval(counts: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> tuple[float | None, float | None]:
    """The 2.5th and 97.5th percentile of F1 over resampled messages; None where nothing can be scored."""
    if not len(counts) or not counts.sum():
        return None, None
    random = np.random.default_rng(_SEED)
    drawn = counts[random.integers(0, len(counts), (_DRAWS, len(counts)))].sum(axis=1)
    every = 2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2]
    values = 2 * drawn[:, 0][every > 0] / every[every > 0]
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def _shown(value: float | None) -> str:
    return "  - " if value is None else f"{value:.3f}"


def _between(one: Score) -> str:
    return f" [{_shown(one.low)}, {_shown(one.high)}]" if one.low is not None else ""


def read_all(paths: Iterable[Path]) -> Iterator[tuple[str, Labelled]]:
    """Every message of the files with its place. Raises `LabelError` for a line that cannot be read."""
    for path in paths:
        for number, message in numbered(path):
            yield f"{path.parent.name}/{path.name}:{number}", message


def main(arguments: Sequence[str]) -> None:
    """Print the table for labelled files, the frozen ones unless others are named; with `--errors` each error too."""
    parser = argparse.ArgumentParser(prog="python -m deploy.training.fields_eval", description=main.__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="labelled files (TSV)")
    parser.add_argument("--errors", action="store_true")
    asked = parser.parse_args(arguments)
    differences = compare(read_all(sorted(asked.files or FROZEN.glob("*.tsv"))))
    print(report(differences))
    if asked.errors:
        print("\n".join(errors(differences)))
        print(
            Counter(
                line.split(" ")[1] + " " + line.split(" ", 2)[2].strip().split("=")[0] for line in errors(differences)
            )
        )


if __name__ == "__main__":
    main(sys.argv[1:])
