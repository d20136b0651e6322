"""The fold: what is open stays in sight, what has ended goes, and a view is made anew only after a change."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from operations import folding
from operations.folding import Fold
from schemas.records import DeadLetter
from schemas.settings import KafkaSettings
from schemas.topics import DEAD_LETTER

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def letter(identity: UUID | None = None, state: str = "open") -> DeadLetter:
    """A dead letter."""
    return DeadLetter.model_validate(
        {
            "dead_letter_id": identity or uuid4(),
            "state": state,
            "stage": "classify",
            "source_topic": "t",
            "source_partition": 0,
            "source_offset": 1,
            "error_class": "ValueError",
            "error": "ValueError",
            "first_seen": AT,
            "value_sha256": "0",
            "value_bytes": 1,
            "resolved_by": None if state == "open" else "li",
        }
    )


@pytest.fixture
def fold(monkeypatch: pytest.MonkeyPatch) -> Fold[DeadLetter]:
    """A fold of a topic that stays empty."""

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr(Fold, "_look", nothing)
    return Fold(
        KafkaSettings(), DEAD_LETTER, DeadLetter, lambda one: one.dead_letter_id, lambda one: one.state == "open"
    )


async def test_what_has_ended_is_not_listed_and_says_by_whom(fold: Fold[DeadLetter]) -> None:
    kept, ended = letter(), letter()
    for one in (kept, ended, letter(ended.dead_letter_id, "discarded")):
        fold.put(one)

    found = await fold.one(ended.dead_letter_id)

    assert await fold.items() == [kept]
    assert found is not None
    assert (found.state, found.resolved_by) == ("discarded", "li")


async def test_what_fails_again_after_its_end_is_open_again(fold: Fold[DeadLetter]) -> None:
    one = letter()
    for state in ("open", "replayed", "open"):
        fold.put(letter(one.dead_letter_id, state))

    assert [found.state for found in await fold.items()] == ["open"]


async def test_a_view_is_made_anew_only_after_a_change(fold: Fold[DeadLetter]) -> None:
    made: list[int] = []

    def count(letters: list[DeadLetter]) -> int:
        made.append(len(letters))
        return len(letters)

    fold.put(letter())
    first = [await fold.view(count) for _ in range(3)]
    fold.put(letter())

    assert (first, await fold.view(count)) == ([1, 1, 1], 2)
    assert made == [1, 2]


async def test_of_what_has_ended_only_the_last_are_kept(
    fold: Fold[DeadLetter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "_ENDED_KEPT", 2)
    ended = [letter(state="discarded") for _ in range(3)]
    for one in ended:
        fold.put(one)

    assert await fold.one(ended[0].dead_letter_id) is None
    assert await fold.one(ended[2].dead_letter_id) == ended[2]
