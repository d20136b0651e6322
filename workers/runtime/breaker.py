"""When too much fails, the fault is ours: the stage stops instead of draining its topic into dead letters."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aiokafka import TopicPartition

from schemas.settings import WorkerSettings


@dataclass(frozen=True, slots=True)
class Flood:
    """Too many failures: `failed` of the last `seen` records, `in_a_row` of them without a success between."""

    failed: int
    seen: int
    in_a_row: int


class Breaker:
    """Watches the last records of a stage over all its partitions. A record counts once, however often replayed."""

    def __init__(self, settings: WorkerSettings, judged: Mapping[TopicPartition, int] | None = None) -> None:
        """`judged` are the last offsets a person let pass when the stage was resumed: they count no more."""
        self._in_a_row = settings.poison_in_a_row
        self._allowed = settings.poison_window * settings.poison_share
        self._window: deque[bool] = deque(maxlen=settings.poison_window)
        self._failed = 0
        self._row = 0
        self._judged = dict(judged or {})

    def judge(self, partition: TopicPartition, records: Iterable[tuple[int, bool]]) -> Flood | None:
        """Count (offset, failed) of a batch before it commits; return the flood if there is one."""
        judged = self._judged.get(partition, -1)
        for offset, failed in records:
            if offset > judged:
                self._judged[partition] = offset
                flood = self._count(failed)
                if flood is not None:
                    return flood
        return None

    def refused(self) -> Flood | None:
        """Count a record that failed after its batch was judged: the broker refused what was written for it."""
        return self._count(True)

    @property
    def failed(self) -> int:
        """Failures among the last records."""
        return self._failed

    def _count(self, failed: bool) -> Flood | None:
        if len(self._window) == self._window.maxlen:
            self._failed -= self._window[0]
        self._window.append(failed)
        self._failed += failed
        self._row = self._row + 1 if failed else 0
        if self._row >= self._in_a_row or self._failed > self._allowed:
            return Flood(self._failed, len(self._window), self._row)
        return None
