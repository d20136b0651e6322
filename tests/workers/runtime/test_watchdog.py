"""Lag without progress is an alarm; waiting and having nothing to do are not."""

import time
from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from workers.runtime.partition import Phase
from workers.runtime.watchdog import stuck, waiting_records

PLACE = TopicPartition("input.v1", 0)


@dataclass
class Loop:
    """A loop as the watchdog sees it, without progress for an hour."""

    phase: Phase
    next_offset: int = 10
    progressed: float = field(default_factory=lambda: time.monotonic() - 3600)

    def touch(self) -> None:
        self.progressed = time.monotonic()


@pytest.mark.parametrize("phase", [Phase.OPENING, Phase.POLLING, Phase.WORKING])
def test_lag_without_progress_is_stuck(phase: Phase) -> None:
    assert stuck({PLACE: Loop(phase)}, {PLACE: 11}, 60) == PLACE


def test_a_loop_that_waits_for_the_platform_is_not_stuck_and_gets_its_time_afterwards() -> None:
    loop = Loop(Phase.WAITING)

    assert stuck({PLACE: loop}, {PLACE: 11}, 60) is None
    loop.phase = Phase.WORKING
    assert stuck({PLACE: loop}, {PLACE: 11}, 60) is None


def test_a_loop_that_has_read_everything_is_not_stuck() -> None:
    assert stuck({PLACE: Loop(Phase.POLLING)}, {PLACE: 10}, 60) is None


def test_a_batch_that_never_ends_is_stuck_although_the_log_ends_there() -> None:
    assert stuck({PLACE: Loop(Phase.WORKING)}, {PLACE: 10}, 60) == PLACE


def test_waiting_records_are_counted_from_the_committed_offset() -> None:
    assert waiting_records({PLACE: Loop(Phase.POLLING)}, {PLACE: 25}) == {"input.v1-0": 15}
