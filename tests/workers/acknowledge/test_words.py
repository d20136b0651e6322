"""Which occasion an acknowledgement is for, and that what the pack promises is what the text says."""

from uuid import uuid4

import pytest

from schemas.policy import Variant, load_pack
from schemas.records import Classified, Verdict
from schemas.tokens import TokenKeys, opens_track
from schemas.track_page import PAGE_LANGUAGES
from tests.schemas.making import complaint
from tests.workers.acknowledge.pieces import classified
from workers.acknowledge.owed import of_classified
from workers.acknowledge.words import PackWords, variant

WORDS = PackWords(load_pack(), "https://example.com")
TOKEN_KEYS = TokenKeys("k1", {"k1": b"token key of the tests, 32 bytes"})


def unanswered(record: Classified) -> Classified:
    """A message the pack promises no answer."""
    praise = record.understanding.model_copy(update={"kind": "praise", "answer_owed": False})
    return record.model_copy(update={"understanding": praise})


@pytest.mark.parametrize(
    ("verdict", "known", "unknown"),
    [
        (Verdict.DUPLICATE, Variant.ADDED, Variant.UNDERSTOOD),
        (Verdict.FOLLOW_UP, Variant.FOLLOW_UP, Variant.UNDERSTOOD),
        (Verdict.REPEAT, Variant.UNDERSTOOD, Variant.UNDERSTOOD),
    ],
)
def test_only_who_may_know_of_the_case_is_told_that_it_was_added(
    verdict: Verdict, known: Variant, unknown: Variant
) -> None:
    own, strange = classified(complaint(), uuid4(), verdict=verdict), classified(complaint(), verdict=verdict)

    assert variant(of_classified(own)) is known
    assert variant(of_classified(strange)) is unknown


def test_praise_is_noted_with_thanks_whatever_it_belongs_to() -> None:
    record = unanswered(classified(complaint(), uuid4(), verdict=Verdict.FOLLOW_UP))

    assert variant(of_classified(record)) is Variant.NOTED
    assert "收到您的表扬" in WORDS(of_classified(record), "email").text


@pytest.mark.parametrize("channel", ["email", "wechat", "web"])
def test_the_link_opens_the_page_of_the_complaint_it_acknowledges(channel: str) -> None:
    words = PackWords(load_pack(), "https://example.com", TOKEN_KEYS)
    owed = of_classified(classified(complaint()))

    link, _, key = words(owed, channel).text.split("https://example.com", 1)[1].split()[0].partition("#k=")

    assert link == f"/track/{owed.tracking_number}"
    assert opens_track(TOKEN_KEYS, owed.tracking_number, key)


@pytest.mark.parametrize(
    ("language", "query"), [("en", "?lang=en"), ("fr", "?lang=en"), ("zh-Hant", "?lang=zh-TW"), ("zh-Hans", "")]
)
def test_the_page_opens_in_the_language_of_the_acknowledgement(language: str, query: str) -> None:
    words = PackWords(load_pack(), "https://example.com", TOKEN_KEYS)
    owed = of_classified(classified(complaint(language=language)))

    composed = words(owed, "email")

    assert f"https://example.com/track/{owed.tracking_number}{query}#k=" in composed.text
    assert PAGE_LANGUAGES.get(composed.language, "") == query.removeprefix("?lang=")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_an_sms_holds_no_key_so_that_its_link_fits_a_template(language: str) -> None:
    words = PackWords(load_pack(), "https://example.com", TOKEN_KEYS)

    owed = of_classified(classified(complaint(language=language)))

    text = words(owed, "phone").text

    assert f"https://example.com/track/{owed.tracking_number}" in text
    assert "#k=" not in text
    assert "?lang" not in text
