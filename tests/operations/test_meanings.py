"""What stages are for and why they stopped, in both languages."""

import re

import pytest

from operations.lag.titles import STAGES
from operations.meanings import meanings
from operations.saying import Said
from operations.stopping import POSTING, why_stopped
from schemas.policy import load_pack
from schemas.settings import Settings
from schemas.settings.departments import DepartmentSettings
from workers.pipeline import PIPELINE, names

HAN = re.compile(r"[\u3400-\u9fff]")


def test_every_stage_and_service_says_in_both_languages_what_it_is_for() -> None:
    told = meanings(Settings(), load_pack())

    assert tuple(told) == names()
    assert [name for name, said in told.items() if not HAN.search(said.zh) or HAN.search(said.en)] == []


def test_every_stage_has_a_title_on_the_board() -> None:
    assert [stage.name for stage in PIPELINE if stage.name not in STAGES] == []


def test_posts_to_a_department_are_listed_by_the_title_of_the_department() -> None:
    posted = Settings(departments={"after-sales": DepartmentSettings(webhook_url="https://erp.example/in")})

    told = meanings(posted, load_pack())

    assert told["webhook-after-sales"] == Said(
        "把记录推送给售后服务部的系统", "posts records to the system of After-sales"
    )


@pytest.mark.parametrize("reason", ["flood", "offsets-lost", "offsets-ahead", *sorted(POSTING)])
def test_a_stop_says_why_in_both_languages(reason: str) -> None:
    said = why_stopped(reason, 20, 25)

    assert HAN.search(said.zh)
    assert not HAN.search(said.en)
    assert reason not in {said.zh, said.en}
