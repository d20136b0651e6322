"""Rows of the board as a page shows them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from operations.lag.rows import Board, BoardRow, Point, RowKind, RowState
from operations.pages.board import figures
from operations.pages.board.sparkline import polyline

STATE_WORDS = {
    RowState.OK: "正常",
    RowState.SLOW: "偏慢",
    RowState.STALLED: "停滞",
    RowState.STOPPED: "已停止",
    RowState.NO_CONSUMER: "无人消费",
    RowState.NEVER_COMMITTED: "从未提交",
}
_WORST_FIRST = (
    RowState.STOPPED,
    RowState.STALLED,
    RowState.NEVER_COMMITTED,
    RowState.NO_CONSUMER,
    RowState.SLOW,
    RowState.OK,
)


@dataclass(frozen=True, slots=True)
class RowView:
    """One row in one language; every field is ready to be shown."""

    row_id: str
    key: str
    name: str
    title: str
    beside: str
    state: str
    state_word: str
    state_class: str
    why: str
    lasting: str
    waiting: str
    deleted: str
    oldest: str
    came: str
    left: str
    drain: str
    arrow: str
    trend: str
    members: str
    line: str


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one kind, under one heading."""

    kind: RowKind
    rows: tuple[RowView, ...]
    group_id: str


def groups(board: Board, history: Callable[[str], Sequence[Point]], lang: str) -> tuple[Group, ...]:
    """All rows by kind; departments with the worst first, stages in the order a complaint meets them."""
    return tuple(
        Group(kind, tuple(view_of(row, history(row.key), board.at, lang) for row in found), f"rows-{kind.value}")
        for kind in RowKind
        if (found := _sorted(kind, [row for row in board.rows if row.kind is kind]))
    )


def row_id(key: str) -> str:
    """The id of a row's element."""
    return f"row-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def _sorted(kind: RowKind, rows: list[BoardRow]) -> list[BoardRow]:
    if kind is not RowKind.DEPARTMENT:
        return rows
    return sorted(rows, key=lambda row: (_WORST_FIRST.index(row.state), row.name, row.group or ""))


def view_of(row: BoardRow, points: Sequence[Point], now: datetime, lang: str) -> RowView:
    """One row in one language (zh, en)."""
    arrow, trend = figures.trend(row.trend, lang)
    return RowView(
        row_id=row_id(row.key),
        key=row.key,
        name=row.name,
        title=row.title.in_language(lang),
        beside=" · ".join(one for one in (row.topic, row.group, row.owner) if one),
        state=row.state.value,
        state_word="" if lang == "en" else STATE_WORDS[row.state],
        state_class=row.state.value.lower().replace(" ", "-"),
        why=row.why.in_language(lang),
        lasting="" if row.state is RowState.OK or row.since is None else figures.since(row.since, now, lang),
        waiting=figures.count(row.waiting, exact=row.exact),
        deleted=figures.count(row.deleted) if row.deleted else "",
        oldest=figures.age(row.oldest_s, lang),
        came=figures.rate(row.in_per_s, lang),
        left=figures.rate(row.out_per_s, lang),
        drain=figures.age(row.drain_s, lang),
        arrow=arrow,
        trend=trend,
        members=_members(row),
        line=polyline(points),
    )


def _members(row: BoardRow) -> str:
    if row.members is None:
        return figures.UNKNOWN
    return f"{row.members}/{row.partitions}" if row.partitions is not None else str(row.members)
