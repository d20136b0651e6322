"""Whatever order records of a complaint come in, the same is waiting for people in the end."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.records import ReviewRequest
from schemas.review import ReviewAct, ReviewView
from tests.schemas.making import RECEIVED_AT
from tests.workers.review.pieces import UNSURE, act, correction, request, view
from workers.review.acts import Refused, perform
from workers.review.following import classified, requested
from workers.review.state import Memory, Review


def follow(*records: ReviewView | ReviewRequest) -> Review:
    """The review of one complaint after these records, in this order."""
    return next(iter(remembered(*records).reviews.values()))


def remembered(*records: ReviewView | ReviewRequest) -> Memory:
    """What is kept after these records."""
    memory = Memory()
    for number, record in enumerate(records):
        at = RECEIVED_AT + timedelta(minutes=number)
        if isinstance(record, ReviewView):
            classified(memory, record, at)
        else:
            requested(memory, record, at)
    return memory


@given(asks=st.lists(st.booleans(), min_size=1, max_size=4), corrected=st.booleans(), data=st.data())
@settings(max_examples=300, deadline=None)
def test_the_newest_revision_says_whether_a_person_has_to_look(
    asks: list[bool], corrected: bool, data: st.DataObject
) -> None:
    views = [view(*(UNSURE if asked else ()), revision=number) for number, asked in enumerate(asks, 1)]
    if corrected:
        views.append(view(revision=len(asks) + 1, primary="service", by_person=correction()))
    records: list[ReviewView | ReviewRequest] = [
        *views,
        *(request(one) for one in views if one.understanding.needs_review),
    ]

    found = follow(*data.draw(st.permutations(records)))

    assert (found.state in {"open", "claimed"}) == (asks[-1] and not corrected)
    assert (found.outcome == "corrected") == corrected
    assert found.revision == views[-1].revision


def test_what_the_machine_said_stays_known_beside_what_the_person_said() -> None:
    first, second = view(*UNSURE), view(revision=2, primary="service", by_person=correction())

    found = follow(first, request(first), second)

    assert found.machine is not None
    assert found.label is not None
    assert (found.machine["primary"], found.label["primary"], found.done_by) == ("quality", "service", "Wang")
    assert (found.state, found.drawn_by) == ("done", "uncertain")


def test_a_link_that_is_still_suspected_keeps_a_corrected_complaint_with_people() -> None:
    first = view(*UNSURE, "suspected_link")
    second = view("suspected_link", revision=2, primary="service", by_person=correction())

    found = follow(first, request(first), second, request(second))

    assert (found.state, found.drawn_by, found.reasons) == ("open", "suspected-link", ["suspected_link"])


def test_a_confirmed_one_waits_again_only_when_there_is_something_new_to_say() -> None:
    first, same, other = view(*UNSURE), view(*UNSURE, revision=2), view(*UNSURE, revision=3, primary="price")
    memory = remembered(first, request(first))
    perform(memory, act(ReviewAct.CONFIRM, first))
    review = memory.reviews[first.complaint_id]

    classified(memory, same, RECEIVED_AT)
    requested(memory, request(same), RECEIVED_AT)
    after_the_same = review.state
    classified(memory, other, RECEIVED_AT)

    assert (after_the_same, review.state) == ("done", "open")


def test_only_one_person_has_it_and_what_was_decided_is_not_decided_twice() -> None:
    one = view(*UNSURE)
    memory = remembered(one, request(one))
    perform(memory, act(ReviewAct.CLAIM, one, "Li"))

    for kind, by, why in (
        (ReviewAct.CLAIM, "Wang", "claimed by Li"),
        (ReviewAct.CONFIRM, "Wang", "claimed by Li"),
        (ReviewAct.CONFIRM, " ", "nobody has signed"),
    ):
        with pytest.raises(Refused, match=why):
            perform(memory, act(kind, one, by))
    perform(memory, act(ReviewAct.CONFIRM, one, "Li"))
    with pytest.raises(Refused, match="already confirmed by Li"):
        perform(memory, act(ReviewAct.CONFIRM, one, "Li"))

    assert memory.reviews[one.complaint_id].label == memory.reviews[one.complaint_id].machine


def test_who_confirms_has_seen_the_newest_revision() -> None:
    first = view(*UNSURE)
    memory = remembered(first, view(*UNSURE, revision=2))

    with pytest.raises(Refused, match="newer revision"):
        perform(memory, act(ReviewAct.CONFIRM, first))


def test_one_the_machine_was_sure_of_can_be_confirmed_too() -> None:
    one = view()
    memory = remembered(one)

    perform(memory, act(ReviewAct.CONFIRM, one))

    found = memory.reviews[one.complaint_id]
    assert (found.state, found.outcome, found.drawn_by) == ("done", "confirmed", "by-hand")


@pytest.mark.parametrize("sealed_first", [True, False])
def test_of_a_sealed_report_nothing_is_kept_and_nobody_is_asked(sealed_first: bool) -> None:
    open_one, sealed = view(*UNSURE), view(revision=2, sealed=True)
    records: list[ReviewView | ReviewRequest] = [open_one, request(open_one), sealed]

    found = follow(*(records[::-1] if sealed_first else records))

    assert (found.state, found.outcome, found.machine, found.reasons) == ("done", "sealed", None, [])


def test_automatic_mail_is_nobodys_to_look_at() -> None:
    assert not remembered(view("automatic", automatic={"is_automatic": True})).reviews


def test_rules_against_the_model_is_seen_from_the_evidence() -> None:
    clue = {"rule": "lexicon.logistics.defect", "points": 3.0}

    against, alone = follow(view(evidence=(clue,), model="m1")), follow(view(evidence=(clue,)))

    assert (against.rules_category, against.disagreement) == ("logistics", True)
    assert (alone.rules_category, alone.disagreement) == ("logistics", False)
