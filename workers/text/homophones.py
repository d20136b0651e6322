"""Words as a recognizer of speech may write them, for those that introduce fields; for matching only.

How the table was made: for each word that introduces a number, every writing of common characters with the same
syllables regardless of tone, which is no word of its own beside a number. A test
compares the syllables. Units (三百快, 五十园) are not here: they count only directly behind a number, see `amounts`.
"""

from functools import cache
from pathlib import Path

import ahocorasick_rs

_TABLE = Path(__file__).with_name("homophones.txt")


@cache
def heard_as() -> dict[str, str]:
    """Wrong writing → right word, both of the same length."""
    rows = (line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {wrong: right for right, heard in rows for wrong in heard.split()}


@cache
def _automaton() -> ahocorasick_rs.AhoCorasick:
    return ahocorasick_rs.AhoCorasick(list(heard_as()), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


def mended(text: str) -> str:
    """A folded text with misheard words as they were meant; every character stays where it is."""
    hits = _automaton().find_matches_as_indexes(text)
    if not hits:
        return text
    rights = list(heard_as().values())
    parts, position = [], 0
    for index, start, end in hits:
        parts += [text[position:start], rights[index]]
        position = end
    return "".join([*parts, text[position:]])
