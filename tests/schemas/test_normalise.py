"""Rules see one form of a text; people are always led back to the words as sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.normalise import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１３８００", "13800"),
        ("貴店賣的麵包過期了", "贵店卖的面包过期了"),
        ("ＡＢＣ，（㎏）①", "abc,(kg)1"),
        ("过\u200b期\ufeff了\u00ad", "过期了"),
        ("٣٤", "34"),
        ("a\r\nb\u3000c\u00a0d\te", "a\n\nb c d\te"),
        ("", ""),
    ],
)
def test_variants_of_writing_become_one(text: str, folded: str) -> None:
    assert fold(text).text == folded


@given(st.text(), st.data())
def test_span_leads_back_to_the_characters_it_came_from(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    start = data.draw(st.integers(0, len(folded.text)))
    end = data.draw(st.integers(start, len(folded.text)))

    first, last = folded.span(start, end)

    assert 0 <= first <= last <= len(text)
    assert folded.text[start:end] in fold(text[first:last]).text


def test_span_of_widened_character_is_that_character() -> None:
    folded = fold("重5㎏整")

    start = folded.text.index("g")
    assert folded.span(start, start + 1) == (2, 3)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("退款👨‍👩‍👧👍🏽❤️", "退款👨👩👧👍🏽❤"),
        ("臺灣門市買嘅電飯煲，壞咗", "台湾门市买嘅电饭煲,坏咗"),
        ("\u202e订单\u202c \u2066号\u2069", "订单 号"),
        ("１，２８０．５０元", "1,280.50元"),
        ("ﾊﾝｶｸ ½斤 ﷺ", "ハンカク 1⁄2斤 صلى الله عليه وسلم"),
        ("e\u0301te\u0301", "ete"),
        ("\ud83d", "\ud83d"),
    ],
)
def test_emoji_scripts_and_invisible_marks_do_not_hide_words(text: str, folded: str) -> None:
    assert fold(text).text == folded


@pytest.mark.parametrize("text", ["退👨‍👩‍👧款", "１３８\u200b００１３", "ﷺ订单", "e\u0301订\u200d单", "①②③㎏㈱"])
def test_every_folded_character_leads_back_to_a_span_that_folds_to_it(text: str) -> None:
    folded = fold(text)

    for place, char in enumerate(folded.text):
        start, end = folded.span(place, place + 1)
        assert 0 <= start < end <= len(text)
        assert char in fold(text[start:end]).text
