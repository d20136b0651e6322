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
    "text",
    [
        *("你们店", "在网店买的", "店员不理人", "要求店方道歉", "便利店", "贵公司门店", "凭什么店里贵"),
        *("什么垃圾店", "这什么破店", "什么鬼店", "真是垃圾店", "啥烂店", "坑人店别来", "骗人店", "无良黑店", "奇葩店"),
        *("咋开的店", "其他门店都有", "所有门店", "任何分店", "最差劲的店", "恶心店"),
    ],
)
def test_what_names_no_store_is_none(text: str) -> None:
    assert "store" not in read(text)


def test_a_model_is_told_by_the_word_before_it() -> None:
    assert [one.value for one in read("型号：MX-2000，颜色红")["model"]] == ["MX-2000"]


def test_goods_are_told_by_their_general_names() -> None:
    assert [one.value for one in read("买的電飯煲和牛奶")["product"]] == ["電飯煲", "牛奶"]


def test_a_phones_label_is_no_product() -> None:
    assert "product" not in read("手机号13800138000")


@pytest.mark.parametrize(
    "text",
    [
        "我的钱包余额不见了",
        "退款退到电子钱包里，提现还要手续费",
        "买了两件，返的钱没进微信钱包",
        "我的钱包在你们店里丢了",
        "保安捡到我的钱包，太感谢了",
        "炸的是我的钱包",
        "雨伞落在你们店里了",
        "手机忘在收银台，回去就没了",
        "店员捡到我的耳机还给了我",
        "会员卡一直没办好",
        "优惠券用不了",
        "储值卡余额少了",
        "购物卡刷不了",
        "订单一直没更新",
        "快递员态度差",
        "客服不回消息",
        "超市的推车轮子坏了",
    ],
)
def test_what_is_no_goods_of_the_company_is_no_product(text: str) -> None:
    assert "product" not in read(text)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("新买的钱包拉链坏了", "钱包"),
        ("收到的钱包有色差", "钱包"),
        ("真皮钱包用了三天开线", "钱包"),
        ("雨伞用一次就散架", "雨伞"),
        ("手机丢件了，快递弄丢的", "手机"),
        ("婴儿推车轮子卡住", "婴儿推车"),
    ],
)
def test_the_same_words_are_goods_when_they_were_bought(text: str, product: str) -> None:
    assert [one.value for one in read(text)["product"]] == [product]
