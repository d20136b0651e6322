"""A code is made only for a place that the organisation file knows, where there is one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.qr.codes import made
from schemas.errors import InvalidRequest
from schemas.policy.organisation import Organisation, Resolver, load_organisation
from tests.gateway.http import TOKEN_KEYS

PLACES = Resolver(load_organisation(Path("deploy/demo/organisation.yaml")))
TODAY = datetime(2026, 11, 22, 4, tzinfo=UTC)


def placed(store: str, counter: str = "", places: Resolver | None = PLACES) -> tuple[str, str | None]:
    code = made(TOKEN_KEYS, "https://c.example.com", TODAY, store, counter, places=places)
    return code.store, code.counter


@pytest.mark.parametrize(
    ("store", "counter", "named"),
    [
        ("S-01", "S-01-DELI", ("人民路店", "熟食柜")),
        ("人民路", "", ("人民路店", None)),
        ("S-13", "入口", ("中山路店", "入口")),
    ],
)
def test_code_names_the_place_as_the_file_does(store: str, counter: str, named: tuple[str, str | None]) -> None:
    assert placed(store, counter) == named


@pytest.mark.parametrize(
    ("store", "counter", "says"),
    [
        ("火星路店", "", "store: not in the organisation file today"),
        ("建设街店", "", "did you mean S-11?"),
        ("中山路生活官", "", "did you mean S-13?"),
        ("人民路店", "黄金柜", "counter: S-01 has no such counter"),
    ],
)
def test_place_that_is_not_there_today_makes_no_code(store: str, counter: str, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says.replace("?", r"\?")):
        placed(store, counter)


def test_store_that_shares_its_name_is_named_by_code() -> None:
    stores = [{"code": "A", "name": "人民路店", "city": "上海"}, {"code": "B", "name": "人民路店", "city": "北京"}]
    two = Organisation.model_validate({"name": "two", "version": "1", "stores": stores})

    assert placed("北京人民路店", places=Resolver(two)) == ("B", None)


def test_without_a_file_any_place_may_have_a_code() -> None:
    assert placed("火星路店", places=None) == ("火星路店", None)
