"""No text crashes the readers of fields, leads them outside itself, or makes them slow."""

import re
from datetime import UTC, datetime
from importlib import import_module
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.normalise import fold
from tests.workers.text.reading import READ_CHARS, SHANGHAI, read
from workers.text.extract import extract

PIECES = (
    *"零一二三四五六七八九十百千万亿半两几俩幺廿壹拾块毛元角分多来点号月日年周前第每个箱斤件把打¥$,.:/-—~*x ，。！？\n",
    *(
        "订单号",
        "单号",
        "批号",
        "手机",
        "电话",
        "身份证",
        "快递单号",
        "工单号",
        "编号",
        "尾号",
        "HK$",
        "RMB ",
        "yuan",
        "昨天",
        "三天前",
    ),
    *(
        "2026年",
        "11月3日",
        "138",
        "0013",
        "8000",
        "1,280",
        "99.9",
        "要求退款",
        "万达店",
        "上周五",
        "November 3",
        "〔2026〕",
        "\u200b",
        "㎏",
        "③",
    ),
    *("貴店", "訂單", "１２３", "٣٤", "\ud7ff", "😡", "e\u0301", "İ"),
)
UNITS = (
    *(
        "1",
        "百",
        "1,",
        "一",
        "a",
        "-",
        "a-",
        "1-",
        "订单",
        "订单1",
        "元",
        "1元",
        "1 ",
        "1.",
        "十",
        "万",
        "号",
        "1号",
        "日",
        "1月",
    ),
    *(
        "*",
        "1*",
        "店",
        "啊店",
        "前",
        "周一",
        "1[",
        "〔2026〕",
        "编号",
        "编号1",
        "0",
        "138",
        "1380",
        "零",
        "要求",
        "退款",
        "12:",
        "jan 1 ",
    ),
    *(
        "单号 ",
        "的的",
        "嗯",
        "2026-",
        "2026年",
        "一百",
        "两三百",
        "一百到",
        "500-",
        "¥",
        "$1",
        "三块",
        "三块五",
        "斤",
        "一斤",
        "半",
        "\u200b",
        "㎏",
    ),
    *(
        "a1/",
        "_",
        "是是",
        "no.",
        "order ",
        "case 1",
        "尾号",
        "1[x",
        "+86 ",
        "(010)",
        "400-",
        "9 ",
        "mar ",
        "1 mar",
        "ago",
        "one day ",
        "store ",
    ),
)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=40).map("".join))
def test_every_span_lies_inside_the_text_and_holds_something(text: str) -> None:
    for name, values in read(text).items():
        for found in values:
            assert 0 <= found.start < found.end <= len(text), (name, found)
            assert text[found.start : found.end].strip()
            assert found.value


@settings(max_examples=300)
@given(st.text(max_size=300))
def test_any_text_at_all_is_read(text: str) -> None:
    assert all(found.end <= len(text) for values in read(text).values() for found in values)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_fields_of_numbers_never_share_a_place(text: str) -> None:
    apart = ("order_no", "batch_no", "referral_no", "tracking_no", "phone", "id_card", "amount", "quantity", "date")
    spans = sorted((one.start, one.end) for name, values in read(text).items() if name in apart for one in values)

    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.timeout(30)
@pytest.mark.parametrize("unit", UNITS)
def test_a_text_of_one_thing_again_and_again_is_read_at_once(unit: str) -> None:
    text = (unit * READ_CHARS)[:READ_CHARS]

    assert all(found.end <= len(text) for values in read(text).values() for found in values)


@pytest.mark.timeout(60)  # a pattern that backtracks without end takes hours
@pytest.mark.parametrize(
    "name", ["amounts", "dates", "id_cards", "identifiers", "numerals", "phones", "places", "quantities", "resolution"]
)
def test_no_pattern_backtracks_without_end(name: str) -> None:
    patterns = [
        value for value in vars(import_module(f"workers.text.{name}")).values() if isinstance(value, re.Pattern)
    ]

    assert patterns
    for pattern in patterns:
        for unit in UNITS:
            text = fold((unit * READ_CHARS)[:READ_CHARS]).text + "!"
            assert all(match.end() <= len(text) for match in pattern.finditer(text))


@pytest.mark.parametrize("year", [1, 1900, 9999])
def test_a_message_of_a_time_nobody_sends_at_names_no_relative_day(year: int) -> None:
    received_at = datetime(year, 12, 31, 23, tzinfo=UTC)

    found = extract(fold("昨天和三天前，999年前，2026年11月3日买的"), received_at, SHANGHAI)

    assert [one.value for one in found["date"]] == ["2026-11-03"]


def test_without_the_day_of_the_message_only_whole_dates_are_found() -> None:
    found = extract(fold("昨天、上周五、11月3日和2026年11月3日"), None, SHANGHAI)

    assert [one.value for one in found["date"]] == ["2026-11-03"]
