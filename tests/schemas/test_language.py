"""The language of a text is told from the text."""

import pytest

from deploy import han_table
from schemas.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你们店的牛奶过期了", "zh-Hans"),
        ("貴店賣的牛奶已經過期，請儘快處理", "zh-Hant"),
        ("牛奶酸了", "zh-Hans"),
        ("太差", "zh-Hans"),
        ("買咗嘅嘢壞咗", "zh-Hant"),
        ("啲嘢好差", "zh-Hant"),
        ("The milk I bought yesterday was sour.", "en"),
        ("refund!!!", "en"),
        ("SF1234567 没收到货", "zh-Hans"),
        ("My iPhone case from 南京路 store broke after two days", "en"),
        ("iPhone 15 Pro Max 充不进电", "zh-Hans"),
        ("鲜の每日牛奶坏了", "zh-Hans"),
        ("牛乳が腐っていました。返金してください", "ja"),
        ("우유가 상했어요", "ko"),
        ("Молоко прокисло", "ru"),
        ("Le lait est périmé et je ne suis pas content", "fr"),
        ("Die Milch ist sauer und das Personal war nicht freundlich", "de"),
        ("https://example.com/a/b a@example.com", None),
        ("12345 !!!", None),
        ("", None),
    ],
)
def test_language_and_script_are_recognised(text: str, language: str | None) -> None:
    assert detect(text) == language


def test_character_table_is_the_one_opencc_gives() -> None:
    assert han_table.TARGET.read_text(encoding="utf-8") == han_table.render(), "run: python -m deploy.han_table"
