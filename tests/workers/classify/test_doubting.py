"""A reason to look is true of the message it is given for."""

from pathlib import Path

import pytest

from schemas.policy import load_pack
from schemas.review import REASON_TITLES
from tests.workers.classify.models import written
from workers.classify import Message
from workers.classify.deciding import by_both, model_safety
from workers.classify.doubting import doubts
from workers.classify.model import Description, Reading, TextModel, load_model
from workers.classify.rules import Rules

PACK = load_pack()
RULES = Rules(PACK)


@pytest.fixture(name="model")
def _model(tmp_path: Path) -> TextModel:
    return load_model(written(tmp_path))


def reasons(text: str, model: TextModel, safety_offset: float) -> tuple[float, tuple[str, ...]]:
    """The model's probability of harm and the reasons of danger, with the model's sense of it moved."""
    about: Description = model.description
    about = about.model_copy(update={"blend": about.blend.model_copy(update={"safety_offset": safety_offset})})
    reading: Reading = model.read(text)
    rules = RULES.read(text)
    decision = by_both(rules, reading, about, PACK.weights)
    found = doubts(Message(text), text, decision, rules, PACK.weights, (about, reading))
    return model_safety(reading, about), tuple(reason for reason in found if reason.startswith("safety"))


def test_harm_that_the_model_alone_but_surely_sees_is_decided(model: TextModel) -> None:
    p, found = reasons("喝完以后我抱着马桶到天亮", model, 4.0)

    assert p >= PACK.weights.review_safety_below
    assert found == ()


def test_harm_that_the_model_alone_hardly_sees_is_uncertain(model: TextModel) -> None:
    p, found = reasons("喝完以后我抱着马桶到天亮", model, -0.5)

    assert model.description.thresholds.safety <= p < PACK.weights.review_safety_below
    assert found == ("safety_uncertain",)


def test_a_word_of_danger_in_a_text_that_tells_of_none_is_a_disagreement(model: TextModel) -> None:
    _, found = reasons("牛奶过期了", model, -4.0)

    assert found == ("safety_disagreement",)


def test_rule_and_model_that_agree_on_harm_are_no_doubt(model: TextModel) -> None:
    _, found = reasons("喝完拉肚子，抱着马桶到天亮", model, 0.0)

    assert found == ()


def test_every_reason_has_words_for_a_clerk() -> None:
    given = {
        *("low_confidence", "narrow_margin", "kind_uncertain", "safety_disagreement", "safety_uncertain"),
        *("unfamiliar", "very_short", "suspected_link", "no_hit"),
    }

    assert given <= REASON_TITLES.keys()
