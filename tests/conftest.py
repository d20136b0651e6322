"""Fixtures of all tests. Tests marked `services` run on the real parts; all others have no network.

Properties are tried with few examples, the same in every run, so that the suite is run on every save and a failure
is due to the change at hand; `HYPOTHESIS_PROFILE=thorough` searches with many and new ones.
"""

import gc
import os

import pytest
import structlog
from hypothesis import settings

from infra.logs import frames_only, only_allowed

pytest_plugins = ["tests.services", "tests.spreading"]

settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_configure() -> None:
    gc.disable()  # collecting tests only makes objects that stay: looking for others takes a second


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log as in production; the console form would draw every failure with its locals."""
    structlog.configure(processors=[frames_only, only_allowed, structlog.processors.JSONRenderer()])
