"""Waiting for a condition with a deadline, so that nobody sleeps and hopes."""

import threading
import time
from collections.abc import Callable

_PAUSE_S = 0.05


class NotReady(Exception):
    """A service does not answer yet; asked again until the deadline."""


def always() -> bool:
    """Say that there is no reason to give up early."""
    return True


def wait_until(
    ask: Callable[[], None],
    within_s: float,
    worth_it: Callable[[], bool] = always,
    abandon: threading.Event | None = None,
) -> None:
    """Call `ask` until it returns without NotReady or OSError.

    Raises NotReady with the last reason after `within_s`, as soon as `worth_it` says no, or once `abandon` is set.
    """
    deadline = time.monotonic() + within_s
    gone = abandon or threading.Event()
    why: Exception = NotReady("it was not asked")
    while worth_it():
        try:
            return ask()
        except (NotReady, OSError) as error:
            why = error
        if gone.wait(_PAUSE_S) or time.monotonic() > deadline:
            break
    raise NotReady(str(why)) from why
