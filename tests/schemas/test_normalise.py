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
