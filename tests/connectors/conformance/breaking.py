"""Which promises a connector does not keep: what a mutant of it is told by."""

from collections.abc import Callable

from schemas.errors import NotGenuine
from tests.connectors.conformance.case import Case
from tests.connectors.conformance.promises import PROMISES


def broken(case: Case) -> set[Callable[[Case], None]]:
    """The promises a connector does not keep."""
    found = set()
    for promise in PROMISES:
        try:
            promise(case)
        except (AssertionError, NotGenuine):
            found.add(promise)
    return found
