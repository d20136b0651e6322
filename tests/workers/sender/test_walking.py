"""Whatever channels answer, in whatever order: a message walks its ways forward and goes out at most once."""

from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Sent
from schemas.errors import ChannelUnavailable, OutcomeUnknown, RecipientRefused, ReplyRefused
from schemas.outcomes import Outcome
from schemas.settings import AnsweringSettings, SenderSettings
from tests.workers.pieces import NOON
from tests.workers.sender.pieces import Channel
from workers.sender.claims import Bar, Claim, Ending
from workers.sender.delivery import ending, hindrance

SETTINGS, ANSWERING = SenderSettings(), AnsweringSettings(quiet={})
CHANNELS = ("wechat", "phone", "email")
VERDICTS = st.sampled_from(
    [Sent("v"), ChannelUnavailable("x"), OutcomeUnknown("x"), ReplyRefused("x"), RecipientRefused("x"), "closed"]
)
DEFINITE = {"refused", "recipient-refused", "closed", "not-set-up"}


def row(ways: Sequence[str], page_shown: bool) -> Any:
    """An outbox row with a way on each of these channels."""
    addresses = [
        {"channel": one, "account": "", "address": f"{number}", "recipient_key": f"{number}"}
        for number, one in enumerate(ways)
    ]
    later = NOON + timedelta(hours=24)
    return SimpleNamespace(
        kind="acknowledgement",
        expires_at=None,
        created_at=NOON,
        addresses=addresses,
        page_shown=page_shown,
        received_at=NOON,
        person_at=later,
        give_up_at=later,
        subject=None,
        text="",
    )


def step(held: Claim, verdict: object, there: frozenset[str]) -> Ending:
    """One try, as the sender makes it."""
    replies = {one: Channel(channel=one) for one in there}
    hindered = hindrance(held, replies, NOON, ANSWERING)
    if hindered is not None:
        return hindered
    assert isinstance(verdict, (Sent, Exception))
    return ending(held, verdict, NOON, SETTINGS)


@given(
    st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=5),
    st.frozensets(st.sampled_from(CHANNELS)),
    st.lists(VERDICTS, min_size=12, max_size=12),
    st.booleans(),
)
def test_ways_are_walked_forward_and_only_after_a_definite_end(
    ways: list[str], there: frozenset[str], verdicts: list[object], page_shown: bool
) -> None:
    message = row(ways, page_shown)
    held, ended = Claim("us", 1, 0, message), None
    for attempt, verdict in enumerate(verdicts, 2):
        bar = Bar(closed="opted-out") if verdict == "closed" else Bar()
        before = Claim("us", attempt, held.address_index, message, held.passed, bar)

        ended = step(before, verdict, there)

        went_on = ended.address_index - before.address_index
        assert went_on in (0, 1)
        assert len(ended.passed) - len(before.passed) == went_on or ended.outcome is not None
        assert {one.ended for one in ended.passed} <= DEFINITE
        if ended.outcome is not None or ended.state == "unknown":
            break
        held = Claim("us", attempt, ended.address_index, message, ended.passed)

    assert ended is not None
    if ended.state == "sent":
        assert ways[ended.address_index] in there
    if ended.state == "refused":
        assert [one.channel for one in ended.passed] == ways
        assert page_shown == (ended.outcome == Outcome.SENT)
