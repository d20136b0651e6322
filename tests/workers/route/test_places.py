"""A unit of the organisation file is named by code; a place that is none or several of ours is a person's to decide."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.complaint import Stated
from schemas.policy.organisation import Resolver, load_organisation
from schemas.records import Assignment, Classified, Found, ReviewRequest
from tests.workers.route.pieces import PACK, classified
from workers.route import Route
from workers.route.decision import Routed
from workers.route.places import located
from workers.route.state import Memory
from workers.runtime.driver import incoming
from workers.runtime.stage import Emit

PLACES = Resolver(load_organisation(Path("deploy/demo/organisation.yaml")))
STAGE = Route(PACK, b"c" * 32, PLACES)


def routed(complaint: Classified, scanned: str | None = None) -> tuple[Routed, list[Emit]]:
    place = located(STAGE.places, complaint, scanned)
    decision = STAGE._route(Memory(), complaint, complaint.received_at, place).model_copy(update={"place": scanned})
    return decision, list(STAGE.emit(incoming(complaint), decision))


def assignment(emits: list[Emit]) -> Assignment:
    return next(emit.record for emit in emits if isinstance(emit.record, Assignment))


def reviews(emits: list[Emit]) -> list[ReviewRequest]:
    return [emit.record for emit in emits if isinstance(emit.record, ReviewRequest)]


def complaint(**fields: Any) -> Classified:
    return classified(text="在店里买的衣服掉色，质量太差", **fields)


def test_known_store_is_named_by_code_in_record_and_headers() -> None:
    _, emits = routed(complaint(stated=Stated(store="人民路分店", counter="熟食")))

    unit = assignment(emits).unit
    assert (unit.store, unit.code, unit.counter, unit.counter_code, unit.region) == (
        "人民路店",
        "S-01",
        "熟食柜",
        "S-01-DELI",
        "R-EAST",
    )
    assert {"x-store-code": "S-01", "x-counter-code": "S-01-DELI", "x-region": "R-EAST"}.items() <= dict(
        emits[0].headers
    ).items()
    assert reviews(emits) == []


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        ("火星路店", "组织档案中没有这个门店"),
        ("朝阳路店", "可能是 S-05、S-06"),
        ("建设街店", "已停用或尚未启用"),
    ],
)
def test_place_that_does_not_resolve_is_for_a_person_and_kept_as_stated(stated: str, says: str) -> None:
    _, emits = routed(complaint(stated=Stated(store=stated)))

    [review] = reviews(emits)
    assert "place_unresolved" in review.reasons
    assert any(says in (one.detail or "") for one in review.evidence)
    assert (assignment(emits).unit.store, assignment(emits).unit.code) == (stated, None)
    assert assignment(emits).needs_review


def test_counter_the_store_has_not_is_for_a_person() -> None:
    _, emits = routed(complaint(stated=Stated(store="人民路店", counter="化妆品专柜")))

    assert assignment(emits).unit.code == "S-01"
    assert "place_unresolved" in reviews(emits)[0].reasons


def test_scanned_code_names_the_store_of_a_complaint_that_states_none() -> None:
    _, emits = routed(complaint(), scanned="S-01")

    assert (assignment(emits).unit.store, assignment(emits).unit.code) == ("人民路店", "S-01")


def test_store_found_in_the_text_is_named_by_code() -> None:
    record = complaint()
    found = {"store": (Found(value="中山路店", start=0, end=4),)}
    record = record.model_copy(update={"understanding": record.understanding.model_copy(update={"fields": found})})

    _, emits = routed(record)

    assert assignment(emits).unit.code == "S-13"


def test_store_is_the_one_of_the_day_of_receipt() -> None:
    record = complaint(stated=Stated(store="建设街店"))

    _, emits = routed(record.model_copy(update={"received_at": record.received_at - timedelta(days=365)}))

    assert assignment(emits).unit.code == "S-11"


@pytest.mark.parametrize("stated", [None, "门店", "你们店"])
def test_no_place_named_is_nothing_to_review(stated: str | None) -> None:
    decision, emits = routed(complaint(stated=Stated(store=stated)))

    assert (decision.located, reviews(emits)) == (None, [])


def test_without_an_organisation_file_places_stay_as_stated() -> None:
    assert located(None, complaint(stated=Stated(store="火星路店")), None) is None


def test_replay_says_what_was_decided_whatever_the_file_says_now() -> None:
    record = complaint(stated=Stated(store="人民路店"))
    decision, first = routed(record)

    again = list(Route(PACK, b"c" * 32).emit(incoming(record), Routed.model_validate_json(decision.model_dump_json())))

    assert [emit.record for emit in again] == [emit.record for emit in first]


def test_phone_beside_a_store_does_not_hide_it_and_does_not_leave() -> None:
    _, emits = routed(complaint(stated=Stated(store="人民路店（13800138000）")))

    assert (assignment(emits).unit.store, assignment(emits).unit.code) == ("人民路店", "S-01")
