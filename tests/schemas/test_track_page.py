"""The link of a message: in the language of the message as the pages call it, and short where it costs."""

import pytest

from gateway.pages.texts import DEFAULT, TAGS, chosen
from schemas.policy.base import LANGUAGES
from schemas.tokens import TokenKeys
from schemas.track_page import PAGE_LANGUAGES, page_link

KEYS = TokenKeys("k1", {"k1": b"token key of the tests, 32 bytes"})
NUMBER = "ETNV-X5SQ-JG01-G"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_of_a_message_opens_the_page_in_that_language(language: str) -> None:
    assert TAGS[chosen(PAGE_LANGUAGES.get(language))] == language


def test_the_default_of_the_page_needs_no_word_in_the_link() -> None:
    link = page_link("https://c.example", NUMBER, language=TAGS[DEFAULT], channel="email", keys=None)

    assert link == f"https://c.example/track/{NUMBER}"


def test_the_key_stands_behind_the_language_where_no_server_sees_it() -> None:
    link = page_link("https://c.example", NUMBER, language="en", channel="wechat", keys=KEYS)

    assert link.startswith(f"https://c.example/track/{NUMBER}?lang=en#k=")


def test_what_follows_the_template_in_an_sms_is_the_number_alone() -> None:
    assert page_link("https://c.example", NUMBER, language="en", channel="phone", keys=KEYS).endswith(f"/{NUMBER}")
