"""Which state a group's lag is in: every state, and what goes before what."""

import pytest

from operations.lag.states import Group, Waiting, Watched, judge

STAGE = Watched("stage", "route", "route", "complaints.classified.v1")
DEPARTMENT = Watched("department", "quality", "quality-system", "departments.quality.v1")
NOBODY = Watched("department", "quality", None, "departments.quality.v1")
DRAINED = Waiting(partitions=3, committed_partitions=3)
FRESH = Waiting(partitions=3, committed_partitions=3, records=7, oldest_s=2)
LATE = Waiting(partitions=3, committed_partitions=3, records=7, oldest_s=3600)
UNREAD = Waiting(partitions=3, records=7, oldest_s=3600)
EMPTY = Waiting(partitions=3)


@pytest.mark.parametrize(
    ("watched", "waiting", "group", "moved", "state"),
    [
        (STAGE, DRAINED, Group(2), None, "OK"),
        (STAGE, FRESH, Group(2), None, "OK"),
        (STAGE, EMPTY, Group(1), None, "OK"),
        (STAGE, LATE, Group(2), True, "SLOW"),
        (STAGE, LATE, Group(2), False, "STALLED"),
        (STAGE, DRAINED, Group(0), None, "NO CONSUMER"),
        (STAGE, LATE, Group(0), False, "NO CONSUMER"),
        (STAGE, EMPTY, Group(0), None, "NO CONSUMER"),
        (STAGE, UNREAD, Group(1), False, "NEVER COMMITTED"),
        (STAGE, UNREAD, Group(0), None, "NEVER COMMITTED"),
        (STAGE, LATE, Group(1, "20 in a row"), False, "STOPPED"),
        (STAGE, DRAINED, Group(0, "20 in a row"), None, "STOPPED"),
        (NOBODY, EMPTY, Group(0), None, "NO CONSUMER"),
        (NOBODY, UNREAD, Group(0), None, "NO CONSUMER"),
        (DEPARTMENT, FRESH, Group(None), None, "OK"),
        (DEPARTMENT, Waiting(3, 3, 7, oldest_s=300), Group(1), None, "OK"),
        (DEPARTMENT, LATE, Group(1), True, "SLOW"),
    ],
)
def test_the_state_follows_from_the_numbers(
    watched: Watched, waiting: Waiting, group: Group, moved: bool | None, state: str
) -> None:
    row = judge(watched, waiting, group, moved)

    assert row.state == state
    assert row.why


def test_never_committed_still_tells_how_much_waits() -> None:
    row = judge(STAGE, UNREAD, Group(1), False)

    assert (row.waiting, row.oldest_waiting_s) == (7, 3600)


def test_a_stopped_stage_says_why_and_how_to_go_on() -> None:
    row = judge(STAGE, LATE, Group(1, "20 dead letters in a row"), False)

    assert "20 dead letters in a row" in row.why
    assert "intake resume route" in row.why
