"""How large a test is: small in `make test`, large when `INTAKE_TEST_SCALE=large` says so (`make bench` does)."""

import os
from typing import TypeVar

T = TypeVar("T")

LARGE = os.environ.get("INTAKE_TEST_SCALE") == "large"


def of(small: T, large: T) -> T:
    """Choose by the scale of this run."""
    return large if LARGE else small
