"""Looks made up for tests: one stage on one topic with one partition."""

from datetime import UTC, datetime, timedelta

from operations.lag.watched import Look, Measured, PartitionLag, Watched

BEGIN = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ROUTE = Watched("stage", "route", "route", "complaints.classified.v1")


def after(seconds: float) -> datetime:
    """A time so long after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


def partition(start: int, *, came_s: float | None = None, number: int = 0) -> PartitionLag:
    """A group that goes on at `start`; a record waits there that came so long after the beginning."""
    if came_s is None:
        return PartitionLag(number, committed=start, start=start, end=start)
    oldest_ms = int(after(came_s).timestamp() * 1000)
    return PartitionLag(number, committed=start, start=start, end=start + 1, waiting=1, oldest_ms=oldest_ms)


def look(seconds: float, *partitions: PartitionLag, arrived: float = 0, done: float = 0) -> Look:
    """What was found so long after the beginning."""
    return Look(after(seconds), (Measured(ROUTE, partitions, 1, 0, arrived, done),))
