"""An acknowledgement tells number, what we understood, date and hour, and nothing that could hurt."""

from typing import Any
from uuid import UUID

import pytest

from schemas.acknowledgement import about, render_acknowledgement
from schemas.complaint import Attachment, Sender, Stated
from schemas.policy import Variant, load_pack
from schemas.policy.base import LANGUAGES
from schemas.policy.checking import check
from schemas.records import Understanding
from tests.schemas.making import complaint

PACK = load_pack()
URL = "https://example.com/track/X"
UNDERSTOOD = Understanding(kind="complaint", primary="quality", policy="default@1")


def text_for(variant: Variant = Variant.UNDERSTOOD, **fields: Any) -> str:
    rendered = render_acknowledgement(
        PACK, variant, about(complaint(**fields), UNDERSTOOD), channel="email", status_url=URL
    )
    return rendered.subject + "\n" + rendered.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("variant", list(Variant))
def test_every_text_says_number_date_hour_and_where_to_look(variant: Variant, language: str) -> None:
    text = text_for(variant, language=language)

    assert complaint().tracking_number in text
    assert URL in text
    assert "2026" in text
    assert ":31" in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        (
            "zh-Hans",
            ["商品质量方面的问题", "商品：蒙牛纯牛奶", "2026年11月23日（周一）15:31（北京时间）", "客户服务中心"],
        ),
        (
            "zh-Hant",
            ["商品品質方面的問題", "商品：蒙牛纯牛奶", "2026年11月23日（週一）15:31（北京時間）", "客戶服務中心"],
        ),
        (
            "en",
            ["a problem with product quality", "product: 蒙牛纯牛奶", "Monday, 23 November 2026, 15:31 (Beijing time)"],
        ),
        ("fr", ["a problem with product quality"]),
        (None, ["商品质量方面的问题"]),
    ],
)
def test_it_names_category_and_one_fact_in_the_senders_script(language: str | None, phrases: list[str]) -> None:
    text = text_for(language=language, stated=Stated(product="蒙牛纯牛奶", order_no="202611220001"))

    assert all(phrase in text for phrase in phrases)


@pytest.mark.parametrize(
    ("fields", "fact"),
    [
        ({"stated": Stated(order_no="202611220001")}, "订单号：202611220001"),
        ({"stated": Stated(store="中山路店")}, "门店：中山路店"),
        ({"stated": Stated(event_date="2026-11-20")}, "发生日期：2026-11-20"),
        ({"attachments": (Attachment(attachment_id=UUID(int=1), size_bytes=1, sha256="0"),)}, "随附文件 1 个"),
        ({}, "收到时间：2026年11月22日"),
    ],
)
def test_there_is_always_a_fact_of_this_complaint(fields: dict[str, Any], fact: str) -> None:
    assert fact in text_for(**fields)


@pytest.mark.parametrize(
    "product",
    ["中奖啦 www.evil.com", "win at https://evil.example", "call 13800138000", "a@b.com", "x" * 200, "看evil.cn"],
)
def test_what_a_stranger_typed_cannot_advertise_through_our_mail(product: str) -> None:
    text = text_for(stated=Stated(product=product), subject=product, text=product, sender=Sender(name=product))

    assert product not in text


@pytest.mark.parametrize("hostile", ["{signature}", "{0.__class__}", "%s", "{tracking_number!r}"])
def test_braces_in_what_a_sender_typed_stay_as_they_are(hostile: str) -> None:
    assert f"商品：{hostile}" in text_for(stated=Stated(product=hostile))


def test_unclassified_text_makes_no_guess() -> None:
    text = text_for(Variant.UNCLASSIFIED)

    assert "质量" not in text
    assert "2026年11月25日（周三）15:31" in text


@pytest.mark.parametrize("channel", ["email", "phone", "wechat", "web"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_follow_up_is_told_of_its_case_and_not_what_was_guessed_from_its_own_words(
    language: str, channel: str
) -> None:
    rendered = render_acknowledgement(
        PACK, Variant.FOLLOW_UP, about(complaint(language=language), UNDERSTOOD), channel=channel, status_url=URL
    )

    guessed = PACK.category("quality")
    assert guessed is not None
    assert guessed.title.of(language) not in rendered.text
    assert any(word in rendered.text for word in ("此前的反馈", "先前的意見", "wrote"))


@pytest.mark.parametrize("channel", ["email", "phone", "wechat", "web"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_praise_is_thanked_for_and_no_answer_is_promised(language: str, channel: str) -> None:
    praise = about(complaint(language=language), UNDERSTOOD.model_copy(update={"kind": "praise"}))

    rendered = render_acknowledgement(PACK, Variant.NOTED, praise, channel=channel, status_url=URL)

    assert any(word in rendered.text for word in ("您的表扬", "您的讚揚", "your praise"))
    assert not any(word in rendered.text for word in ("之前答复", "之前回覆", "answer by", "hear from us by", "23"))


def test_a_pack_without_texts_for_follow_ups_is_good_and_answers_them_as_additions() -> None:
    words = PACK.acknowledgement
    texts = tuple(text for text in words.texts if text.variant not in {Variant.FOLLOW_UP, Variant.NOTED})
    older = PACK.model_copy(
        update={"acknowledgement": words.model_copy(update={"texts": texts}), "promises": PACK.promises[3:]}
    )

    assert list(check(older)) == []
    assert older.acknowledgement.text("en", Variant.FOLLOW_UP, "email").variant is Variant.ADDED
    assert [name for (_, name), _ in check(older.model_copy(update={"promises": PACK.promises}))] == ["texts"] * 3
