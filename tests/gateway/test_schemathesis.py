"""The OpenAPI document against the application: no 5xx, no answer it does not describe."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from gateway.app import create_app
from gateway.parts import GatewayParts
from schemas.settings import GatewaySettings
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import PSEUDONYM_KEY, WEB, intake_path

if TYPE_CHECKING:  # slow to import, and the unit suite collects this file too
    from schemathesis import BaseSchema

pytestmark = pytest.mark.services  # needs none of them, but explores for too long to be run on every save


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give a loop that runs in a thread, for what lives longer than one call."""
    found = asyncio.new_event_loop()
    thread = threading.Thread(target=found.run_forever)
    thread.start()
    yield found
    found.call_soon_threadsafe(found.stop)
    thread.join()
    found.close()


@pytest.fixture(scope="module")
def described(loop: asyncio.AbstractEventLoop, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[BaseSchema]":
    """Give the document of a gateway without a rate limit."""
    import schemathesis

    home: Path = tmp_path_factory.mktemp("gateway")
    intake = intake_path(MemoryLog(), home)
    asyncio.run_coroutine_threadsafe(intake.__aenter__(), loop).result()
    settings_ = GatewaySettings(requests_per_minute=0)
    parts = GatewayParts(intake, WEB, settings_, TOKEN_KEYS, PSEUDONYM_KEY, "http://testserver")
    yield schemathesis.openapi.from_asgi("/openapi.json", create_app(parts))
    asyncio.run_coroutine_threadsafe(intake.close(), loop).result()


EXPLORE = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
OPERATIONS = [
    ("POST", "/api/v1/complaints"),
    ("POST", "/complaints"),
    ("GET", "/"),
    ("GET", "/q/{code}"),
    ("GET", "/track/{number}"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
]
WITH_DATABASE = [("POST", "/api/v1/status")]
"""Answered with 503 by this gateway, which has none; see `test_status_api.py`."""


@pytest.mark.parametrize("sent", ["positive", "negative"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_described_and_none_is_a_5xx(
    described: "BaseSchema", method: str, path: str, sent: Literal["positive", "negative"]
) -> None:
    from schemathesis import GenerationMode

    mode = GenerationMode(sent)

    @EXPLORE
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def explore(case: Any) -> None:
        case.call_and_validate()

    try:
        explore()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing wrong can be sent to it"


def test_every_operation_is_explored(described: "BaseSchema") -> None:
    paths: dict[str, dict[str, object]] = described.raw_schema["paths"]

    found = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert found == {*OPERATIONS, *WITH_DATABASE}
