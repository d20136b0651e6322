"""Which state a group's lag is in: every state, and what goes before what."""

from datetime import UTC, datetime

import pytest

from operations.lag.states import TWO_LOOKS, WATCHING, Circumstances, judge
from operations.lag.watched import Measured, PartitionLag, Watched
from operations.saying import Said

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
STAGE = Watched("stage", "route", "route", "complaints.classified.v1")
DEPARTMENT = Watched("department", "quality", "quality-system", "departments.quality.v1")
NOBODY = Watched("department", "quality", None, "departments.quality.v1")

DRAINED = PartitionLag(0, committed=9, start=9, end=9)
EMPTY = PartitionLag(0, committed=None, start=0, end=0)


def waiting(age_s: float, committed: int | None = 2) -> PartitionLag:
    """Seven records, the oldest of that age."""
    oldest_ms = int(AT.timestamp() * 1000 - age_s * 1000)
    return PartitionLag(0, committed=committed, start=committed or 0, end=20, waiting=7, oldest_ms=oldest_ms)


@pytest.mark.parametrize(
    ("watched", "part", "members", "still_s", "state"),
    [
        (STAGE, DRAINED, 2, None, "OK"),
        (STAGE, waiting(2), 2, None, "OK"),
        (STAGE, waiting(2), 2, 30, "OK"),
        (STAGE, waiting(20), 2, 9, "OK"),
        (STAGE, waiting(20), 2, 10, "STALLED"),
        (STAGE, waiting(20), None, 10, "STALLED"),
        (STAGE, EMPTY, 1, None, "OK"),
        (STAGE, waiting(3600), 2, None, "SLOW"),
        (STAGE, waiting(3600), 2, 3, "SLOW"),
        (STAGE, DRAINED, 0, None, "NO CONSUMER"),
        (STAGE, waiting(3600), 0, 60, "NO CONSUMER"),
        (STAGE, EMPTY, 0, None, "NO CONSUMER"),
        (STAGE, waiting(3600, None), 1, 60, "NEVER COMMITTED"),
        (STAGE, waiting(3600, None), 0, 60, "NEVER COMMITTED"),
        (NOBODY, EMPTY, 0, None, "NO CONSUMER"),
        (NOBODY, waiting(3600, None), 0, None, "NO CONSUMER"),
        (DEPARTMENT, waiting(300), 1, 300, "OK"),
        (DEPARTMENT, waiting(300), None, None, "OK"),
        (DEPARTMENT, waiting(3600), 1, None, "SLOW"),
        (DEPARTMENT, waiting(3600), 1, 30, "SLOW"),
        (DEPARTMENT, waiting(3600), 1, 60, "STALLED"),
        (DEPARTMENT, waiting(3600), 0, 60, "NO CONSUMER"),
    ],
)
def test_the_state_follows_from_the_numbers(
    watched: Watched, part: PartitionLag, members: int | None, still_s: float | None, state: str
) -> None:
    verdict = judge(Measured(watched, (part,), members), AT, Circumstances(still_s=still_s), WATCHING[watched.kind])

    assert verdict.state == state
    assert verdict.why.zh
    assert verdict.why.en


@pytest.mark.parametrize("part", [DRAINED, waiting(3600)])
def test_a_stopped_stage_says_why_and_how_to_go_on(part: PartitionLag) -> None:
    around = Circumstances(stop=Said("连续 20 条失败", "20 failed in a row"), still_s=60)

    verdict = judge(Measured(STAGE, (part,), 0), AT, around, WATCHING["stage"])

    assert verdict.state == "STOPPED"
    assert verdict.why.zh.startswith("连续 20 条失败；")
    assert verdict.why.en.startswith("20 failed in a row; ")
    assert all("intake resume route" in said for said in (verdict.why.zh, verdict.why.en))


def test_two_looks_a_moment_apart_call_only_what_is_late_stalled() -> None:
    states = [
        judge(Measured(STAGE, (waiting(age),), 1), AT, Circumstances(still_s=2), TWO_LOOKS["stage"]).state
        for age in (20, 3600)
    ]

    assert states == ["OK", "STALLED"]


def test_who_looks_after_a_department_is_named_in_what_to_do() -> None:
    around = Circumstances(still_s=3600, owner="质检系统组 · 分机 8021")

    verdict = judge(Measured(DEPARTMENT, (waiting(3600),), 1), AT, around, WATCHING["department"])

    assert "质检系统组 · 分机 8021" in verdict.why.zh
    assert "质检系统组 · 分机 8021" in verdict.why.en


def test_one_partition_nobody_can_count_makes_the_row_an_upper_bound() -> None:
    many = PartitionLag(1, committed=0, start=0, end=9_000, waiting=9_000, exact=False, oldest_ms=0)

    found = Measured(STAGE, (waiting(2), many), 1)

    assert (found.waiting, found.exact) == (9_007, False)


def test_a_record_from_the_future_is_not_of_negative_age() -> None:
    assert Measured(STAGE, (waiting(-30),), 1).oldest_s(AT) == 0
