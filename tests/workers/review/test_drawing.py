"""The weekly sample: the same whenever it is drawn, and one part of it an honest picture of everything."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from schemas.policy.reviewing import WeeklySample
from schemas.review import Drawn
from workers.review.drawing import Candidate, draw

MANY = [Candidate(UUID(int=number), number / 1000, number % 10 == 0) for number in range(1000)]


def test_a_week_is_drawn_by_the_shares_of_the_pack() -> None:
    drawn = list(draw("2026-W47", MANY, WeeklySample(size=40)).values())

    assert {part: drawn.count(part) for part in drawn} == {
        Drawn.UNCERTAIN: 20, Drawn.DISAGREEMENT: 10, Drawn.RANDOM: 10,
    }  # fmt: skip


@given(st.permutations(MANY[:50]))
def test_it_is_the_same_in_whatever_order_complaints_lie_in_the_table(shuffled: list[Candidate]) -> None:
    assert draw("2026-W47", shuffled, WeeklySample()) == draw("2026-W47", MANY[:50], WeeklySample())


def test_the_random_part_does_not_depend_on_how_sure_the_machine_was() -> None:
    sure = [Candidate(one.complaint_id, 1.0, False) for one in MANY]

    def random_of(candidates: list[Candidate]) -> set[UUID]:
        drawn = draw("2026-W47", candidates, WeeklySample())
        return {one for one, part in drawn.items() if part is Drawn.RANDOM}

    assert random_of(MANY) == random_of(sure)


def test_another_week_draws_others() -> None:
    assert draw("2026-W47", MANY, WeeklySample()) != draw("2026-W48", MANY, WeeklySample())


def test_the_least_certain_are_those_with_the_smallest_margin() -> None:
    drawn = draw("2026-W47", MANY, WeeklySample(size=4, uncertain=0.5, disagreement=0))
    left = [one.complaint_id for one in MANY if drawn.get(one.complaint_id) is not Drawn.RANDOM]

    assert {one for one, part in drawn.items() if part is Drawn.UNCERTAIN} == set(left[:2])


def test_a_week_with_fewer_complaints_than_the_sample_is_looked_at_as_a_whole() -> None:
    assert len(draw("2026-W47", MANY[:7], WeeklySample())) == 7
