"""Lag on `/metrics`, in both customary families and as rows of the board, from the last look: scraping asks nobody.

Source: kafka_exporter (danielqsj): `kafka_consumergroup_lag`, `_current_offset` (-1: never committed) and `_members`;
kafka-lag-exporter (seglo): `kafka_consumergroup_group_lag` and `_group_lag_seconds`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from operations.lag.rows import Board, BoardRow, RowState
from operations.lag.watched import Look, Measured, PartitionLag


@dataclass(frozen=True, slots=True)
class Family:
    """A metric of its name, with its meaning and labels."""

    name: str
    meaning: str
    labels: tuple[str, ...]


_PARTITION = ("consumergroup", "topic", "partition")
_GROUP = ("group", "topic", "partition")
_ROW = ("kind", "name", "topic", "group")

LAG = Family("kafka_consumergroup_lag", "Records a group has before it; -1: it never committed here", _PARTITION)
OFFSET = Family("kafka_consumergroup_current_offset", "Committed offset; -1: it never committed here", _PARTITION)
MEMBERS = Family("kafka_consumergroup_members", "Members of a group", ("consumergroup",))
GROUP_LAG = Family("kafka_consumergroup_group_lag", "Records a group that ever committed has before it", _GROUP)
GROUP_SECONDS = Family("kafka_consumergroup_group_lag_seconds", "Age of the record at the committed offset", _GROUP)
ROW_WAITING = Family("intake_row_waiting", "What waits, as a row of the board", _ROW)
ROW_OLDEST = Family("intake_row_oldest_seconds", "Age of the oldest that waits, as a row of the board", _ROW)
ROW_IN = Family("intake_row_in_per_second", "What comes, over the last minute", _ROW)
ROW_OUT = Family("intake_row_out_per_second", "What is done, over the last minute", _ROW)
ROW_STATE = Family("intake_row_state", "1 for the state a row of the board is in", (*_ROW, "state"))
LOOKED_AT = Family("intake_board_timestamp_seconds", "When lag was looked at last", ())

FAMILIES = (
    LAG, OFFSET, MEMBERS, GROUP_LAG, GROUP_SECONDS, ROW_WAITING, ROW_OLDEST, ROW_IN, ROW_OUT, ROW_STATE, LOOKED_AT
)  # fmt: skip
"""All gauges of this collector; the other metrics are declared in `infra/metrics.py`."""

_NEVER = -1.0


class Looker(Protocol):
    """What lag is taken from."""

    @property
    def board(self) -> Board | None:
        """The last board."""
        ...

    @property
    def measured(self) -> Look | None:
        """The last look at Kafka; None while it does not answer: nothing is better than old numbers."""
        ...


class LagCollector(Collector):
    """Shows one looker at a time; without one the families have no samples."""

    def __init__(self) -> None:
        self._looker: Looker | None = None

    @contextmanager
    def showing(self, looker: Looker) -> Iterator[None]:
        """Show a looker for as long as it looks."""
        self._looker = looker
        try:
            yield
        finally:
            if self._looker is looker:
                self._looker = None

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The families, so that registering asks nobody."""
        return [_gauge(family) for family in FAMILIES]

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """The samples of the last look."""
        gauges = {family.name: _gauge(family) for family in FAMILIES}
        look = self._looker.measured if self._looker else None
        board = self._looker.board if self._looker else None
        if look is not None:
            _add_look(gauges, look)
        if board is not None:
            _add_board(gauges, board)
        return gauges.values()


def _gauge(family: Family) -> GaugeMetricFamily:
    return GaugeMetricFamily(family.name, family.meaning, labels=family.labels)


def _add_look(gauges: dict[str, GaugeMetricFamily], look: Look) -> None:
    gauges[LOOKED_AT.name].add_metric((), look.at.timestamp())
    members: dict[str, int] = {}
    for found in look.found:
        if found.watched.group is None:
            continue
        if found.members is not None:
            members[found.watched.group] = found.members
        for part in found.partitions:
            _add_partition(gauges, found, part, look.at)
    for group, count in members.items():
        gauges[MEMBERS.name].add_metric((group,), count)


def _add_partition(gauges: dict[str, GaugeMetricFamily], found: Measured, part: PartitionLag, at: datetime) -> None:
    labels = (found.watched.group or "", found.watched.topic, str(part.partition))
    never = part.committed is None
    gauges[LAG.name].add_metric(labels, _NEVER if never else part.waiting)
    gauges[OFFSET.name].add_metric(labels, _NEVER if part.committed is None else part.committed)
    if not never:
        gauges[GROUP_LAG.name].add_metric(labels, part.waiting)
        age_s = at.timestamp() - part.oldest_ms / 1000 if part.oldest_ms is not None else 0.0
        gauges[GROUP_SECONDS.name].add_metric(labels, max(0.0, age_s))


def _add_board(gauges: dict[str, GaugeMetricFamily], board: Board) -> None:
    for row in board.rows:
        labels = (row.kind.value, row.name, row.topic or "", row.group or "")
        for family, value in _figures(row):
            if value is not None:
                gauges[family.name].add_metric(labels, value)
        for state in RowState:
            gauges[ROW_STATE.name].add_metric((*labels, state.value), 1.0 if row.state is state else 0.0)


def _figures(row: BoardRow) -> Iterator[tuple[Family, float | None]]:
    yield ROW_WAITING, row.waiting
    yield ROW_OLDEST, row.oldest_s if row.waiting else 0.0
    yield ROW_IN, row.in_per_s
    yield ROW_OUT, row.out_per_s


COLLECTOR = LagCollector()
REGISTRY.register(COLLECTOR)
