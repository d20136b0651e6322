"""The commonest reading of each simplified character, so that words which sound alike are alike.

The table is made from pypinyin by `python -m deploy.pinyin_table`; a test fails when the two differ.
"""

from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("pinyin.txt")


@cache
def readings() -> dict[str, str]:
    """Character → syllable without tone. A character that is missing stands for itself."""
    rows = (row.split("\t") for row in _TABLE.read_text(encoding="utf-8").splitlines())
    return {char: syllable for syllable, chars in rows for char in chars}
