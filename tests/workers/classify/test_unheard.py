"""A call without words is about nothing yet, and nobody claims to have understood it; words are, once they come."""

from typing import Any

import pytest

from schemas.complaint import Attachment
from schemas.policy import load_pack
from schemas.records import Classified, Understanding
from tests.schemas.making import deduplicated
from workers.acknowledge.owed import of_classified
from workers.acknowledge.words import PackWords
from workers.classify import RuleUnderstander, message_of

PACK = load_pack()
UNDERSTANDER = RuleUnderstander(PACK)


def understood(**fields: Any) -> Understanding:
    return UNDERSTANDER.understand(message_of(deduplicated(**{"channel": "phone", "text": ""} | fields)))


@pytest.mark.parametrize("task", ["call-back", "listen-and-type"])
@pytest.mark.parametrize("text", ["", " \n", "\u3000"])
def test_a_call_nobody_has_heard_yet_is_unheard_and_for_a_person(task: str, text: str) -> None:
    found = understood(text=text, tasks=(task,))

    assert (found.primary, [one.code for one in found.categories]) == ("unheard", ["unheard"])
    assert (found.needs_review, found.review_reasons) == (True, ("not-heard-yet",))
    assert (found.severity, found.urgency, found.safety) == (3, "regular", False)


def test_what_we_note_of_a_call_are_no_words_of_the_customer() -> None:
    found = understood(subject="来电 13:02，通话 3 分 12 秒，坐席 1007", entry="call", tasks=("listen-and-type",))

    assert found.primary == "unheard"


def test_words_that_came_are_understood_whatever_is_still_to_be_done() -> None:
    assert understood(text="牛奶过期了", tasks=("call-back",)).primary == "quality"
    assert understood(subject="牛奶过期了", tasks=("listen-and-type",), revision=2).primary == "quality"


def test_what_no_person_will_hear_stays_other() -> None:
    photo = Attachment(
        attachment_id="6f0b5b2e-6c0e-5b43-9a50-0d8f6b1f2a11",
        size_bytes=1,
        sha256="0" * 64,
    )

    assert (understood().primary, understood().review_reasons) == ("other", ("empty",))
    assert understood(attachments=(photo,), tasks=("platform-entry",)).review_reasons == ("only_attachments",)


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_the_answer_to_a_call_nobody_has_heard_claims_no_understanding(language: str) -> None:
    record = deduplicated(channel="phone", text="", tasks=("call-back",), language=language)
    classified = Classified(**record.model_dump(), understanding=UNDERSTANDER.understand(message_of(record)))

    text = PackWords(PACK, "https://complaints.example")(of_classified(classified), "phone").text

    titles = [title for one in PACK.categories if (title := one.title.of(language)) in text]
    assert titles == []
    assert record.tracking_number in text
