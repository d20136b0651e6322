"""Rows of the board as a page shows them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast

from operations import figures
from operations.lag.rows import STATE_WORDS, Board, BoardRow, Point, RowKind, RowState
from operations.pages.board.sparkline import polyline

N = TypeVar("N", int, float)

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
    made = []
    for kind in RowKind:
        found = [row for row in board.rows if row.kind is kind]
        shown = stage_rows(found) if kind is RowKind.STAGE else _sorted(kind, found)
        views = tuple(view_of(row, points_of(board, row.key, history), board.at, lang) for row in shown)
        if views:
            made.append(Group(kind, views, f"rows-{kind.value}"))
    return tuple(made)


def parts_of_row(board: Board, key: str) -> list[BoardRow]:
    """The rows that stand behind one row of the page: the topics of a stage, else the row itself."""
    return [
        row for row in board.rows if key in {row.key, f"{row.kind}:{row.name}" if row.kind is RowKind.STAGE else ""}
    ]


def points_of(board: Board, key: str, history: Callable[[str], Sequence[Point]]) -> Sequence[Point]:
    """The last 24 hours of one row of the page."""
    histories = [history(row.key) for row in parts_of_row(board, key)]
    return histories[0] if len(histories) == 1 else points_together(histories)


def stage_rows(rows: Sequence[BoardRow]) -> list[BoardRow]:
    """One row a stage, whatever number of topics it reads: it is as its worst topic is."""
    by_name: dict[str, list[BoardRow]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    return [_together(found) for found in by_name.values()]


def _together(rows: Sequence[BoardRow]) -> BoardRow:
    worst = min(rows, key=lambda row: (_WORST_FIRST.index(row.state), -(row.waiting or 0)))
    return replace(
        worst,
        key=f"{worst.kind}:{worst.name}",
        topic=worst.topic if len(rows) == 1 else None,
        waiting=_sum(row.waiting for row in rows),
        exact=all(row.exact for row in rows),
        deleted=sum(row.deleted for row in rows),
        oldest_s=_most(row.oldest_s for row in rows),
        in_per_s=_sum(row.in_per_s for row in rows),
        out_per_s=_sum(row.out_per_s for row in rows),
        drain_s=_most(row.drain_s for row in rows),
        members=_most(row.members for row in rows),
        partitions=_sum(row.partitions for row in rows),
    )


def points_together(histories: Sequence[Sequence[Point]]) -> list[Point]:
    """The histories of several topics as one: minute by minute the sums, and the oldest of all."""
    minutes: dict[datetime, list[Point]] = {}
    for history in histories:
        for one in history:
            minutes.setdefault(one.at.replace(second=0, microsecond=0), []).append(one)
    return [
        Point(
            at,
            _sum(one.waiting for one in found),
            _most(one.oldest_s for one in found),
            _sum(one.in_per_s for one in found),
            _sum(one.out_per_s for one in found),
        )
        for at, found in sorted(minutes.items())
    ]


def _sum(values: Iterable[N | None]) -> N | None:
    known = [one for one in values if one is not None]
    return cast(N, sum(known)) if known else None


def _most(values: Iterable[N | None]) -> N | None:
    return max((one for one in values if one is not None), default=None)


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
