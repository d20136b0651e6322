"""A view holds what the record holds, field by field, and forgets the rest."""

from schemas.records import Classified
from schemas.views import AnswerableView
from tests.schemas.filled import filled


def test_a_view_reads_the_same_values_as_the_record() -> None:
    record = filled(Classified)

    view = AnswerableView.model_validate_json(record.to_json())

    whole = record.model_dump()
    part = view.model_dump()
    assert part == {name: _as_in(whole[name], part[name]) for name in AnswerableView.model_fields}


def test_a_view_does_not_hold_the_words_of_the_complaint() -> None:
    record = filled(Classified).model_copy(update={"text": "我的秘密"})

    assert "秘密" not in repr(AnswerableView.model_validate_json(record.to_json()))


def _as_in(whole: object, part: object) -> object:
    """The fields of a nested record that its view has."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return {name: value for name, value in whole.items() if name in part}
    return whole
