"""The readings of characters are those of pypinyin, without loading it."""

from deploy import pinyin_table
from workers.text.pinyin import readings


def test_the_table_of_readings_is_what_pypinyin_says() -> None:
    assert pinyin_table.TARGET.read_text(encoding="utf-8") == pinyin_table.render(), (
        "run: python -m deploy.pinyin_table"
    )


def test_words_that_sound_alike_read_alike() -> None:
    assert [readings()[char] for char in "的地得"] == ["de", "di", "de"]
