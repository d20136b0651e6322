"""A consumer that has an assignment and lag but makes no progress is stuck: aiokafka may stop silently.

Source: aiokafka issues 1037, 847, 625, 718 (open on 2026-11-22).
"""

import time
from collections.abc import Mapping
from typing import Protocol

from aiokafka import TopicPartition

from workers.runtime.partition import Phase


class Watched(Protocol):
    """What the watchdog sees of a partition's loop. `progressed` is in seconds of the monotonic clock."""

    progressed: float

    @property
    def phase(self) -> Phase: ...

    @property
    def next_offset(self) -> int: ...

    def touch(self) -> None: ...


def waiting_records(loops: Mapping[TopicPartition, Watched], ends: Mapping[TopicPartition, int]) -> dict[str, int]:
    """Offsets between what each partition has committed and its end; may count markers of transactions."""
    return {
        f"{one.topic}-{one.partition}": max(0, ends[one] - loop.next_offset)
        for one, loop in loops.items()
        if one in ends
    }


def stuck(
    loops: Mapping[TopicPartition, Watched], ends: Mapping[TopicPartition, int], stuck_after_s: float
) -> TopicPartition | None:
    """The first partition that lags and has not moved for `stuck_after_s`. One that waits for a part is not stuck."""
    now = time.monotonic()
    for partition, loop in loops.items():
        idle = ends.get(partition, 0) <= loop.next_offset and loop.phase is Phase.POLLING
        if idle or loop.phase is Phase.WAITING:
            loop.touch()
        elif now - loop.progressed > stuck_after_s:
            return partition
    return None
