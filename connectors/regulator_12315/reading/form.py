"""Forms: labels with their values beside or behind them, in blocks for each party; free text without any label.

Source of the blocks: the official 投诉登记表 of 2026-04 (facts 4.2).
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from connectors.regulator_12315.fields import PROSE, SYNONYMS, Referred, field_of, gathered, section_of
from connectors.regulator_12315.kinds import kinds_of
from connectors.regulator_12315.reading.sheets import Cell, Lost, Sheet

_LABELLED = re.compile(r"([^:：]{1,30})[:：]\s*(.*)", re.DOTALL)
_WORDS = sorted({word for words in SYNONYMS.values() for word in words.split() if word[0] >= "\u3400"}, key=len)[::-1]
_BEFORE_LABEL = re.compile(rf"[ \u3000\t]+(?=(?:{'|'.join(map(re.escape, _WORDS))})\s*[:：])")
_BOX_TICKED = re.compile(r"[☑√✓■][ ]?([^\s□☐☑√✓■]{1,20})")
_MAX_TITLE_CHARS = 60


class _Form:
    """Takes the cells one by one."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []
        self.lost: set[str] = set()
        self.loose: list[str] = []
        self.labels: list[str] = []
        self._section = ""
        self._pending: str | None = None
        self._last: str | None = None

    def take(self, one: Cell) -> None:
        if one is Lost.DIGITS:
            if self._pending:
                self.lost.add(self._pending)
                self._pending = None
        elif isinstance(one, str):
            for part in _BEFORE_LABEL.split(one.strip()):
                self._take_text(part.strip())

    def end_of_row(self) -> None:
        """A label waits for its value in its own row, prose also in the next."""
        if self._pending not in PROSE:
            self._pending = None

    def _take_text(self, text: str) -> None:
        labelled = _LABELLED.fullmatch(text)
        if labelled and (name := field_of(labelled[1], self._section)):
            self.labels.append(labelled[1])
            self._label(name, labelled[2].strip())
        elif name := field_of(text, self._section):
            # 投诉人 alone may be the heading of a block or the label of the name behind it.
            self._enter(text)
            self.labels.append(text)
            self._label(name, "")
        elif self._enter(text):
            self._pending = None
        elif text:
            self._value(text)

    def _enter(self, text: str) -> bool:
        section = section_of(text)
        if section is not None:
            self._section = section
        return section is not None

    def _label(self, name: str, value: str) -> None:
        self._pending = None if value else name
        self._last = name
        if value:
            self.pairs.append((name, value))

    def _value(self, text: str) -> None:
        if self._pending:
            self.pairs.append((self._pending, text))
            self._pending = None
        elif self._last in PROSE:
            self.pairs.append((str(self._last), text))
        else:
            self.loose.append(text)


def read_form(sheets: Iterable[Sheet]) -> Referred | None:
    """The one referral of a form or text; None when there is no word in it."""
    form, titles = _Form(), []
    for sheet in sheets:
        titles.append(sheet.title)
        for _, cells in sheet.rows:
            for one in _once(cells):
                form.take(one)
            form.end_of_row()
    fields, others = gathered(form.pairs)
    request = _BOX_TICKED.findall(fields.get("request", ""))
    if request:
        fields["request"] = "、".join(request)
    heading = next((one for one in form.loose if len(one) <= _MAX_TITLE_CHARS), "")
    loose = [one for one in form.loose if one != heading or not fields]
    if loose and not PROSE & fields.keys():
        fields["text"] = "\n".join(loose)
    elif loose:
        others += tuple(("其他", one) for one in loose)
    if not fields and not others:
        return None
    return Referred(fields, others, hint=_hint(fields, [*titles, heading], form.labels), lost=frozenset(form.lost))


def _hint(fields: Mapping[str, str], headings: list[str], labels: list[str]) -> str:
    """What says the kind: the heading if it names one, else the labels."""
    if "kind" in fields:
        return ""
    heading = " ".join(headings)[:200]
    return heading if kinds_of(heading) else " ".join(labels)[:400]


def _once(cells: Iterable[Cell]) -> Iterator[Cell]:
    """The cells of a row, a merged one (which is given as often as it is wide) once."""
    before: Cell = ""
    for one in cells:
        if one and one != before:
            yield one
        before = one


def is_form(of: Referred) -> bool:
    """Whether at least two labels were known, so that it is a form and no other text."""
    return len(of.fields.keys() - {"text"}) >= 2 or bool(of.fields.keys() & {"number"})
