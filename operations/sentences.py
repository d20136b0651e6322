"""Sentences that the product says in English, and the same in Chinese; what nobody has translated stays as it is."""

import re
from collections.abc import Sequence

Sentences = Sequence[tuple[re.Pattern[str], str]]
"""Pattern of a whole English sentence → Chinese, which may name groups of the pattern. The first that fits counts."""


def sentences(*pairs: tuple[str, str]) -> Sentences:
    """A table of pattern and Chinese, ready to be looked up."""
    return tuple((re.compile(pattern), chinese) for pattern, chinese in pairs)


def chinese_of(sentence: str, among: Sentences) -> str:
    """The sentence in Chinese; itself where the table does not have it."""
    fitting = ((pattern.fullmatch(sentence), chinese) for pattern, chinese in among)
    return next((match.expand(chinese) for match, chinese in fitting if match), sentence)
