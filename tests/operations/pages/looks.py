"""Looks at a small system, as the sampler and the watch hand them to the pages."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from operations.findings import Finding, Level
from operations.lag.rows import Board, BoardRow, Point, RowKind, RowState, Trend
from operations.ledger.hours import LedgerHour, LedgerHours
from operations.pages.parts import OperationsParts
from operations.promises.board import BANDS, ClockRow, Forecast, PromiseBoard
from operations.promises.clocks import ListedPromise
from operations.saying import Said
from operations.watching import Snapshot
from schemas.policy import load_pack
from schemas.settings import Settings

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
STAGE = BoardRow(
    key="stage:classify",
    kind=RowKind.STAGE,
    name="classify",
    title=Said("理解", "classify"),
    state=RowState.OK,
    why=Said("", ""),
    group="classify",
    topic="complaints.deduplicated.v1",
    waiting=1_250,
    oldest_s=75,
    in_per_s=1.5,
    out_per_s=0.02,
    drain_s=3_700,
    trend=Trend.RISING,
    members=1,
    partitions=3,
)
DEPARTMENT = BoardRow(
    key="department:finance",
    kind=RowKind.DEPARTMENT,
    name="finance",
    title=Said("财务部", "finance"),
    state=RowState.NO_CONSUMER,
    why=Said("还没有系统读取", "nobody reads it yet"),
)
WRONG = Finding(
    key="channel:kefu",
    kind="channel",
    level=Level.RED,
    object=Said("邮箱 kefu", "mailbox kefu"),
    said=Said("服务器拒绝了密码", "the server refuses the password"),
    since=NOW - timedelta(minutes=12),
    at_risk=3,
    next_step=Said("更新密码", "set the password anew"),
    command="intake connector imap",
)


class Looks:
    """A sampler and a watch whose looks a test sets."""

    def __init__(self, *rows: BoardRow, wrong: Sequence[Finding] = ()) -> None:
        self.board: Board | None = Board(NOW, rows or (STAGE, DEPARTMENT))
        self.wrong = tuple(wrong)
        self._kept: Snapshot | None = None

    def history(self, key: str) -> Sequence[Point]:
        """Three minutes."""
        return [Point(NOW - timedelta(minutes=3 - one), one * 10, 1.0) for one in range(3)]

    async def subscribe(self) -> AsyncIterator[Board]:
        """One look, then the end."""
        assert self.board is not None
        yield self.board

    @property
    def last(self) -> Snapshot:
        """What is wrong, one clock, one source."""
        counts = dict(zip(BANDS, (120, 30, 4, 1, 2), strict=True))
        clock = ClockRow("acknowledge", Said("24 小时回执", "acknowledgement"), counts)
        promises = PromiseBoard(NOW, (clock,), Forecast(2, NOW, Said("2 件会逾期", "2 will breach")))
        hour = LedgerHour("email", "kefu", NOW, 5, 4, 1, 3, 3, 0)
        if self._kept is None or self._kept.findings != self.wrong:
            self._kept = Snapshot(NOW, self.wrong, promises, LedgerHours(NOW, (hour, hour), 0))
        return self._kept

    async def listed(self, clock: str, band: str, limit: int) -> Sequence[ListedPromise]:
        """One that is late."""
        late = NOW - timedelta(minutes=5)
        return [ListedPromise("ETNV-X5SQ-JG01-G", "email", None, late, Said("发送", "the sender"))]

    def changed(self, **values: object) -> None:
        """The next look, in which the stage is otherwise."""
        assert self.board is not None
        rows = tuple(replace(row, **values) if row is self.board.rows[0] else row for row in self.board.rows)  # type: ignore[arg-type]
        self.board = Board(NOW + timedelta(seconds=3), rows)

    def parts(self) -> OperationsParts:
        """Parts for pages."""
        return OperationsParts(Settings(), load_pack(None), None, self, self, lambda: NOW)
