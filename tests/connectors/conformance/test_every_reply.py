"""Every promise for every way of answering."""

from collections.abc import Awaitable, Callable

import pytest

from tests.connectors.conformance.replies import REPLY_PROMISES, ReplyCase
from tests.connectors.conformance.reply_cases import REPLY_CASES

pytestmark = pytest.mark.enable_socket


@pytest.mark.parametrize("promise", REPLY_PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("case", REPLY_CASES, ids=lambda case: case.name)
async def test_a_way_of_answering_keeps_the_promise(
    case: ReplyCase, promise: Callable[[ReplyCase], Awaitable[None]]
) -> None:
    await promise(case)
