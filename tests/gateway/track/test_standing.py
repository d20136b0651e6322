"""Where a complaint stands follows from what is known, whatever is missing."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from gateway.track.facts import Event, Facts
from gateway.track.standing import Coarse, Status, coarse, standing, status_of
from gateway.track.understood import Understood
from schemas.policy import load_pack
from tests.gateway.parts import NOW

PACK = load_pack()
FRESH = Facts(UUID(int=1), "N", is_read=True, received_at=NOW, acknowledge_by=NOW + timedelta(hours=24))
READ = replace(FRESH, case_id=UUID(int=2), may_know=True)


@pytest.mark.parametrize(
    ("facts", "status", "glance"),
    [
        (FRESH, Status.RECEIVED, Coarse.RECEIVED),
        (replace(FRESH, is_read=False), Status.UNREADABLE, Coarse.RECEIVED),
        (READ, Status.READING, Coarse.RECEIVED),
        (replace(READ, is_routed=True), Status.WITH_DEPARTMENT, Coarse.IN_PROGRESS),
        (replace(READ, state="not-ours"), Status.WITH_DEPARTMENT, Coarse.IN_PROGRESS),
        (replace(READ, state="need-information"), Status.NEED_INFORMATION, Coarse.IN_PROGRESS),
        (replace(READ, state="remedy-done"), Status.REMEDY_DONE, Coarse.ANSWERED),
        (replace(READ, state="closed"), Status.CLOSED, Coarse.ANSWERED),
        (replace(READ, state="reopened"), Status.REOPENED, Coarse.IN_PROGRESS),
    ],
)
def test_a_status_is_the_furthest_that_is_known(facts: Facts, status: Status, glance: Coarse) -> None:
    assert status_of(facts) is status
    assert coarse(facts) is glance


def test_without_a_state_the_events_that_may_be_seen_tell() -> None:
    events = (Event("accepted", "quality", NOW), Event("satisfaction", "quality", NOW))

    assert status_of(replace(READ, may_know=False, events=events)) is Status.ACCEPTED


def test_the_last_answer_that_has_words_is_the_answer() -> None:
    events = (Event("answered", "quality", NOW, "first"), Event("answered", "quality", NOW, "second"),
              Event("closed", "quality", NOW))  # fmt: skip
    found = standing(replace(READ, state="closed", events=events), PACK, NOW)

    assert found.answer == "second"
    assert found.asked is None


def test_by_when_we_answer_is_the_clock_that_was_promised_before_one_computed_again() -> None:
    due = NOW + timedelta(hours=5)
    known = Understood("complaint", "quality", {PACK.acknowledgement.promised_clock: due})

    assert standing(replace(READ, understood=known), PACK, NOW).answer_by == due
    unclassified = PACK.due_at(PACK.acknowledgement.promised_clock_unclassified, NOW)
    assert standing(READ, PACK, NOW).answer_by == unclassified


def test_late_is_said_until_it_is_answered_and_no_pack_promises_nothing() -> None:
    later = NOW + timedelta(days=365)

    assert standing(READ, PACK, later).is_late
    assert not standing(replace(READ, state="answered"), PACK, later).is_late
    assert standing(READ, None, later).answer_by is None


def test_steps_are_in_order_and_a_routing_is_told_once() -> None:
    events = (
        Event("routed", "quality", NOW + timedelta(minutes=2)),
        Event("accepted", "quality", NOW + timedelta(hours=1)),
    )
    found = standing(replace(READ, routed_at=NOW + timedelta(minutes=1), events=events), PACK, NOW)

    assert [step.what for step in found.steps] == ["received", "with-department", "accepted"]
