"""A place is resolved only where it can mean one store that was there on the day; else nobody guesses."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import load_pack
from schemas.policy.organisation import Organisation, Place, Resolver, Unresolved, catalogue_names, load_organisation
from schemas.policy.products import Product

DEMO = load_organisation(Path("deploy/demo/organisation.yaml"))
RESOLVER = Resolver(DEMO)
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def place(store: str | None, counter: str | None = None, at: datetime = AT) -> Place:
    found = RESOLVER.resolve(store, counter, at)
    assert isinstance(found, Place), (store, counter, found)
    return found


def unresolved(store: str | None, counter: str | None = None, at: datetime = AT) -> Unresolved:
    found = RESOLVER.resolve(store, counter, at)
    assert isinstance(found, Unresolved), (store, counter, found)
    return found


@pytest.mark.parametrize(
    ("written", "code", "how"),
    [
        ("S-01", "S-01", "code"),
        ("s01", "S-01", "code"),
        ("人民路店", "S-01", "name"),
        (" 人民路 店。", "S-01", "name"),
        ("人民路门店", "S-01", "ending"),
        ("人民路分店", "S-01", "ending"),
        ("人民路", "S-01", "ending"),
        ("人民路一店", "S-01", "alias"),
        ("示例超市人民路店", "S-01", "ending"),
        ("上海人民路店", "S-01", "alias"),
        ("上海市人民路店", "S-01", "alias"),
        ("华东大区人民路店", "S-01", "ending"),
        ("旺角分店", "S-08", "name"),
        ("香港旺角店", "S-08", "ending"),
        ("mong kok branch", "S-08", "alias"),
        ("解放大道門市", "S-03", "ending"),
        ("濱江道店", "S-07", "name"),
        ("滨江道超市", "S-07", "ending"),
        ("小程序商城", "S-12", "alias"),
        ("中山路生活官", "S-13", "near"),
    ],
)
def test_store_is_found_however_people_write_it(written: str, code: str, how: str) -> None:
    found = place(written)

    assert (found.code, found.how) == (code, how)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("朝阳路店", "unknown"),
        ("朝阳西路店", "unknown"),
        ("人明路店", "unknown"),
        ("人民二路店", "unknown"),
        ("火星路店", "unknown"),
        ("建设街店", "not-valid-then"),
    ],
)
def test_what_may_be_another_place_is_not_guessed(written: str, reason: str) -> None:
    assert unresolved(written).reason == reason


def test_what_it_may_have_been_is_named() -> None:
    assert set(unresolved("朝阳路店").candidates) == {"S-05", "S-06"}


def test_store_that_closed_is_found_for_a_day_when_it_was_open() -> None:
    last_day_in_china = datetime(2025, 12, 31, 15, 59, tzinfo=UTC)

    assert place("建设街店", at=last_day_in_china).code == "S-11"
    assert unresolved("建设街店", at=datetime(2025, 12, 31, 16, tzinfo=UTC)).reason == "not-valid-then"


def test_place_names_its_region_and_who_is_above() -> None:
    found = place("人民路店")

    assert (found.region, found.region_name, found.above_code) == ("R-EAST", "华东", "R-EAST")
    assert (found.manager and found.manager.role, found.above and found.above.role) == (
        "store-manager",
        "regional-manager",
    )


@pytest.mark.parametrize(
    ("store", "counter"),
    [("人民路店", "熟食柜"), ("人民路店", "熟食"), ("人民路店熟食柜", None), ("S-01", "S-01-DELI")],
)
def test_counter_is_found_within_its_store(store: str, counter: str | None) -> None:
    found = place(store, counter)

    assert (found.code, found.counter_code, found.counter) == ("S-01", "S-01-DELI", "熟食柜")


def test_counter_code_alone_names_its_store() -> None:
    assert (place(None, "S-04-COS").code, place(None, "S-04-COS").counter) == ("S-04", "化妆品专柜")


def test_counter_that_the_store_has_not_is_said() -> None:
    assert place("人民路店", "化妆品专柜").counter_unknown
    assert not place("中山路店", "化妆品专柜").counter_unknown


@pytest.mark.parametrize("written", [None, "", "门店", "你们店", "贵店", "超市", "your store", "  ", "、。"])
def test_words_without_a_name_are_no_place(written: str | None) -> None:
    assert RESOLVER.resolve(written, None, AT) is None


def test_name_of_two_stores_is_ambiguous_until_the_city_is_said() -> None:
    two = Organisation.model_validate(
        {
            "name": "two",
            "version": "1",
            "stores": [
                {"code": "A", "name": "人民路店", "city": "上海"},
                {"code": "B", "name": "人民路店", "city": "北京市"},
            ],
        }
    )
    resolver = Resolver(two)

    assert resolver.resolve("人民路店", None, AT) == Unresolved("ambiguous", ("A", "B"))
    found = resolver.resolve("北京人民路店", None, AT)
    assert isinstance(found, Place)
    assert found.code == "B"


def test_renamed_store_keeps_its_code_and_both_names_by_day() -> None:
    renamed = Organisation.model_validate(
        {
            "name": "renamed",
            "version": "1",
            "stores": [
                {"code": "A", "name": "老街店", "valid_to": "2026-06-30"},
                {"code": "A", "name": "新城店", "valid_from": "2026-07-01"},
            ],
        }
    )
    resolver = Resolver(renamed)

    assert isinstance(resolver.resolve("新城店", None, AT), Place)
    assert resolver.resolve("老街店", None, AT) == Unresolved("not-valid-then", ("A",))


@given(st.text(max_size=200), st.text(max_size=50))
def test_no_text_breaks_it(store: str, counter: str) -> None:
    RESOLVER.resolve(store, counter, AT)


def test_phones_of_units_are_known_however_written() -> None:
    assert all(map(DEMO.is_shared_phone, ["021-55501001", "02155501001", "+86 21 5550 1001", "+852 3555 0801"]))
    assert not DEMO.is_shared_phone("13800138000")


def test_catalogue_names_stores_products_and_models() -> None:
    rice_cooker = Product(code="P-1", name="电饭锅", aliases=("饭煲",), model="RC-50")
    pack = load_pack().model_copy(update={"products": (rice_cooker,)})

    names = set(catalogue_names(DEMO, pack))

    assert {("中山路生活馆", "store", "S-13"), ("建设街店", "store", "S-11")} <= names
    assert {("饭煲", "product", "P-1"), ("RC-50", "model", "P-1")} <= names
    assert {kind for _, kind, _ in catalogue_names(None, load_pack())} <= {"product", "model"}
