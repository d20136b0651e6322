"""The frozen marks follow what `deploy/training/data/FIELDS.md` says a program can check."""

import re
from collections.abc import Iterator

from deploy.training.corpus import FROZEN
from deploy.training.marks import Labelled, Mark, read_file
from workers.text.id_cards import id_cards

_UNIT_BEHIND = re.compile(r"块钱?|元|蚊|钱(?!包)")
_QUANTITY = re.compile(r"\d+(?:\.\d+)? ?[^\d\s].*")


def _marks(field: str) -> Iterator[tuple[Labelled, Mark]]:
    for path in sorted(FROZEN.glob("*.tsv")):
        for message in read_file(path):
            yield from ((message, mark) for mark in message.marks if mark.field == field)


def test_a_marked_amount_ends_behind_its_unit() -> None:
    left = [
        message.text[mark.start : mark.end + 3]
        for message, mark in _marks("amount")
        if _UNIT_BEHIND.match(message.text, mark.end)
    ]

    assert left == []


def test_a_marked_quantity_is_a_number_with_its_unit() -> None:
    values = [mark.value or message.text[mark.start : mark.end] for message, mark in _marks("quantity")]

    assert [value for value in values if not _QUANTITY.fullmatch(value)] == []


def test_a_marked_identity_card_has_its_check_character() -> None:
    written = [mark.value or message.text[mark.start : mark.end] for message, mark in _marks("id_card")]

    assert [number for number in written if not list(id_cards(number))] == []
