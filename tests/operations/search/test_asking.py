"""How a question is read: by its form, and as everything it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.search.asking import narrowed, question_of
from operations.search.model import Filters, Position
from schemas.identity import tracking_number
from schemas.terms import Tags
from tests.schemas.making import complaint

KEY = b"k" * 32
TAGS = Tags(KEY)
NUMBER = tracking_number(b"n" * 32, complaint().complaint_id)


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("", "all"),
        (" \t", "all"),
        (NUMBER, "number"),
        (NUMBER.lower().replace("-", " "), "number"),
        (str(complaint().complaint_id), "id"),
        ("13812340001", "phone"),
        ("+86 138 1234 0001", "phone"),
        ("０２１－６２３４５６７８", "phone"),
        ("0001", "phone-end"),
        ("138****0001", "phone-end"),
        ("li@customers.example", "email"),
        ("DD20260001", "order"),
        ("欧阳明月", "text"),
        ("酸奶 发霉", "text"),
        ("expired milk", "text"),
        ("。，!", "nothing"),
    ],
)
def test_a_question_is_read_by_its_form(typed: str, read_as: str) -> None:
    assert question_of(KEY, typed).read_as == read_as


def test_eleven_digits_are_looked_for_as_telephone_as_order_and_in_the_text() -> None:
    expression = question_of(KEY, "13812340001").expression or ""

    assert TAGS.whole_phone("13812340001") in expression
    assert "'#o:13812340001'" in expression
    assert "'13812340001':*" in expression


def test_four_digits_can_be_looked_for_as_words() -> None:
    assert question_of(KEY, "2026", words_only=True).expression == "'2026':*"


def test_a_name_is_looked_for_as_a_name_and_as_words() -> None:
    assert question_of(KEY, "欧阳明月").expression == f"('{TAGS.name('欧阳明月')}' | ('欧阳' & '阳明' & '明月'))"


def test_filters_narrow_the_question() -> None:
    filters = Filters(channel="web", category="quality", unit="城东店")

    expression = narrowed(question_of(KEY, "酸奶"), filters)

    assert expression == "(('" + TAGS.name("酸奶") + "' | '酸奶') & '#c:web' & '#k:quality' & '#u:城东店')"
    assert narrowed(question_of(KEY, ""), Filters(department="quality")) is None


@given(st.text(max_size=300))
def test_any_question_is_read_without_an_error_and_shows_no_value_of_a_person(typed: str) -> None:
    question = question_of(KEY, typed)

    assert question.read_as in {"all", "number", "id", "phone", "phone-end", "email", "order", "text", "nothing"}


@pytest.mark.parametrize("written", ["", "1", "x.y", "1.2", "99999999999999999999." + str(complaint().complaint_id)])
def test_a_position_that_is_none_of_ours_is_no_position(written: str) -> None:
    assert Position.read(written) is None


def test_a_position_comes_back_as_it_was_written() -> None:
    position = Position(complaint().received_at, complaint().complaint_id)

    assert Position.read(str(position)) == position
