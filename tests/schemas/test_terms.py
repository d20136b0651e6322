"""Terms of texts and of questions: what a person would call found is found, and nothing of a person is readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.terms import Tags, asked_terms, every, literal, order_tag, text_terms

TAGS = Tags(b"k" * 32)


def found(question: str, *texts: str) -> bool:
    """Whether texts have all that a question asks for, as the database judges."""
    terms = set(text_terms(*texts))
    asked = asked_terms(question)
    return bool(asked) and all(
        any(one.startswith(want.term) for one in terms) if want.prefix else want.term in terms for want in asked
    )


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("过期", "买的牛奶过期了"),
        ("牛奶过期", "买的牛奶过期了"),
        ("牛奶 了", "买的牛奶过期了"),
        ("奶", "我要投诉酸奶。"),
        ("發票", "不给发票"),
        ("发票", "不給發票"),
        ("EXPIRED milk", "The milk I bought had expired"),
        ("refund", "I want to be refunded"),
        ("iPhone手机壳", "买的iphone手机壳裂了"),
        ("2026", "订单20261122"),
        ("caf\u00e9", "the café was dirty"),
        ("１３８", "请打 13800138000"),
    ],
)
def test_a_text_is_found_by_its_words_whatever_their_script_width_or_case(question: str, text: str) -> None:
    assert found(question, text)


@pytest.mark.parametrize(
    ("question", "text"), [("牛肉", "买的牛奶和猪肉"), ("pear", "an appear"), ("过期牛奶", "牛奶")]
)
def test_a_text_that_lacks_one_of_the_words_is_not_found(question: str, text: str) -> None:
    assert not found(question, text)


@pytest.mark.parametrize("question", ["", "  ", "，。！?", "#", "'", "_"])
def test_a_question_without_a_word_asks_for_nothing(question: str) -> None:
    assert asked_terms(question) == ()


@given(st.text(max_size=200))
def test_every_text_is_found_by_any_part_of_a_run_of_it_and_no_term_is_a_tag(text: str) -> None:
    terms = list(text_terms(text))

    assert not [one for one in terms if not one or one.startswith("#") or len(one) > 64]
    assert all(found(one, text) for one in terms)


@given(st.text(max_size=40))
def test_any_characters_stay_one_literal(text: str) -> None:
    quoted = literal(text)

    assert quoted[0] == quoted[-1] == "'"
    inside = quoted[1:-1].replace("\\\\", "").replace("''", "")
    assert "'" not in inside
    assert "\\" not in inside


def test_a_telephone_is_found_whole_and_by_its_end_and_a_masked_one_by_its_end_alone() -> None:
    whole = set(TAGS.phone("+86 138-1234-0001"))

    assert whole == set(TAGS.phone("13812340001")) == {TAGS.whole_phone("13812340001"), TAGS.phone_end("0001")}
    assert set(TAGS.phone("138****0001")) == {TAGS.phone_end("0001")}
    assert not list(TAGS.phone("不详"))


def test_tags_of_persons_are_pseudonyms_and_forgive_how_things_are_written() -> None:
    assert TAGS.email("Li@Customers.Example ") == TAGS.email("li@customers.example")
    assert TAGS.name("欧阳 明月") == TAGS.name("歐陽明月")
    assert order_tag("DD-2026 0001") == order_tag("dd20260001")
    assert "li@" not in TAGS.email("li@customers.example")
    assert Tags(b"x" * 32).name("Li") != TAGS.name("Li")


def test_a_question_becomes_one_expression() -> None:
    assert every(asked_terms("牛奶坏 milk")) == "('牛奶' & '奶坏' & 'milk':*)"
