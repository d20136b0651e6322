"""Lag on /metrics: both customary families, and the rows of the board."""

import pytest
from prometheus_client import REGISTRY, generate_latest

from operations.lag.exposition import COLLECTOR, FAMILIES, Family
from operations.lag.rows import Board, BoardRow, RowKind, RowState
from operations.lag.watched import Look, Measured, PartitionLag, Watched
from operations.saying import Said
from tests.operations.lag.looks import BEGIN, ROUTE, after

NOBODY = Watched("department", "quality", None, "departments.quality.v1")
SAID = Said("一", "one")


class Looked:
    """A look at a stage with one partition that waits and one it never read, and a department nobody reads."""

    oldest_ms = int(BEGIN.timestamp() * 1000)
    measured: Look | None = Look(
        after(90),
        (
            Measured(ROUTE, (PartitionLag(0, 5, 5, 20, 7, True, oldest_ms), PartitionLag(1, None, 0, 3, 3)), 2),
            Measured(NOBODY, (PartitionLag(0, None, 0, 4, 4),)),
        ),
    )
    board: Board | None = Board(
        after(90),
        (BoardRow("a", RowKind.STAGE, "route", SAID, RowState.SLOW, SAID, waiting=7, oldest_s=90, group="route"),),
    )


def sample(metric: str, /, **labels: str) -> float | None:
    """One sample, None when there is none."""
    return REGISTRY.get_sample_value(metric, labels)


def partition(name: str, number: int) -> float | None:
    """A sample of kafka_exporter's family."""
    return sample(name, consumergroup="route", topic=ROUTE.topic, partition=str(number))


def group(name: str, number: int) -> float | None:
    """A sample of kafka-lag-exporter's family."""
    return sample(name, group="route", topic=ROUTE.topic, partition=str(number))


def test_both_families_tell_the_same_and_never_committed_is_not_zero() -> None:
    with COLLECTOR.showing(Looked()):
        told = [[partition(f"kafka_consumergroup_{name}", at) for at in (0, 1)] for name in ("lag", "current_offset")]
        grouped = [
            [group(f"kafka_consumergroup_{name}", at) for at in (0, 1)] for name in ("group_lag", "group_lag_seconds")
        ]
        members = sample("kafka_consumergroup_members", consumergroup="route")

    assert told == [[7, -1], [5, -1]]
    assert grouped == [[7, None], [90, None]]
    assert members == 2


def test_a_row_is_told_with_the_one_state_it_is_in() -> None:
    row = {"kind": "stage", "name": "route", "topic": "", "group": "route"}
    with COLLECTOR.showing(Looked()):
        states = {state: sample("intake_row_state", **row, state=state.value) for state in RowState}
        waiting, oldest = sample("intake_row_waiting", **row), sample("intake_row_oldest_seconds", **row)

    assert [state for state, value in states.items() if value] == [RowState.SLOW]
    assert (waiting, oldest) == (7, 90)


def test_old_numbers_are_not_shown_as_new_ones() -> None:
    away = Looked()
    away.measured = None
    with COLLECTOR.showing(away):
        shown = partition("kafka_consumergroup_lag", 0)

    assert shown is None


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_is_declared_although_nobody_looks(family: Family) -> None:
    assert f"# TYPE {family.name} gauge" in generate_latest().decode()


def test_who_stops_looking_is_not_shown_any_more() -> None:
    with COLLECTOR.showing(Looked()):
        pass

    assert partition("kafka_consumergroup_lag", 0) is None
