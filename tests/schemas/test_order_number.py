"""Order numbers: stated or behind a label, in one comparable form, with their place in the text."""

import pytest

from schemas.complaint import Stated
from schemas.order_number import MOST_OF_A_COMPLAINT, order_numbers
from tests.workers.pieces import complaint


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("订单号：202611020001，还没退款", "202611020001"),
        ("我的订单编号是JD-2026-1102-0001。", "JD-2026-1102-0001"),
        ("單號 １２３４５６７８９０ 一直沒到", "１２３４５６７８９０"),
        ("Order no. AB12345678 never arrived", "AB12345678"),
        ("my order #112-3456789-0123456 is broken", "112-3456789-0123456"),
    ],
)
def test_a_labelled_number_is_found_where_it_stands(text: str, written: str) -> None:
    [found] = order_numbers(complaint(text=text))

    assert text[found.start : found.end] == written


@pytest.mark.parametrize(
    "text",
    [
        "快递单号：SF1234567890123",
        "运单号 YT1234567890",
        "我的电话13800138000",
        "in order to understand 12345678",
        "订单号码不知道",
        "the order was late",
    ],
)
def test_other_numbers_are_no_order_numbers(text: str) -> None:
    assert order_numbers(complaint(text=text)) == ()


def test_a_stated_number_and_the_same_in_the_text_are_one() -> None:
    both = complaint(text="订单号：jd20261102-0001", stated=Stated(order_no="JD 20261102 0001"))

    [found] = order_numbers(both)

    assert (found.number, found.start) == ("jd202611020001", None)


def test_a_text_of_thousands_of_numbers_counts_with_the_first_ones() -> None:
    many = complaint(text="".join(f"订单号1{number:08d} " for number in range(4_000)), stated=Stated(order_no="JD-1"))

    found = order_numbers(many)

    assert len(found) == MOST_OF_A_COMPLAINT
    assert [one.number for one in found[:2]] == ["jd1", "100000000"]
