"""Where a complaint stands follows from what is known, whatever is missing."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from gateway.track.facts import Event, Facts
from gateway.track.standing import Coarse, Status, coarse, standing, status_of
from gateway.track.understood import Understood
from schemas.policy import load_pack
from schemas.task import UNHEARD
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


def test_by_when_we_answer_is_the_date_of_the_acknowledgement() -> None:
    due, words = NOW + timedelta(hours=5), PACK.acknowledgement

    def by(found: Understood | None, facts: Facts = READ) -> datetime | None:
        return standing(replace(facts, understood=found), PACK, NOW).answer_by

    assert by(Understood("complaint", "quality", due)) == due
    assert by(Understood("complaint", "quality")) == NOW + timedelta(days=7)
    assert by(Understood("inquiry", "other")) == PACK.due_at("first-reply", NOW)
    assert by(Understood("praise", "service")) is None
    assert by(Understood("other", UNHEARD)) == PACK.due_at(words.promised_clock_unclassified, NOW)
    assert by(None, replace(FRESH, is_read=False)) == PACK.due_at(words.promised_clock_unclassified, NOW)


def test_no_date_is_named_that_may_be_another_a_moment_later() -> None:
    assert standing(READ, PACK, NOW).answer_by is None
    assert standing(replace(READ, understood=Understood("complaint", "quality", NOW)), None, NOW).answer_by is None


def test_late_is_said_until_it_is_answered() -> None:
    later, known = NOW + timedelta(days=1), replace(READ, understood=Understood("complaint", "quality", NOW))

    assert standing(known, PACK, later).is_late
    assert not standing(known, PACK, NOW).is_late
    assert not standing(replace(known, state="answered"), PACK, later).is_late


def test_steps_are_in_order_and_a_routing_is_told_once() -> None:
    events = (
        Event("routed", "quality", NOW + timedelta(minutes=2)),
        Event("accepted", "quality", NOW + timedelta(hours=1)),
    )
    found = standing(replace(READ, routed_at=NOW + timedelta(minutes=1), events=events), PACK, NOW)

    assert [step.what for step in found.steps] == ["received", "with-department", "accepted"]
