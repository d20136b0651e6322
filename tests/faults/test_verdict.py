"""The judge of the fault tests finds what is missing or there twice, and lets pass only what nobody can know."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest

from tests.faults.offering import Offered, problem
from tests.faults.seen import Seen
from tests.faults.sink import Inbox
from tests.faults.verdict import ONCE, findings, out_of_turn
from workers.sender.claims import NOT_KNOWN

QUALITY, FINANCE = "departments.quality.v1", "departments.finance.v1"
RECEIVED = "complaints.received.v1"
POST, MAIL = "post", "mail"
ADDRESSES = {POST: "w1@customers.example", MAIL: "m1@customers.example"}


class Story:
    """One post and one mail that went all the way as they should; tests spoil one thing."""

    def __init__(self) -> None:
        self.seen, self.inbox = Seen(), Inbox()
        self.offered = Offered(posted={POST: ADDRESSES[POST]}, mailed={"m1": ADDRESSES[MAIL]})
        self._offset = 0

    def on(self, topic: str, one: str, **more: Any) -> None:
        """Let a reader see a record."""
        self._offset += 1
        self.seen.note(topic, 0, self._offset, {"complaint_id": one, "reason": "by email", **more})

    def assigned(self, topic: str, one: str, *, responsible: bool = True) -> None:
        """Let a department see a record."""
        self.on(topic, one, responsible=responsible, revision=1)

    def answered(self, one: str) -> None:
        """Let a customer receive a mail."""
        self.inbox.receive([ADDRESSES[one]], EmailMessage())

    def received(self, one: str, text: str = "") -> None:
        """Let the complaint of a post or mail appear."""
        self.on(RECEIVED, one, channel="web" if one == POST else "email", text=text)

    def found(self, unknown_at_most: int = 0) -> list[str]:
        """What the judge says."""
        return findings(self.offered, self.seen, self.inbox, [QUALITY, FINANCE], unknown_at_most)


def told(*, without: str = "") -> Story:
    """The whole story, or all of it but one step of the post."""
    story = Story()
    story.received(POST)
    story.received(MAIL, problem("m1"))
    for one in (POST, MAIL):
        for topic in ONCE:
            if not (one == POST and topic == without):
                story.on(topic, one)
        if not (one == POST and without == QUALITY):
            story.assigned(QUALITY, one)
        if not (one == POST and without == "answer"):
            story.answered(one)
    return story


def test_a_story_as_it_should_be_has_no_findings() -> None:
    assert told().found() == []


@pytest.mark.parametrize("step", [*ONCE, QUALITY, "answer"])
def test_every_missing_step_is_found(step: str) -> None:
    assert told(without=step).found()


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda story: story.on(ONCE[0], POST), id="a record of a stage twice"),
        pytest.param(lambda story: story.assigned(FINANCE, POST), id="work for a second department"),
        pytest.param(lambda story: story.assigned(QUALITY, POST, responsible=False), id="a copy beside the work"),
        pytest.param(lambda story: story.answered(MAIL), id="a second answer"),
        pytest.param(lambda story: story.on(ONCE[1], "stranger"), id="a complaint nobody offered"),
        pytest.param(lambda story: story.received("other", problem("m1")), id="a mail that became two"),
        pytest.param(lambda story: story.offered.mailed.update(m2="m2@customers.example"), id="a mail that vanished"),
    ],
)
def test_whatever_is_there_too_often_or_not_at_all_is_found(spoil: Callable[[Story], object]) -> None:
    story = told()

    spoil(story)

    assert story.found()


def test_an_unknown_outcome_passes_only_where_a_sender_was_cut_off() -> None:
    story = told(without="answer")
    assert story.found(unknown_at_most=1)

    visible = told(without=ONCE[2])
    visible.on(ONCE[2], POST, reason=NOT_KNOWN)
    visible.inbox.count[ADDRESSES[POST]] = 0

    assert visible.found(unknown_at_most=1) == []
    assert visible.found(unknown_at_most=0)


def test_a_sender_whose_later_complaint_appears_first_is_found() -> None:
    story = Story()
    story.offered.in_turn = {"13800000000": ["first", "second"]}
    story.received("second")
    story.received("first")
    story.received("second")

    assert out_of_turn(story.offered, story.seen)


def test_a_complaint_that_appears_again_later_keeps_its_turn() -> None:
    story = Story()
    story.offered.in_turn = {"13800000000": ["first", "second"]}
    for one in ("first", "second", "first"):
        story.received(one)

    assert not out_of_turn(story.offered, story.seen)
