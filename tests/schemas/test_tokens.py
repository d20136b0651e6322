"""Only tokens that this installation made are believed, for their purpose and their time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import NotGenuine, SettingsInvalid
from schemas.identity import named_uuid, tracking_number
from schemas.tokens import TokenKeys, find_case_tokens, sign, sign_case, verify, verify_case

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
OLD = TokenKeys("2025", {"2025": b"o" * 32})
NEW = TokenKeys("2026", {"2025": b"o" * 32, "2026": b"n" * 32})
NUMBER = tracking_number(b"k" * 32, named_uuid("a"))


@given(st.text(), st.text(min_size=1))
def test_payload_comes_back_as_it_was_signed(payload: str, purpose: str) -> None:
    assert verify(NEW, purpose, sign(NEW, purpose, payload), NOW) == payload


def test_token_is_safe_in_urls() -> None:
    assert set(sign(NEW, "form", "你好/?&")) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_retired_key_still_verifies() -> None:
    assert verify(NEW, "form", sign(OLD, "form", "x"), NOW) == "x"
    assert verify_case(NEW, sign_case(OLD, NUMBER)) == NUMBER


def test_removed_key_no_longer_verifies() -> None:
    with pytest.raises(NotGenuine):
        verify(OLD, "form", sign(NEW, "form", "x"), NOW)
    with pytest.raises(NotGenuine):
        verify_case(OLD, sign_case(NEW, NUMBER))


def test_token_of_another_purpose_is_refused() -> None:
    with pytest.raises(NotGenuine):
        verify(NEW, "track", sign(NEW, "form", "x"), NOW)


def test_expired_token_is_refused_from_its_second_on() -> None:
    token = sign(NEW, "form", "x", NOW)

    assert verify(NEW, "form", token, NOW - timedelta(seconds=1)) == "x"
    with pytest.raises(NotGenuine, match="expired"):
        verify(NEW, "form", token, NOW)


@given(st.integers(min_value=0, max_value=200), st.characters())
def test_any_changed_character_is_noticed(place: int, char: str) -> None:
    token = sign(NEW, "form", "payload", NOW + timedelta(days=1))
    place %= len(token)
    changed = token[:place] + char + token[place + 1 :]

    if changed != token:
        with pytest.raises(NotGenuine):
            verify(NEW, "form", changed, NOW)


@given(st.text())
def test_garbage_is_refused_and_never_crashes(garbage: str) -> None:
    with pytest.raises(NotGenuine):
        verify(NEW, "form", garbage, NOW)
    with pytest.raises(NotGenuine):
        verify_case(NEW, garbage)


def test_case_token_survives_a_mail_subject_and_lower_case() -> None:
    token = sign_case(NEW, NUMBER)
    [found] = find_case_tokens(f"回复: 您的反馈 [{token.lower()}]")

    assert len(token) <= 30
    assert verify_case(NEW, found) == NUMBER


def test_case_token_with_another_number_is_refused() -> None:
    token, other = sign_case(NEW, NUMBER), tracking_number(b"k" * 32, named_uuid("b")).replace("-", "")

    with pytest.raises(NotGenuine):
        verify_case(NEW, token[:5] + other + token[18:])


@pytest.mark.parametrize("secrets", [{}, {"a.b": b"x" * 32}, {"a": b"short"}])
def test_unusable_keys_are_refused_at_start(secrets: dict[str, bytes]) -> None:
    with pytest.raises(SettingsInvalid):
        TokenKeys(next(iter(secrets), "a"), secrets)
