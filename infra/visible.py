"""Text for a terminal or a log line: characters that steer instead of being read are shown as their escapes.

Source: Unicode Standard, section 23.2 (controls, line separators) and UAX 9 (embeddings, overrides, isolates): with
them a message could colour, overwrite, reorder or add lines.
"""

import re

_STEERS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb"
_STEERING = re.compile(f"[{_STEERS}]")
_STEERING_OR_LINE = re.compile(f"[{_STEERS}\n]")


def visible(text: str) -> str:
    """The text with such characters as `\\uXXXX`, which JSON reads as the same; tabs and line feeds stay."""
    return _STEERING.sub(_escaped, text)


def in_one_line(text: str) -> str:
    """The same, line feeds too."""
    return _STEERING_OR_LINE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
