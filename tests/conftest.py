"""Fixtures of all tests. Tests marked `services` run on the real parts; all others have no network.

Properties are tried with few examples, the same in every run, so that the suite is run on every save and a failure
is due to the change at hand; `HYPOTHESIS_PROFILE=thorough` searches with many and new ones, `fuzz` with so many that
no test has a time limit.
"""

import gc
import os

import pytest
import structlog
from hypothesis import HealthCheck, settings

from infra.logs import frames_only, only_allowed

pytest_plugins = ["tests.services", "tests.spreading"]

settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
settings.register_profile("fuzz", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")
settings.load_profile(PROFILE)


def pytest_configure(config: pytest.Config) -> None:
    if PROFILE == "fuzz":
        config.option.timeout = 0  # before pytest-timeout reads it: what registers last is configured first
    gc.disable()  # collecting tests only makes objects that stay: looking for others takes a second


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log as in production; the console form would draw every failure with its locals."""
    structlog.configure(processors=[frames_only, only_allowed, structlog.processors.JSONRenderer()])
