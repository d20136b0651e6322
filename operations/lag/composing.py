"""Makes the rows of the board out of looks: rates, trend and since when a row is as it is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from operations.lag.rows import BoardRow, Point, RowKind, RowState
from operations.lag.series import History, Rates
from operations.lag.states import WATCHING, Circumstances, Verdict, judge
from operations.lag.stillness import Stillness
from operations.lag.titles import Titles
from operations.lag.watched import Look, Measured, Watched
from operations.saying import Said


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a stage refuses to go on, and since when."""

    why: Said
    since: datetime


class RowComposer:
    """Remembers what was, for rates, histories and states; one for as long as the process lives."""

    def __init__(self, titles: Titles, owners: Mapping[str, str]) -> None:
        self._titles, self._owners = titles, owners
        self._stillness = Stillness()
        self._rates: dict[str, Rates] = defaultdict(Rates)
        self._histories: dict[str, History] = defaultdict(History)
        self._states: dict[str, tuple[RowState, datetime]] = {}

    def lag_rows(self, look: Look, stops: Mapping[str, Stop]) -> tuple[BoardRow, ...]:
        """Return a row for each group on each topic."""
        self._stillness.observe(look)
        rows = tuple(self._row(one, look.at, stops.get(one.watched.group or "")) for one in look.found)
        self._rates = defaultdict(Rates, {row.key: self._rates[row.key] for row in rows})
        return rows

    def begin_anew(self) -> None:
        """Forget from where rates were counted: the looks have a gap."""
        self._rates.clear()
        self._stillness = Stillness()

    def finished(self, at: datetime, rows: Iterable[BoardRow]) -> tuple[BoardRow, ...]:
        """Return all rows of a board with trend and since when, and keep a point of each. Call once a board."""
        return tuple(self._remembered(at, row) for row in rows)

    def history(self, key: str) -> Sequence[Point]:
        """A row's last 24 hours, a point a minute, the oldest first."""
        return tuple(self._histories[key].points()) if key in self._histories else ()

    def forget_except(self, keys: Iterable[str]) -> None:
        """Let go of rows that are gone."""
        kept = set(keys)
        for known in (self._histories, self._states):
            for key in set(known) - kept:
                del known[key]

    def _row(self, found: Measured, at: datetime, stop: Stop | None) -> BoardRow:
        watched = found.watched
        pace, owner = WATCHING[watched.kind], self._owner(watched)
        still_s = self._stillness.still_s(found, at, pace.stuck_s)
        verdict = judge(found, at, Circumstances(stop.why if stop else None, still_s, owner), pace)
        rates = self._rates[key_of(watched)]
        rates.add(at, found.arrived, found.done)
        in_per_s, out_per_s = rates.per_s()
        return BoardRow(
            key=key_of(watched),
            kind=RowKind(watched.kind),
            name=watched.name,
            title=self._titles.of(watched),
            state=verdict.state,
            why=verdict.why,
            since=_since(verdict, at, stop, still_s),
            group=watched.group,
            topic=watched.topic,
            owner=owner,
            waiting=found.waiting,
            exact=found.exact,
            deleted=found.deleted,
            oldest_s=found.oldest_s(at),
            in_per_s=in_per_s,
            out_per_s=out_per_s,
            drain_s=_drain_s(found.waiting, out_per_s),
            members=found.members,
            partitions=len(found.partitions),
        )

    def _remembered(self, at: datetime, row: BoardRow) -> BoardRow:
        state, since = self._states.get(row.key, (row.state, row.since or at))
        if state is not row.state:
            since = row.since or at
        self._states[row.key] = (row.state, since)
        history = self._histories[row.key]
        history.add(at, row)
        return replace(row, since=since, trend=row.trend or history.trend(at, row.waiting))

    def _owner(self, watched: Watched) -> str | None:
        return self._owners.get(watched.name) if watched.kind == "department" else None


def key_of(watched: Watched) -> str:
    """The key of a row: the same from look to look."""
    return f"{watched.kind}:{watched.name}:{watched.topic if watched.kind == 'stage' else watched.group or '-'}"


def _since(verdict: Verdict, at: datetime, stop: Stop | None, still_s: float | None) -> datetime | None:
    if stop is not None:
        return stop.since
    return at - timedelta(seconds=still_s) if verdict.state is RowState.STALLED and still_s is not None else None


def _drain_s(waiting: int, out_per_s: float | None) -> float | None:
    if not waiting:
        return 0.0
    return waiting / out_per_s if out_per_s else None
