"""Settling a batch: try it whole, and when that fails, halve it until the guilty record stands alone."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from workers.runtime.failures import Verdict, verdict
from workers.runtime.outcome import Outcome, dead
from workers.runtime.stage import Incoming

Attempt = Callable[[Sequence[Incoming[Any]]], Awaitable[list[Outcome]]]
"""Decides some records in one transaction: all of them or, by raising, none."""


async def settle(attempt: Attempt, items: Sequence[Incoming[Any]]) -> list[Outcome]:
    """Return one outcome a record, in order.

    Raises what the platform must heal first (connection loss; contention that is left with one record): the
    caller waits and settles the same records again, halves that were decided before count as replays.
    """
    try:
        return await attempt(items)
    except Exception as error:  # the shell's guard: any failure of a stage is judged here
        judged = verdict(error)
        if judged is Verdict.WAIT:
            raise
        if len(items) == 1:
            if judged is Verdict.HALVE:
                raise
            return [dead(error)]
    middle = len(items) // 2
    return await settle(attempt, items[:middle]) + await settle(attempt, items[middle:])
