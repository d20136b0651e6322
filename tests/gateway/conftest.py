"""Logs of these tests look as in production."""

import pytest
import structlog

from infra.logs import frames_only, only_allowed


@pytest.fixture(scope="session", autouse=True)
def logs() -> None:
    """Log as in production; the console form would draw every failure with its locals."""
    structlog.configure(processors=[frames_only, only_allowed, structlog.processors.JSONRenderer()])
