"""What a customer reads: the pack's words in the customer's language, without holes, typed words as they are."""

import re
from itertools import product

import pytest
from pydantic import ValidationError

from schemas.messages import MessageKind
from schemas.policy import load_pack
from schemas.policy.base import LANGUAGES
from schemas.policy.checking import check
from schemas.policy.notices import OCCASIONS, Notices, NoticeText
from schemas.track_page import PAGE_LANGUAGES
from tests.workers.notify.pieces import WORDS, answer, message
from tests.workers.pieces import mail

PACK = load_pack()
STATUSES = ("accepted", "in-progress", "need-information", "answered", "remedy-done", "closed", "reopened")
CHANNELS = ("email", "wechat", "phone")


@pytest.mark.parametrize(("occasion", "language", "channel"), list(product(OCCASIONS, LANGUAGES, CHANNELS)))
def test_every_occasion_has_words_in_every_language_and_channel(occasion: str, language: str, channel: str) -> None:
    given = {"text_for_customer": "ok", "code": "123456"}

    worded = WORDS(message(mail("a@x"), occasion, values=given), language, channel)

    assert worded is not None
    assert worded.language == language
    assert "{" not in f"{worded.subject}{worded.text}"


@pytest.mark.parametrize(("occasion", "language"), list(product(STATUSES, LANGUAGES)))
def test_a_notice_names_the_complaint_and_where_to_look(occasion: str, language: str) -> None:
    one = mail("a@x")

    worded = WORDS(message(one, occasion, values={"text_for_customer": "ok"}), language, "email")

    assert worded is not None
    assert one.tracking_number in worded.text
    query = f"?lang={PAGE_LANGUAGES[language]}" if language in PAGE_LANGUAGES else ""
    assert re.search(rf"https://c\.example\.com/track/{one.tracking_number}{re.escape(query)}(#k=|\s|$)", worded.text)


def test_a_line_that_names_what_nobody_gave_is_left_out() -> None:
    bare = WORDS(message(mail("a@x")), "zh-Hans", "email")
    full = WORDS(message(mail("a@x"), values={"department": "quality"}), "zh-Hans", "email")

    assert bare is not None
    assert full is not None
    assert "负责部门" not in bare.text
    assert "负责部门：" in full.text


def test_a_time_is_written_as_people_write_it() -> None:
    worded = WORDS(message(mail("a@x"), values={"by_when": "2026-11-03T04:00:00.000Z"}), "zh-Hans", "email")

    assert worded is not None
    assert "2026年11月3日（周二）12:00（北京时间）" in worded.text


def test_words_of_a_department_are_never_read_as_placeholders() -> None:
    worded = WORDS(answer(mail("a@x"), "{code} {0.__class__} {tracking_number}"), "zh-Hans", "email")

    assert worded is not None
    assert "{code} {0.__class__} {tracking_number}" in worded.text


def test_what_a_person_typed_is_sent_as_it_is_under_a_subject_of_the_pack() -> None:
    one = mail("a@x")
    typed = message(one, "reply", MessageKind.REPLY, text="您好，{code}\n明天给您回电。")

    worded = WORDS(typed, "zh-Hans", "email")

    assert worded is not None
    assert worded.text == "您好，{code}\n明天给您回电。"
    assert worded.subject == f"关于您的反馈，编号 {one.tracking_number}"


def test_a_code_never_stands_in_a_subject() -> None:
    worded = WORDS(message(mail("a@x"), "one-time-code", MessageKind.CODE, values={"code": "482913"}), "en", "email")
    assert worded is not None

    assert "482913" in worded.text
    assert "482913" not in (worded.subject or "")
    with pytest.raises(ValidationError, match="subject"):
        NoticeText(occasion="one-time-code", language="en", subject="{code}", body="{code}")


@pytest.mark.parametrize(
    ("body", "said"),
    [("编号 {tracking_number} {name}", "unknown placeholder"), ("已受理", "lacks"), ("{tracking_number", "expected")],
)
def test_a_text_that_cannot_be_filled_is_refused_when_the_pack_is_read(body: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        NoticeText(occasion="accepted", language="zh-Hans", subject="已受理", body=body)


def test_an_occasion_in_one_language_only_is_refused() -> None:
    only = NoticeText(occasion="accepted", language="zh-Hans", subject="已受理", body="{tracking_number}")

    problems = [problem for _, problem in check(PACK.model_copy(update={"notices": Notices(texts=(only, only))}))]

    assert problems == [
        "2 texts for accepted in zh-Hans: there must be one",
        "no text without channel for accepted in zh-Hant: add one",
        "no text without channel for accepted in en: add one",
    ]


def test_an_occasion_the_pack_is_silent_about_has_no_words() -> None:
    assert WORDS(message(mail("a@x"), "not-heard-of"), "zh-Hans", "email") is None
