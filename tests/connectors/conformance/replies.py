"""How a way of answering describes itself to the kit, and what every one promises: `connectors.contract.Reply`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from connectors.contract import Fate, Sent
from schemas.errors import ChannelUnavailable, IntakeError, OutcomeUnknown, ReplyRefused
from tests.connectors.conformance.said import everything_said


class Way(StrEnum):
    """How a vendor treats one message."""

    TAKES = "takes it"
    REFUSES = "refuses it for good"
    THROTTLES = "takes no more now"
    BREAKS = "answers with an error of its own"
    HANGS_UP = "carries it out and never answers"
    AWAY = "cannot be reached"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one message. `arrived` counts what the person got, `before` what they had when we were told that
    nothing can be taken back; None when we were not told."""

    outcome: Sent | IntakeError
    arrived: int
    before: int | None
    fate: Fate | None = None
    """What the vendor says when asked, None where it cannot be asked."""


@dataclass(frozen=True, slots=True)
class ReplyCase:
    """One way of answering. `drive` sends one message to a vendor that treats it so, each time a new one."""

    name: str
    drive: Callable[[Way], Awaitable[Told]]
    secrets: tuple[str, ...] = ()


async def what_is_taken_arrives_once(case: ReplyCase) -> None:
    """And nothing goes out before we were told that it cannot be taken back."""
    told = await case.drive(Way.TAKES)

    assert isinstance(told.outcome, Sent), told.outcome
    assert (told.before, told.arrived) == (0, 1)
    assert told.fate in (None, Fate.SENT)


async def a_refusal_is_definite(case: ReplyCase) -> None:
    """Nothing arrived, and it is not tried again."""
    told = await case.drive(Way.REFUSES)

    assert isinstance(told.outcome, ReplyRefused), told.outcome
    assert told.arrived == 0


async def throttling_is_waited_out(case: ReplyCase) -> None:
    """Nothing arrived, later it may."""
    told = await case.drive(Way.THROTTLES)

    assert isinstance(told.outcome, ChannelUnavailable), told.outcome
    assert told.arrived == 0


async def an_error_of_the_vendor_is_no_success(case: ReplyCase) -> None:
    """Nobody knows, or it is known that nothing went out."""
    told = await case.drive(Way.BREAKS)

    assert isinstance(told.outcome, ChannelUnavailable | OutcomeUnknown), told.outcome
    assert told.fate is not Fate.SENT


async def a_lost_answer_is_not_known_and_can_be_asked_for(case: ReplyCase) -> None:
    """It arrived, and nobody may send it again by machine; that it may have gone out was told before."""
    told = await case.drive(Way.HANGS_UP)

    assert isinstance(told.outcome, OutcomeUnknown), told.outcome
    assert (told.before, told.arrived) == (0, 1)
    assert told.fate in (None, Fate.SENT)


async def a_vendor_that_is_away_is_tried_again(case: ReplyCase) -> None:
    """Nothing went out."""
    told = await case.drive(Way.AWAY)

    assert isinstance(told.outcome, ChannelUnavailable), told.outcome
    assert told.arrived == 0


async def nothing_personal_is_said(case: ReplyCase) -> None:
    """Neither the address nor a secret is in logs and refusals."""
    with everything_said() as said:
        for way in Way:
            told = await case.drive(way)
            said.append(f"{told.outcome} {told.outcome!r}" if isinstance(told.outcome, IntakeError) else "")

    found = [one for one in case.secrets if any(one in line for line in said)]
    assert not found, f"said: {found}"


REPLY_PROMISES = (
    what_is_taken_arrives_once,
    a_refusal_is_definite,
    throttling_is_waited_out,
    an_error_of_the_vendor_is_no_success,
    a_lost_answer_is_not_known_and_can_be_asked_for,
    a_vendor_that_is_away_is_tried_again,
    nothing_personal_is_said,
)
