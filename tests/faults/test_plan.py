"""The kill test forgets no place at which the product can break."""

import pytest

from infra.failpoints import PLACES
from tests.faults import deaths
from tests.faults.conftest import PROCESSES
from tests.faults.test_channels import DIE_AT
from workers.pipeline import PIPELINE, names, process_of


def places(*, every_place: bool) -> set[str]:
    """Every place at which somebody dies."""
    plan = deaths.planned(every_place=every_place)
    return {place.split("/")[0] for at in plan.values() for place in at} | set(deaths.OF_A_SPOOL)


def test_somebody_dies_at_every_named_place() -> None:
    others = set(PLACES) - set(deaths.OF_THE_FETCHER)

    assert places(every_place=True) == others
    assert places(every_place=False) == others - {"republisher.published"}


def test_where_channels_announce_files_the_fetcher_dies_at_each_of_its_places() -> None:
    assert DIE_AT["fetcher"] == list(deaths.OF_THE_FETCHER)


@pytest.mark.parametrize("stage", [stage.name for stage in PIPELINE])
def test_at_full_scale_a_stage_dies_at_every_place_of_a_stage(stage: str) -> None:
    assert deaths.planned(every_place=True)[stage] == [f"{place}/{stage}" for place in deaths.OF_A_STAGE]


def test_every_worker_runs_in_one_of_the_processes() -> None:
    assert {one for process in PROCESSES for name in process for one in process_of(name)} == set(names())
