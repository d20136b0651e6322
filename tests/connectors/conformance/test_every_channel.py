"""Every promise for every connector."""

from collections.abc import Callable

import pytest

from connectors.registry import CONNECTORS
from tests.connectors.conformance.case import Case
from tests.connectors.conformance.cases import CASES
from tests.connectors.conformance.promises import PROMISES


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_connector_keeps_the_promise(case: Case, promise: Callable[[Case], None]) -> None:
    promise(case)


def test_every_registered_channel_has_a_case() -> None:
    assert {case.connector.channel for case in CASES} == set(CONNECTORS)
