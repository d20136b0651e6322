"""Writes `workers/text/pinyin.txt` from pypinyin's dictionary, so that nothing loads pypinyin while running.

One line a syllable without tones: the syllable, a tab, the simplified characters whose commonest reading it is. Only
characters of GB 2312: texts are folded to simplified characters before. A character that is missing stands for itself.
"""

from pathlib import Path

from pypinyin import Style, lazy_pinyin

HAN = range(0x4E00, 0xA000)
TARGET = Path(__file__).parent.parent / "workers" / "text" / "pinyin.txt"


def _in_gb2312(char: str) -> bool:
    try:
        return bool(char.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def render() -> str:
    """The content of `workers/text/pinyin.txt` for the installed pypinyin."""
    by_syllable: dict[str, list[str]] = {}
    for char in map(chr, HAN):
        [syllable] = lazy_pinyin(char, style=Style.NORMAL, errors="ignore") or [""]
        if syllable.isascii() and syllable.isalpha() and _in_gb2312(char):
            by_syllable.setdefault(syllable, []).append(char)
    return "".join(f"{syllable}\t{''.join(chars)}\n" for syllable, chars in sorted(by_syllable.items()))


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
