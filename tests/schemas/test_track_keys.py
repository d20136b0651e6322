"""The key of a complaint's page opens that page only, cannot be made without our secrets and outlives their change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity import CROCKFORD, named_uuid, tracking_number
from schemas.tokens import TokenKeys, opens_track, sign, sign_case, track_key, track_link

OLD = TokenKeys("2025", {"2025": b"o" * 32})
NEW = TokenKeys("2026", {"2025": b"o" * 32, "2026": b"n" * 32})
NUMBER, OTHER = (tracking_number(b"k" * 32, named_uuid(name)) for name in "ab")


def test_a_key_opens_its_own_page_and_no_other() -> None:
    key = track_key(NEW, NUMBER)

    assert opens_track(NEW, NUMBER, key)
    assert not opens_track(NEW, OTHER, key)


def test_a_key_holds_128_bits_of_signature_and_is_safe_in_a_link() -> None:
    key = track_key(NEW, NUMBER)

    assert len(key[2:]) * 6 >= 128
    assert set(key[:2]) <= set(CROCKFORD)
    assert track_link(NEW, "https://c.example/track/X", NUMBER) == f"https://c.example/track/X#k={key}"


def test_a_key_of_a_retired_secret_still_opens() -> None:
    assert opens_track(NEW, NUMBER, track_key(OLD, NUMBER))


def test_a_key_of_a_removed_secret_opens_nothing() -> None:
    assert not opens_track(OLD, NUMBER, track_key(NEW, NUMBER))


@pytest.mark.parametrize("place", range(24))
def test_one_changed_character_opens_nothing(place: int) -> None:
    key = track_key(NEW, NUMBER)
    changed = key[:place] + ("B" if key[place] != "B" else "C") + key[place + 1 :]

    assert not opens_track(NEW, NUMBER, changed)


@pytest.mark.parametrize("given", ["", " ", "\ud800", "编号", sign_case(NEW, NUMBER), sign(NEW, "track", NUMBER)])
def test_no_other_token_of_ours_opens_a_page(given: str) -> None:
    assert not opens_track(NEW, NUMBER, given)


@given(st.text())
def test_guesses_open_nothing_and_never_fail(guess: str) -> None:
    assert not opens_track(NEW, NUMBER, guess)
