"""Numerals are read as people write and say them; misheard words are told by their sound."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from workers.text.homophones import heard_as, mended
from workers.text.numerals import number_of, numbers, plain

_DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("两百五", "250"),
        ("一千零五十", "1050"),
        ("三万二", "32000"),
        ("十万零五百", "100500"),
        ("两千五百万", "25000000"),
        ("廿五", "25"),
        ("壹仟贰佰", "1200"),
        ("1,280.5", "1280.5"),
        ("2.5万", "25000"),
        ("半", "0.5"),
    ],
)
def test_a_number_has_one_value(written: str, value: str) -> None:
    number = number_of(written)

    assert number is not None
    assert plain(number) == value


@pytest.mark.parametrize("written", ["两三百", "十几", "", "abc", "1 2", "陆续"])
def test_a_range_or_what_is_no_number_has_none(written: str) -> None:
    assert number_of(written) is None


@given(st.integers(1, 9_999))
def test_every_number_said_in_full_is_read_back(value: int) -> None:
    assert number_of(_said(value)) == Decimal(value)


@given(st.text(alphabet="零一二两三十百千万亿半几1,.k多来到-元", max_size=40))
def test_numbers_stand_in_order_and_apart(text: str) -> None:
    found = list(numbers(text))

    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(before.end <= after.start for before, after in pairwise(found))


def test_a_misheard_word_sounds_like_the_right_one_and_is_as_long() -> None:
    for heard, right in heard_as().items():
        assert lazy_pinyin(heard) == lazy_pinyin(right)
        assert len(heard) == len(right)


def test_mending_moves_nothing() -> None:
    assert mended("我的丁单号和首机号") == "我的订单号和手机号"


def _said(value: int) -> str:
    """A number below ten thousand in full Chinese numerals."""
    said, pending = "", False
    for unit, name in ((1_000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            said += ("零" if pending and said else "") + _DIGITS[digit] + name
        pending = digit == 0
    return said
