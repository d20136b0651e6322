"""The board as pieces of HTML: rendered once a look and language, however many people are watching."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from operations import figures
from operations.findings import Finding
from operations.lag.rows import Board, RowKind
from operations.ledger.hours import LedgerHours
from operations.pages.board import ledger
from operations.pages.board.findings import cards
from operations.pages.board.rows import Group, groups
from operations.pages.parts import OperationsParts
from operations.pages.render import Words
from operations.promises.board import BANDS, PromiseBoard
from operations.watching import Snapshot
from operations.wording import Wording


@dataclass(frozen=True, slots=True)
class Pieces:
    """Element id → its HTML. `sections` stand on the page in this order; `inside` names the rows of one."""

    sections: Mapping[str, Markup]
    rows: Mapping[str, Markup]
    inside: Mapping[str, tuple[str, ...]]

    def changed(self, sent: Mapping[str, Markup]) -> dict[str, Markup]:
        """What somebody who has `sent` must get: rows alone where a section still has the same ones."""
        changes: dict[str, Markup] = {}
        for section, html in self.sections.items():
            rows = self.inside.get(section)
            if rows is not None and section in sent and all(row in sent for row in rows) and self._same(section, sent):
                changes |= {row: self.rows[row] for row in rows if sent[row] != self.rows[row]}
            elif sent.get(section) != html:
                changes[section] = html
        return changes

    def everything(self) -> dict[str, Markup]:
        """All of it, to be compared with the next look."""
        return {**self.sections, **self.rows, **{_shape(one): _joined(rows) for one, rows in self.inside.items()}}

    def _same(self, section: str, sent: Mapping[str, Markup]) -> bool:
        return sent.get(_shape(section)) == _joined(self.inside[section])


class Renderer:
    """Renders what was looked at last. The pieces of a look are kept until the next one."""

    def __init__(self, parts: OperationsParts) -> None:
        self._parts = parts
        self._kept: dict[str, tuple[tuple[object, ...], Pieces]] = {}

    def pieces(self, lang: str) -> Pieces:
        """The pieces in one language, rendered anew only when there is a new look."""
        lag, watch = self._parts.lag, self._parts.watch
        board = lag.board if lag is not None else None
        snapshot = watch.last if watch is not None else None
        look = (board, snapshot)
        kept = self._kept.get(lang)
        if kept is not None and all(one is other for one, other in zip(kept[0], look, strict=True)):
            return kept[1]
        made = self._rendered(Words(lang), board, snapshot)
        self._kept[lang] = (look, made)
        return made

    def _rendered(self, words: Words, board: Board | None, snapshot: Snapshot | None) -> Pieces:
        findings = snapshot.findings if snapshot is not None else ()
        sections = {"status": _status(words, findings, snapshot), "looked": self._looked(words, board)}
        now = board.at if board is not None else self._parts.now()
        sections["findings"] = words.piece("_findings.html", cards=cards(words, findings, now))
        if snapshot is not None and snapshot.promises is not None:
            sections["clocks"] = _clocks(words, snapshot.promises)
        rows: dict[str, Markup] = {}
        inside: dict[str, tuple[str, ...]] = {}
        for group in self._groups(board, words.short):
            made = {row.row_id: words.piece("_row.html", row=row) for row in group.rows}
            rows |= made
            inside[group.group_id] = tuple(made)
            sections[group.group_id] = words.piece(
                "_group.html", group_id=group.group_id, kind=group.kind.value, rows=list(made.values())
            )
        if snapshot is not None and snapshot.hours is not None:
            sections["ledger"] = self._ledger(words, snapshot.hours)
        return Pieces(sections, rows, inside)

    def _ledger(self, words: Words, hours: LedgerHours) -> Markup:
        told = Wording(self._parts.pack, "en" if words.short == "en" else "zh")
        return words.piece(
            "_ledger.html",
            missing=hours.missing,
            twice=hours.twice,
            columns=ledger.COLUMNS,
            lines=ledger.by_source(hours.hours, told),
            hourly=False,
        )

    def _groups(self, board: Board | None, lang: str) -> tuple[Group, ...]:
        lag = self._parts.lag
        return groups(board, lag.history, lang) if board is not None and lag is not None else ()

    def _looked(self, words: Words, board: Board | None) -> Markup:
        if board is None:
            note = words.text("ops.not_yet" if self._parts.lag is not None else "ops.no_lag")
            return words.piece("_looked.html", at=figures.UNKNOWN, unknown=[note])
        return words.piece(
            "_looked.html", at=words.second(board.at), unknown=[one.in_language(words.short) for one in board.unknown]
        )


KINDS = tuple(kind.value for kind in RowKind)
"""Every kind of row, in the order of the page."""


def _status(words: Words, findings: Sequence[Finding], snapshot: Snapshot | None) -> Markup:
    if snapshot is None or (snapshot.promises is None and not findings):
        return words.piece("_status.html", level="amber", sentence=words.text("ops.not_watched"))
    red = sum(one.level == "red" for one in findings)
    level = "red" if red else "amber" if findings else "ok"
    amber = len(findings) - red
    known = [(red, "ops.red"), (amber, "ops.amber")]
    told = [words.text(key, n=number) for number, key in known if number] or [words.text("ops.all_well")]
    return words.piece("_status.html", level=level, sentence=words.text("comma").join(told))


def _clocks(words: Words, promises: PromiseBoard) -> Markup:
    told: Callable[[Any], str] = lambda said: said.in_language(words.short)  # noqa: E731 - one word for the template
    clocks = [{"clock": one.clock, "title": told(one.title), "counts": one.counts} for one in promises.clocks]
    said = told(promises.forecast.said)
    return words.piece("_clocks.html", bands=BANDS, clocks=clocks, forecast=said, whole=promises.whole)


def _shape(section: str) -> str:
    return f"{section} rows"


def _joined(rows: Sequence[str]) -> Markup:
    return Markup(" ".join(rows))  # noqa: S704 - ids of our own
