"""Mutants: a way of answering with one piece of care left out breaks the promises about it, and no other."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeVar, cast

import pytest

from connectors.contract import Outgoing, Sent
from connectors.phone.twilio.reply import TwilioReply
from connectors.wechat import WeChatReply
from schemas.errors import ChannelUnavailable, OutcomeUnknown
from tests.connectors.conformance.breaking import broken_by
from tests.connectors.conformance.replies import (
    ReplyCase,
    a_lost_answer_is_not_known_and_can_be_asked_for,
    what_is_taken_arrives_once,
)
from tests.connectors.conformance.reply_cases import twilio, wechat

Begin = Callable[[], Awaitable[None]]
Send = Callable[[Outgoing, Begin], Awaitable[Sent]]
Mutant = Callable[[Send, Outgoing, Begin], Awaitable[Sent]]
R = TypeVar("R", TwilioReply, WeChatReply)


async def notes_too_late(send: Send, message: Outgoing, before_irrevocable: Begin) -> Sent:
    """Says that nothing can be taken back when all is over: whoever dies meanwhile sends it again."""

    async def nothing() -> None:
        return None

    sent = await send(message, nothing)
    await before_irrevocable()
    return sent


async def tries_again_what_had_no_answer(send: Send, message: Outgoing, before_irrevocable: Begin) -> Sent:
    """Takes a lost answer for a message that never went: the person gets it twice."""
    try:
        return await send(message, before_irrevocable)
    except OutcomeUnknown as error:
        raise ChannelUnavailable("no answer") from error


def spoilt(kind: type[R], mutant: Mutant) -> type[R]:
    """The way of answering, less careful."""

    async def send(self: R, message: Outgoing, before_irrevocable: Begin) -> Sent:
        return await mutant(partial(kind.send, self), message, before_irrevocable)

    return cast("type[R]", type(mutant.__name__, (kind,), {"send": send}))


CASES: Mapping[str, Callable[[Mutant], ReplyCase]] = {
    "twilio": lambda mutant: twilio(spoilt(TwilioReply, mutant)),
    "wechat": lambda mutant: wechat(spoilt(WeChatReply, mutant)),
}
MUTANTS: Mapping[Mutant, set[Callable[[ReplyCase], Awaitable[None]]]] = {
    notes_too_late: {what_is_taken_arrives_once, a_lost_answer_is_not_known_and_can_be_asked_for},
    tries_again_what_had_no_answer: {a_lost_answer_is_not_known_and_can_be_asked_for},
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
@pytest.mark.parametrize("of", CASES)
async def test_a_way_of_answering_without_a_protection_is_caught(of: str, mutant: Mutant) -> None:
    assert await broken_by(CASES[of](mutant)) == MUTANTS[mutant]
