"""Chinese characters by script: which belong to one script only, and the simplified form of each traditional one.

The table is made from OpenCC by `python -m deploy.han_table`; a test fails when the two differ.
"""

from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("han.txt")


@cache
def _lines() -> dict[str, str]:
    rows = _TABLE.read_text(encoding="utf-8").splitlines()
    return {name: chars for name, chars in (row.split("\t") for row in rows)}


@cache
def simplified_only() -> frozenset[str]:
    """Characters that only simplified Chinese uses."""
    return frozenset(_lines()["simplified"])


@cache
def traditional_only() -> frozenset[str]:
    """Characters that only traditional Chinese uses."""
    return frozenset(_lines()["traditional"])


@cache
def simplified_forms() -> dict[str, str]:
    """Traditional character → simplified character. No phrases: good for matching, not for showing."""
    pairs = _lines()["pairs"]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
