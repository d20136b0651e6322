"""Writes `schemas/han.txt` from OpenCC's dictionaries, so that nothing loads OpenCC while running.

Three tab-separated lines: `simplified` (characters written in simplified Chinese only), `traditional` (in
traditional Chinese only) and `pairs` (traditional character, simplified character, …). Characters used in
both scripts (后, 里, 台) are in neither of the first two: the test is whether the other script's basic character
set (Big5 level 1, GB 2312) holds them.
"""

from pathlib import Path

from opencc import OpenCC

HAN = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))
BIG5_LEVEL_1 = (b"\xa4\x40", b"\xc6\x7e")
TARGET = Path(__file__).parent.parent / "schemas" / "han.txt"


def _in_big5_level_1(char: str) -> bool:
    try:
        return BIG5_LEVEL_1[0] <= char.encode("big5") <= BIG5_LEVEL_1[1]
    except UnicodeEncodeError:
        return False


def _in_gb2312(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def render() -> str:
    """The content of `schemas/han.txt` for the installed OpenCC."""
    to_simplified, to_traditional = OpenCC("t2s"), OpenCC("s2t")
    pairs, simplified, traditional = [], [], []
    for char in map(chr, HAN):
        simple = to_simplified.convert(char)
        if simple != char and len(simple) == 1:
            pairs.append(char + simple)
            if not _in_gb2312(char):
                traditional.append(char)
        elif to_traditional.convert(char) != char and not _in_big5_level_1(char):
            simplified.append(char)
    return "".join(
        f"{name}\t{''.join(chars)}\n"
        for name, chars in (("simplified", simplified), ("traditional", traditional), ("pairs", pairs))
    )


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
