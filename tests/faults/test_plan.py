"""The kill test forgets no place at which the product can break."""

from infra.failpoints import PLACES
from tests.faults import deaths
from workers.pipeline import PIPELINE


def test_somebody_dies_at_every_named_place() -> None:
    dies = {place.split("/")[0] for places in deaths.planned(every_place=False).values() for place in places}

    assert dies | set(deaths.OF_A_SPOOL) == set(PLACES)


def test_at_full_scale_every_stage_dies_at_every_place_of_a_stage() -> None:
    plan = deaths.planned(every_place=True)

    assert all(plan[stage.name] == [f"{place}/{stage.name}" for place in deaths.OF_A_STAGE] for stage in PIPELINE)
