"""Places and goods are told by the company's own names, else by their shape."""

import pytest

from tests.workers.text.reading import read
from workers.text.extract import Catalogue, Place

OURS = Catalogue(
    [
        Place("万达广场店", "store", "S001"),
        Place("万达店", "store", "S001"),
        Place("熟食專櫃", "store", "S001-C7"),
        Place("小白电饭煲", "product", "P100"),
        Place("RC-50X", "model", "M50X"),
        Place("", "store", "S000"),
    ]
)


def test_the_companys_own_names_give_its_codes_and_the_longest_counts() -> None:
    fields = read("我在萬達廣場店熟食专柜旁边买的小白电饭煲rc-50x坏了", OURS)

    assert [one.value for one in fields["store"]] == ["S001", "S001-C7"]
    assert [one.value for one in fields["product"]] == ["P100"]
    assert [one.value for one in fields["model"]] == ["M50X"]


def test_a_latin_name_is_a_whole_word() -> None:
    assert "model" not in read("买的RC-50XL", OURS)


@pytest.mark.parametrize(
    ("text", "store"),
    [
        ("我上周在人民路店买的", "人民路店"),
        ("城南店的收银员", "城南店"),
        ("于南门店退货", "南门店"),
        ("你哋旺角分店個職員", "旺角分店"),
        ("the Riverside branch was closed", "Riverside branch"),
    ],
)
def test_a_store_is_told_by_the_shape_of_its_name(text: str, store: str) -> None:
    assert [one.value for one in read(text)["store"]] == [store]


@pytest.mark.parametrize(
    "text", ["你们店", "在网店买的", "店员不理人", "要求店方道歉", "便利店", "贵公司门店", "凭什么店里贵"]
)
def test_what_names_no_store_is_none(text: str) -> None:
    assert "store" not in read(text)


def test_a_model_is_told_by_the_word_before_it() -> None:
    assert [one.value for one in read("型号：MX-2000，颜色红")["model"]] == ["MX-2000"]


def test_goods_are_told_by_their_general_names() -> None:
    assert [one.value for one in read("买的電飯煲和牛奶")["product"]] == ["電飯煲", "牛奶"]


def test_a_phones_label_is_no_product() -> None:
    assert "product" not in read("手机号13800138000")
